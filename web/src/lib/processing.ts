// Keeps a story's processing state current without a reload: asks the server, which answers in the page's language.
//
//   <section data-processing data-state-url="/mine/…/state" data-phase="encoding">
//     <p data-sentence role="status">…</p> <progress data-fraction max="1">…
//     <div data-when="failed" hidden>…</div>   shown in the named phases (space separated)
//   <p data-story-sentence>…</p>               anywhere on the page: what the story as a whole waits for
//
// While this page itself sends a video (an "upload-running" event of lib/upload_panel.ts), its panel shows how far it is;
// here only that it runs, so that no second figure lags behind the first.
import { t } from "./strings";

export interface ProcessingState {
  phase: string; // empty | uploading | waiting | encoding | ready | failed | withdrawn
  sentence: string;
  /** Of the story; only the teller's own page has it. */
  story_sentence?: string;
  fraction: number | null;
  /** Of the growing or finished package; null while there is nothing to play. */
  preview: string | null;
}

/** Nothing typed, nothing playing: a reload would take nothing away. */
function untouched(): boolean {
  const typed = [...document.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>("input, textarea")].some((field) =>
    field instanceof HTMLInputElement && (field.type === "checkbox" || field.type === "radio") ? field.checked !== field.defaultChecked : field.type !== "file" && field.value !== field.defaultValue,
  );
  return !typed && [...document.querySelectorAll("video")].every((video) => video.paused);
}

/** Phases in which an upload of this page is what there is to tell. */
const beside_own_upload = ["empty", "uploading", "failed"];
const quick_ms = 2000;
const slow_ms = 15000;

export function watch_processing(section: HTMLElement): void {
  const url = section.dataset.stateUrl;
  if (!url) return;
  let timer = 0;
  let sending_here = false;
  const shown = section.querySelector<HTMLElement>("[data-sentence]");
  const bar = section.querySelector<HTMLProgressElement>("[data-fraction]");

  const say = (place: HTMLElement | null, sentence: string | undefined): void => {
    // Only a changed sentence is written, so that a screen reader is not told the same thing again.
    if (place && sentence && place.textContent?.trim() !== sentence) place.textContent = sentence;
  };

  const apply = (answered: ProcessingState): void => {
    const own = sending_here && beside_own_upload.includes(answered.phase);
    const state = own ? { ...answered, phase: "uploading", sentence: t("uploadscript.running"), story_sentence: t("mine.state_uploading"), fraction: null } : answered;
    const changed = section.dataset.phase !== state.phase;
    section.dataset.phase = state.phase;
    say(shown, state.sentence);
    say(document.querySelector("[data-story-sentence]"), state.story_sentence);
    if (bar) {
      bar.hidden = state.fraction === null;
      if (state.fraction !== null) bar.value = state.fraction;
    }
    if (changed) {
      for (const part of section.querySelectorAll<HTMLElement>("[data-when]")) {
        part.hidden = !(part.dataset.when ?? "").split(" ").includes(state.phase);
      }
    }
    // What else a settled page offers (send again, publish, the public page) only the server knows.
    if (changed && settled(state.phase) && !sending_here && untouched()) return location.reload();
    section.dispatchEvent(new CustomEvent<ProcessingState>("processing", { detail: state, bubbles: true }));
  };

  const settled = (phase: string): boolean => phase === "ready" || phase === "failed" || phase === "withdrawn";

  const ask = async (): Promise<void> => {
    let wait = quick_ms;
    try {
      const answer = await fetch(url, { headers: { Accept: "application/json" }, cache: "no-store" });
      if (answer.ok) {
        const state = (await answer.json()) as ProcessingState;
        apply(state);
        if (settled(state.phase) || state.phase === "empty") wait = slow_ms;
      } else if (answer.status === 404 || answer.status === 410 || answer.status === 401) {
        return; // withdrawn elsewhere or signed out: the next click tells
      } else {
        wait = slow_ms;
      }
    } catch {
      wait = slow_ms; // no connection now
    }
    if (document.visibilityState === "visible") timer = window.setTimeout(ask_again, wait);
  };
  const ask_again = (): void => void ask();

  document.addEventListener("visibilitychange", () => {
    window.clearTimeout(timer);
    if (document.visibilityState === "visible") ask_again();
  });
  document.addEventListener("upload-running", (event) => {
    sending_here = (event as CustomEvent<boolean>).detail;
    const phase = section.dataset.phase ?? "";
    // At once, not when the server has answered.
    if (sending_here && beside_own_upload.includes(phase)) apply({ phase, sentence: "", fraction: null, preview: null });
    window.clearTimeout(timer);
    ask_again();
  });
  timer = window.setTimeout(ask_again, settled(section.dataset.phase ?? "") ? slow_ms : 500);
}
