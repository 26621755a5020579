// The card between two clips: what to think about after the last one, and what comes next.
import { t } from "../lib/strings";
import type { Clip } from "./list_clips";

export interface PauseCard {
  readonly open: boolean;
  /** `seen`: the clip that has just ended; `next`: none at the end of the list; `again`: words of the second button, or none. */
  show(card: { place: string; seen: Clip | undefined; next: Clip | undefined; go: string; again: string | undefined }): void;
  hide(): void;
}

export function startPause(stage: HTMLElement, onGo: () => void, onAgain: () => void): PauseCard | undefined {
  const card = stage.querySelector<HTMLElement>("[data-pause]");
  const part = (name: string) => card?.querySelector<HTMLElement>(`[data-pause-${name}]`) ?? undefined;
  const go = part("go");
  const again = part("again");
  if (!card || !go || !again) return undefined;
  go.addEventListener("click", onGo);
  again.addEventListener("click", onAgain);

  const write = (name: string, words: string) => {
    const place = part(name);
    if (!place) return;
    place.textContent = words;
    place.hidden = words === "";
  };
  return {
    get open() {
      return !card.hidden;
    },
    show({ place, seen, next, go: goWords, again: againWords }) {
      write("place", place);
      write("question", seen?.question ?? "");
      const asked = part("asked");
      if (asked) asked.hidden = !seen?.question;
      write("title", next ? (seen ? t("classlist.next_up", { title: next.title.text }) : next.title.text) : t("classlist.done"));
      write("by", next ? [next.by, next.clip].filter(Boolean).join(" · ") : "");
      write("note", next?.note ?? "");
      for (const [button, words] of [[go, goWords], [again, againWords]] as const) {
        button.hidden = words === undefined;
        const label = button.querySelector("span");
        if (label) label.textContent = words ?? "";
      }
      card.hidden = false;
      go.focus();
    },
    hide() {
      card.hidden = true;
    },
  };
}
