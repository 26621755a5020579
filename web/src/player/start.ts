// The whole player of a box that the server rendered: stream, controls, trouble.
import { attach } from "./attach";
import { addControls } from "./controls";
import { liftCaptions } from "./lift";
import { troubleTeller } from "./trouble";

export interface PlayerOptions {
  trouble: Element | null;
  worker: boolean;
  remember: boolean;
}

export function startPlayer(box: HTMLElement, data: DOMStringMap, options: PlayerOptions): HTMLVideoElement | undefined {
  const video = box.querySelector("video");
  const src = data["src"];
  if (!video || !src) return undefined;
  const start = data["start"] ? Number(data["start"]) : undefined;
  const controller = addControls(video, { storyboard: data["storyboard"] || undefined, remember: options.remember });
  chooseCaptions(video);
  liftCaptions(video, controller);
  attach(video, { src, start, worker: options.worker, onTrouble: troubleTeller(options.trouble) });
  return video;
}

/**
 * Shows the track the page marked as default, and no other. Chromium chooses by itself when it loads, and then among the
 * tracks nobody has set: left to it, a second language appears on top of ours. A change of mode counts as set.
 */
function chooseCaptions(video: HTMLVideoElement): void {
  for (const element of video.querySelectorAll<HTMLTrackElement>("track[kind=captions], track[kind=subtitles]")) {
    element.track.mode = "hidden";
    element.track.mode = element.default ? "showing" : "disabled";
  }
}
