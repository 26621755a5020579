// The watch page: player, transcript that follows and seeks, sharing.
import { startShare } from "./watch/share";
import { startTranscript } from "./watch/transcript";

const box = document.querySelector<HTMLElement>("[data-player]");
const video = box?.querySelector("video") ?? undefined;

/** Seeks and plays, whoever drives the video by now. */
function seek(seconds: number): void {
  if (!video) return;
  video.currentTime = seconds;
  void video.play().catch(() => undefined);
  history.replaceState(null, "", `?t=${Math.floor(seconds)}`);
  if (box && box.getBoundingClientRect().bottom < 0) box.scrollIntoView({ block: "start" });
}

if (box && video) {
  document.documentElement.classList.add("js");
  startTranscript(video, seek);
  startShare(video);
  for (const link of document.querySelectorAll<HTMLAnchorElement>(".chapters [data-seek]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      seek(Number(link.dataset["seek"]));
    });
  }
  void import("./player/start").then(({ startPlayer }) => {
    startPlayer(box, box.dataset, { trouble: document.querySelector("[data-player-trouble]"), worker: true, remember: true });
    // Whoever pressed a moment among search results wants to hear it; anybody else presses play.
    const cameFromUs = document.referrer.startsWith(location.origin + "/");
    if (box.dataset["start"] && cameFromUs) void video.play().catch(() => undefined);
  });
}
