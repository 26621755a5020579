// Class mode: keyboard, large subtitles drawn by us, controls that step back.
import { attach } from "./player/attach";
import { troubleTeller } from "./player/trouble";
import { startCaptions } from "./class/captions";
import { startKeys } from "./class/keys";
import { startBar } from "./class/bar";

const stage = document.querySelector<HTMLElement>("[data-class]");
const video = stage?.querySelector("video");
const src = stage?.dataset["src"];

if (stage && video && src) {
  const start = stage.dataset["start"] ? Number(stage.dataset["start"]) : undefined;
  const captions = startCaptions(stage, video);
  const acts = startBar(stage, video, captions);
  startKeys(acts);
  attach(video, { src, start, worker: true, onTrouble: troubleTeller(stage.querySelector("[data-player-trouble]")) });
}
