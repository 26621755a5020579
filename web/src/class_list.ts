// Class mode of a list: plays each clip from its start to its end, and pauses between them for note and question.
import { startBar } from "./class/bar";
import { startCaptions } from "./class/captions";
import { startKeys } from "./class/keys";
import { clipChanger, readClips, type Clip } from "./class/list_clips";
import { startPause } from "./class/list_pause";
import { savedPlace, savePlace } from "./class/list_place";
import { t } from "./lib/strings";

const stage = document.querySelector<HTMLElement>("[data-class-list]");
const video = stage?.querySelector("video");
if (stage && video) startList(stage, video, readClips(stage), stage.dataset["list"] ?? "");

function startList(stage: HTMLElement, video: HTMLVideoElement, clips: Clip[], list: string): void {
  const captions = startCaptions(stage, video);
  const change = clipChanger(stage, video, captions);
  const acts = startBar(stage, video, captions);
  let at = 0; // the clip in the video
  let next = 0; // the clip that the card is before; clips.length at the end
  let seen: number | undefined; // the clip that the card is after

  const play = (index: number) => {
    const clip = clips[index];
    if (!clip) return;
    at = index;
    card?.hide();
    change(clip);
    savePlace(list, clip.item);
    const place = stage.querySelector("[data-place]");
    if (place) place.textContent = `${index + 1} / ${clips.length}`;
    void video.play().catch(() => undefined);
  };
  const name = stage.querySelector("h1 span")?.textContent ?? "";
  const pause = (before: number, after?: number, resumed = false) => {
    next = Math.min(Math.max(before, 0), clips.length);
    seen = after;
    video.pause();
    const clip = clips[next];
    savePlace(list, clip?.item);
    card?.show({
      place: [next === 0 && name, clip && t("classlist.position", { n: next + 1, total: clips.length })].filter(Boolean).join(" · "),
      seen: after === undefined ? undefined : clips[after],
      next: clip,
      go: clip ? t(next === 0 && after === undefined ? "classlist.begin" : "classlist.go_on") : t("classlist.from_start"),
      again: after !== undefined ? t("classlist.again") : resumed ? t("classlist.from_start") : undefined,
    });
  };
  const go = () => (next < clips.length ? play(next) : pause(0));
  const again = () => (seen === undefined ? pause(0) : play(seen));
  const step = (by: number) => {
    if (card?.open) pause(next + by);
    else pause(by > 0 ? at + 1 : at, by > 0 ? at : undefined);
  };
  const card = startPause(stage, go, again);

  const endIfOver = () => {
    const end = clips[at]?.end;
    if (card?.open || video.seeking || video.paused || end == null || video.currentTime < end) return;
    pause(at + 1, at);
  };
  const follow = () => {
    if (video.paused) return;
    endIfOver();
    requestAnimationFrame(follow);
  };
  video.addEventListener("play", () => {
    if (card?.open) go(); // the bar's button
    follow();
  });
  video.addEventListener("timeupdate", endIfOver); // a page in the background draws no frames
  video.addEventListener("ended", () => {
    if (!card?.open) pause(at + 1, at);
  });
  for (const button of stage.querySelectorAll<HTMLElement>("[data-step]")) button.addEventListener("click", () => step(Number(button.dataset["step"])));

  // Before the keys of class mode, for the card has some of them.
  document.addEventListener("keydown", (event) => {
    const target = event.target as HTMLElement;
    if (event.ctrlKey || event.altKey || event.metaKey || target.closest("dialog[open], select, input")) return;
    const pressed = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const free = !target.closest("button, a");
    if (pressed === "n") step(1);
    else if (pressed === "p") step(-1);
    else if (card?.open && (pressed === "k" || (free && (pressed === " " || pressed === "Enter")))) go();
    else if (card?.open && pressed === "a" && seen !== undefined) again();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  });
  startKeys(acts);

  const asked = new URLSearchParams(location.search).has("item") ? Number(stage.dataset["at"]) - 1 : undefined;
  const left = clips.findIndex((clip) => clip.item === savedPlace(list));
  const first = asked ?? Math.max(left, 0);
  const clip = clips[first];
  if (clip) change(clip);
  at = first;
  pause(first, undefined, asked === undefined && first > 0);
}
