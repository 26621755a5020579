// The embedded player: a poster until somebody presses play. Stores nothing; works where the frame has no origin.
const frame = document.querySelector<HTMLElement>("[data-embed]");
const box = frame?.querySelector<HTMLElement>("[data-player]");
const button = frame?.querySelector<HTMLButtonElement>("[data-play]");
const video = box?.querySelector("video");

if (frame && box && button && video) {
  box.classList.add("player");
  video.controls = false;
  button.hidden = false;
  button.addEventListener("click", () => {
    button.disabled = true;
    void begin(frame, box, button).catch(() => {
      // The player could not be fetched: the browser's own controls are better than none.
      video.controls = true;
      button.hidden = true;
    });
  });
}

async function begin(place: HTMLElement, around: HTMLElement, pressed: HTMLButtonElement): Promise<void> {
  const { startPlayer } = await import("./player/start");
  pressed.hidden = true;
  place.classList.add("frame--playing");
  const started = startPlayer(around, place.dataset, { trouble: place.querySelector("[data-player-trouble]"), worker: false, remember: false });
  around.querySelector<HTMLElement>("media-controller")?.focus();
  const end = Number(place.dataset["end"] || NaN);
  if (started && end) stopAt(started, end);
  await started?.play().catch(() => undefined);
}

/** A clip stops at its end, once: who plays on wants to see more. */
function stopAt(video: HTMLVideoElement, end: number): void {
  const stop = () => {
    if (video.currentTime < end) return;
    video.pause();
    video.removeEventListener("timeupdate", stop);
  };
  video.addEventListener("timeupdate", stop);
}
