// The transcript follows the video, and the video follows the transcript.
import { searchIn } from "./transcript_search";

export interface Line {
  element: HTMLElement;
  start: number;
  end: number;
  text: string;
}

/** `from`: the second at which the page was opened. */
export function startTranscript(video: HTMLVideoElement, seek: (seconds: number) => void, from: number): void {
  const section = document.querySelector<HTMLElement>("[data-transcript]");
  const scroller = section?.querySelector<HTMLElement>(".transcript__text");
  if (!section || !scroller) return;
  const lines = [...scroller.querySelectorAll<HTMLElement>(".cue")].map((element) => ({
    element,
    start: Number(element.dataset["start"]),
    end: Number(element.dataset["end"]),
    text: element.textContent ?? "",
  }));
  follow(video, scroller, lines);

  scroller.addEventListener("click", (event) => {
    const target = event.target as Element;
    const link = target.closest<HTMLElement>("[data-seek]");
    const cue = target.closest<HTMLElement>(".cue");
    if (link) {
      event.preventDefault();
      seek(Number(link.dataset["seek"]));
    } else if (cue && !String(getSelection())) {
      seek(Number(cue.dataset["start"]));
    }
  });
  const form = section.querySelector<HTMLFormElement>("[data-transcript-search]");
  if (form) searchIn(form, lines, (mark) => bringIntoView(scroller, mark), seek, from);
}

function follow(video: HTMLVideoElement, scroller: HTMLElement, lines: Line[]): void {
  let now: Line | undefined;
  let readerScrolledAt = -Infinity;
  for (const kind of ["wheel", "touchmove", "keydown", "pointerdown"]) {
    scroller.addEventListener(kind, () => (readerScrolledAt = performance.now()), { passive: true });
  }
  const update = () => {
    const time = video.currentTime;
    const current = lines.find((line) => time >= line.start - 0.05 && time < line.end);
    if (current === now) return;
    now?.element.classList.remove("cue--now");
    now?.element.removeAttribute("aria-current");
    now = current;
    if (!current) return;
    current.element.classList.add("cue--now");
    current.element.setAttribute("aria-current", "true");
    // Whoever reads elsewhere is left alone for a while.
    if (!video.paused && performance.now() - readerScrolledAt > 6000) bringIntoView(scroller, current.element);
  };
  video.addEventListener("timeupdate", update);
  video.addEventListener("seeked", update);
}

function bringIntoView(scroller: HTMLElement, element: HTMLElement): void {
  const box = scroller.getBoundingClientRect();
  const at = element.getBoundingClientRect();
  if (at.top < box.top + box.height * 0.15 || at.bottom > box.bottom - box.height * 0.25) {
    scroller.scrollTop += at.top - box.top - box.height * 0.3;
  }
}
