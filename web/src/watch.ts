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
  const here = new URL(location.href); // the words and the transcript that were chosen stay in it
  here.searchParams.set("t", String(Math.floor(seconds)));
  history.replaceState(null, "", here);
  if (box && box.getBoundingClientRect().bottom < 0) box.scrollIntoView({ block: "start" });
}

if (box && video) {
  document.documentElement.classList.add("js");
  startTranscript(video, seek, Number(box.dataset["start"] ?? 0));
  startShare(video);
  for (const link of document.querySelectorAll<HTMLAnchorElement>(".chapters [data-seek]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      seek(Number(link.dataset["seek"]));
    });
  }
  // The player's keys work wherever the focus is, unless it is on something that has use for them.
  for (const kind of ["keydown", "keyup"] as const) {
    document.addEventListener(kind, (event) => {
      const controller = video.closest("media-controller");
      const target = event.target as Element;
      if (!controller || event.ctrlKey || event.altKey || event.metaKey || controller.contains(target)) return;
      if (!["c", "f", "k", "j", "l", "m"].includes(event.key.toLowerCase()) || target.closest("input, textarea, select, dialog")) return;
      controller.dispatchEvent(new KeyboardEvent(kind, { key: event.key, code: event.code }));
    });
  }
  void import("./player/start").then(({ startPlayer }) => {
    startPlayer(box, box.dataset, { trouble: document.querySelector("[data-player-trouble]"), worker: true, remember: true });
    // Whoever pressed a moment among search results wants to hear it; anybody else presses play.
    const cameFromUs = document.referrer.startsWith(location.origin + "/");
    if (box.dataset["start"] && cameFromUs) void video.play().catch(() => undefined);
  });
}
