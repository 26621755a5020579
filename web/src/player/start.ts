// The whole player of a box that the server rendered: stream, controls, trouble.
import { attach } from "./attach";
import { addControls } from "./controls";
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
  addControls(video, { storyboard: data["storyboard"] || undefined, remember: options.remember });
  // The page's choice; without this Chromium leaves a default track off until the first play.
  for (const track of video.querySelectorAll<HTMLTrackElement>("track[default][kind=captions], track[default][kind=subtitles]")) track.track.mode = "showing";
  attach(video, { src, start, worker: options.worker, onTrouble: troubleTeller(options.trouble) });
  return video;
}
