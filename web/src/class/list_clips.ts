// A list's clips in one <video>: the stream and the tracks change, the element and its controls stay.
import { attach } from "../player/attach";
import { troubleTeller } from "../player/trouble";
import type { Captions } from "./captions";

export interface Clip {
  item: string;
  src: string;
  poster: string;
  ratio: string;
  tracks: { src: string; srclang: string; kind: string; label: string; readable: boolean; default: boolean }[];
  title: { text: string; lang: string | null };
  by: string;
  clip: string;
  start: number | null;
  end: number | null;
  note: string;
  question: string;
}

export function readClips(stage: HTMLElement): Clip[] {
  return JSON.parse(stage.querySelector("[data-clips]")?.textContent ?? "[]") as Clip[];
}

/** Puts clips into the video; the server has put the first one in already. */
export function clipChanger(stage: HTMLElement, video: HTMLVideoElement, captions: Captions): (clip: Clip) => void {
  const tell = troubleTeller(stage.querySelector("[data-player-trouble]"));
  let detach = () => {};
  let loaded: Clip | undefined;
  return (clip) => {
    if (clip === loaded) {
      video.currentTime = clip.start ?? 0;
      return;
    }
    detach();
    loaded = clip;
    stage.querySelector("[data-player-trouble]")?.replaceChildren();
    stage.style.setProperty("--ratio", clip.ratio);
    video.poster = clip.poster;
    video.setAttribute("aria-label", clip.title.text);
    for (const track of video.querySelectorAll("track")) track.remove();
    for (const { src, srclang, kind, label, default: shown } of clip.tracks) {
      const track = document.createElement("track");
      Object.assign(track, { src, srclang, kind, label, default: shown });
      video.append(track);
    }
    captions.reload();
    offerTracks(stage, clip, captions);
    video.src = clip.src; // for browsers that play HLS themselves; hls.js takes it away again
    detach = attach(video, { src: clip.src, start: clip.start ?? undefined, worker: true, onTrouble: tell });
    if (video.getAttribute("src") && clip.start) video.addEventListener("loadedmetadata", () => (video.currentTime = clip.start ?? 0), { once: true });
  };
}

function offerTracks(stage: HTMLElement, clip: Clip, captions: Captions): void {
  const select = stage.querySelector<HTMLSelectElement>('[data-act="track"]');
  if (!select) return;
  const readable = clip.tracks.filter((track) => track.readable);
  select.replaceChildren(...readable.map((track) => new Option(track.label, `${track.srclang} ${track.kind} ${track.label}`, track.default, track.default)));
  select.hidden = readable.length < 2;
  if (captions.key) select.value = captions.key;
}
