// The transcript follows the video, and the video follows the transcript.
import { t } from "../lib/strings";

interface Line {
  element: HTMLElement;
  start: number;
  end: number;
  text: string;
}

export function startTranscript(video: HTMLVideoElement, seek: (seconds: number) => void): void {
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
  if (form) searchIn(form, lines, scroller);
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

function searchIn(form: HTMLFormElement, lines: Line[], scroller: HTMLElement): void {
  const input = form.querySelector("input");
  const output = form.querySelector("output");
  if (!input || !output) return;
  form.hidden = false;
  let marks: HTMLElement[] = [];
  let at = -1;

  const show = (step: number) => {
    if (!marks.length) return;
    marks[at]?.removeAttribute("data-at");
    at = (at + step + marks.length) % marks.length;
    const mark = marks[at];
    if (!mark) return;
    mark.dataset["at"] = "";
    bringIntoView(scroller, mark);
    output.textContent = t("transcript.matches", { at: at + 1, n: marks.length });
  };
  const search = () => {
    const wanted = input.value.trim().toLocaleLowerCase();
    marks = [];
    at = -1;
    for (const line of lines) {
      if (line.element.childElementCount) line.element.textContent = line.text;
      if (wanted) marks.push(...markUp(line, wanted));
    }
    output.textContent = wanted && !marks.length ? t("transcript.no_matches") : "";
    show(1);
  };
  input.addEventListener("input", search);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    show(1);
  });
  for (const button of form.querySelectorAll<HTMLButtonElement>("[data-step]")) {
    button.addEventListener("click", () => show(Number(button.dataset["step"])));
  }
}

function markUp(line: Line, wanted: string): HTMLElement[] {
  const text = line.text.toLocaleLowerCase();
  if (text.length !== line.text.length || !text.includes(wanted)) return [];
  const marks: HTMLElement[] = [];
  const parts: (string | HTMLElement)[] = [];
  let from = 0;
  for (let found = text.indexOf(wanted); found >= 0; found = text.indexOf(wanted, from)) {
    const mark = document.createElement("mark");
    mark.textContent = line.text.slice(found, found + wanted.length);
    parts.push(line.text.slice(from, found), mark);
    marks.push(mark);
    from = found + wanted.length;
  }
  line.element.replaceChildren(...parts, line.text.slice(from));
  return marks;
}
