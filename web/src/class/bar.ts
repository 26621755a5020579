// The controls at the bottom, and what each of them does; keys do the same.
import { t } from "../lib/strings";
import { clock } from "../lib/time";
import type { Captions } from "./captions";

export interface Acts {
  play(): void;
  pause(): void;
  skip(seconds: number): void;
  line(step: number): void;
  captions(): void;
  resize(step: number): void;
  fullscreen(): void;
  help(): void;
}

const quietAfter = 3000; // ms without a movement while the story plays

export function startBar(stage: HTMLElement, video: HTMLVideoElement, captions: Captions): Acts {
  const bar = stage.querySelector<HTMLElement>("[data-bar]");
  const find = <T extends HTMLElement>(act: string) => bar?.querySelector<T>(`[data-act="${act}"]`) ?? undefined;
  const help = stage.querySelector<HTMLDialogElement>("#help");
  if (bar) bar.hidden = false;
  video.controls = false;

  const acts: Acts = {
    play: () => void (video.paused ? video.play().catch(() => undefined) : video.pause()),
    pause: () => video.pause(),
    skip: (seconds) => (video.currentTime = Math.max(0, video.currentTime + seconds)),
    line: (step) => {
      const start = captions.lineStart(video.currentTime, step);
      if (start !== undefined) video.currentTime = start + 0.01;
      else acts.skip(step < 0 ? -5 : step > 0 ? 5 : -3);
    },
    captions: () => {
      captions.show(!captions.shown);
      find("captions")?.setAttribute("aria-pressed", String(captions.shown));
    },
    resize: (step) => captions.resize(step),
    fullscreen: () => {
      if (document.fullscreenElement) void document.exitFullscreen();
      else void stage.requestFullscreen?.().catch(() => undefined);
    },
    help: () => (help?.open ? help.close() : help?.showModal()),
  };
  const on = (act: string, run: () => void) => find(act)?.addEventListener("click", run);
  on("play", acts.play);
  on("again", () => acts.line(0));
  on("captions", acts.captions);
  on("smaller", () => acts.resize(-1));
  on("larger", () => acts.resize(1));
  on("fullscreen", acts.fullscreen);
  on("help", acts.help);

  const tracks = find<HTMLSelectElement>("track");
  if (tracks && tracks.options.length < 2) tracks.hidden = true;
  if (tracks && tracks.options.length < 1) for (const act of ["captions", "smaller", "larger"]) find(act)?.toggleAttribute("hidden", true);
  tracks?.addEventListener("change", () => captions.choose(tracks.value));
  showProgress(video, bar, find<HTMLInputElement>("seek"), find("play"));
  stepBack(stage, video);
  return acts;
}

function showProgress(video: HTMLVideoElement, bar: HTMLElement | null, seek: HTMLInputElement | undefined, play: HTMLElement | undefined): void {
  const output = bar?.querySelector("[data-clock]");
  const update = () => {
    const length = Number.isFinite(video.duration) ? video.duration : 0;
    if (seek && length) seek.value = String(Math.round((video.currentTime / length) * 1000));
    const words = `${clock(video.currentTime)} / ${clock(length)}`;
    seek?.setAttribute("aria-valuetext", words);
    if (output) output.textContent = words;
    const label = play?.querySelector("span");
    if (label) label.textContent = t(video.paused ? "player.play" : "player.pause");
    for (const icon of play?.querySelectorAll<HTMLElement>("[data-when]") ?? []) icon.hidden = (icon.dataset["when"] === "paused") !== video.paused;
  };
  for (const kind of ["timeupdate", "durationchange", "play", "pause"]) video.addEventListener(kind, update);
  seek?.addEventListener("input", () => {
    if (Number.isFinite(video.duration)) video.currentTime = (Number(seek.value) / 1000) * video.duration;
  });
  video.addEventListener("click", () => void (video.paused ? video.play().catch(() => undefined) : video.pause()));
}

/** The controls leave when the story plays and nobody moves. */
function stepBack(stage: HTMLElement, video: HTMLVideoElement): void {
  let timer = 0;
  const wake = () => {
    stage.classList.remove("stage--quiet");
    clearTimeout(timer);
    timer = window.setTimeout(() => stage.classList.toggle("stage--quiet", !video.paused), quietAfter);
  };
  for (const kind of ["pointermove", "pointerdown", "focusin"]) stage.addEventListener(kind, wake, { passive: true });
  for (const kind of ["play", "pause"]) video.addEventListener(kind, wake);
  wake();
}
