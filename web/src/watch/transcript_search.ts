// A search in the transcript: what is typed, letter by letter, at once; a moment later every form of the words, as the
// search engine knows them ("hoitaja" finds "lähihoitajaksi").
import { t } from "../lib/strings";
import type { Line } from "./transcript";

interface Moment {
  start_ms: number;
  end_ms: number;
  language: string;
  html: string; // escaped, <mark> around whole words
}
type Range = [begin: number, end: number];

const pause_ms = 200; // of typing, before we ask

function markedWords(html: string): string[] {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  return [...holder.content.querySelectorAll("mark")].map((mark) => mark.textContent ?? "");
}

function rangesOf(text: string, word: string, wholeWord: boolean): Range[] {
  const ranges: Range[] = [];
  const letter = /[\p{L}\p{N}]/u;
  for (let found = text.indexOf(word); word && found >= 0; found = text.indexOf(word, found + 1)) {
    const end = found + word.length;
    if (!wholeWord || !(letter.test(text.charAt(found - 1)) || letter.test(text.charAt(end)))) ranges.push([found, end]);
  }
  return ranges;
}

/** Where each line is to be marked, by what is typed and by the moments the engine gave for it. */
function findRanges(lines: Line[], wanted: string, moments: Moment[]): Range[][] {
  const at = (moment: Moment, line: Line): boolean => line.start * 1000 < moment.end_ms && line.end * 1000 > moment.start_ms;
  const words = moments.map((moment) => markedWords(moment.html));
  const found = lines.map((line) => {
    const lower = line.text.toLocaleLowerCase();
    const typed = lower.length === line.text.length ? rangesOf(lower, wanted, false) : [];
    return [...typed, ...moments.flatMap((moment, i) => (at(moment, line) ? (words[i] ?? []).flatMap((word) => rangesOf(line.text, word, true)) : []))];
  });
  if (found.some((ranges) => ranges.length)) return found;
  // Said in the subtitles of another language only: then what is said at that time is marked whole.
  return lines.map((line) => (moments.some((moment) => line.start * 1000 <= moment.start_ms + 50 && line.end * 1000 > moment.start_ms + 50) ? [[0, line.text.length]] : []));
}

function markUp(line: Line, ranges: Range[]): HTMLElement[] {
  const marks: HTMLElement[] = [];
  const parts: (string | HTMLElement)[] = [];
  let done = 0;
  let [begin, end] = [-1, -1];
  const put = (): void => {
    if (begin < 0) return;
    const mark = document.createElement("mark");
    mark.textContent = line.text.slice(begin, end);
    parts.push(line.text.slice(done, begin), mark);
    marks.push(mark);
    done = end;
  };
  for (const [from, to] of ranges.sort((a, b) => a[0] - b[0])) {
    if (begin >= 0 && from < end) {
      end = Math.max(end, to); // "hitsaaja" as typed lies in "hitsaajaksi" as found
    } else {
      put();
      [begin, end] = [from, to];
    }
  }
  put();
  if (marks.length || line.element.childElementCount) line.element.replaceChildren(...parts, line.text.slice(done));
  return marks;
}

/** `from` is the second at which the page was opened: the first mark shown is the one there. */
export function searchIn(form: HTMLFormElement, lines: Line[], show: (mark: HTMLElement) => void, seek: (seconds: number) => void, from: number): void {
  const input = form.querySelector<HTMLInputElement>("input[name=find]");
  const output = form.querySelector("output");
  if (!input || !output) return;
  let marks: { element: HTMLElement; line: Line }[] = [];
  let at = -1;
  let timer: number | undefined;
  let request: AbortController | undefined;

  const go = (index: number): void => {
    marks[at]?.element.removeAttribute("data-at");
    at = marks.length ? (index + marks.length) % marks.length : -1;
    const mark = marks[at];
    if (mark) {
      mark.element.dataset["at"] = "";
      show(mark.element);
    }
    output.textContent = mark ? t("transcript.matches", { at: at + 1, n: marks.length }) : input.value.trim() ? t("transcript.no_matches") : "";
  };
  const mark = (moments: Moment[], start: number): void => {
    const ranges = findRanges(lines, input.value.trim().toLocaleLowerCase(), moments);
    marks = lines.flatMap((line, i) => markUp(line, ranges[i] ?? []).map((element) => ({ element, line })));
    at = -1;
    go(Math.max(0, marks.findIndex((one) => one.line.end > start)));
  };
  const ask = async (start: number): Promise<void> => {
    request?.abort();
    request = new AbortController();
    try {
      const answer = await fetch(`/api/v1${new URL(form.action).pathname}/moments?${new URLSearchParams({ q: input.value })}`, { signal: request.signal });
      if (answer.ok) mark(((await answer.json()) as { moments: Moment[] }).moments, start);
    } catch {
      // A newer question, or no network: what was typed is marked already.
    }
  };

  input.addEventListener("input", () => {
    clearTimeout(timer);
    request?.abort();
    mark([], 0);
    if (input.value.trim()) timer = window.setTimeout(() => void ask(0), pause_ms);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    go(at + 1);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.shiftKey) return;
    event.preventDefault();
    go(at - 1);
  });
  for (const button of form.querySelectorAll<HTMLButtonElement>("[data-step]")) {
    button.addEventListener("click", () => go(at + Number(button.dataset["step"])));
  }
  form.querySelector("[data-play]")?.addEventListener("click", () => {
    const mark = marks[at];
    if (mark) seek(mark.line.start);
  });
  if (input.value.trim()) void ask(from);
}
