// The browser's own copy of unsaved subtitles: a crash, a flat battery or a closed tab loses nothing.
import type { PlainCue } from "./cue_list";

export interface Draft {
  revision: number; // what the draft was based on
  saved_at: string; // ISO 8601
  cues: PlainCue[];
}

export class DraftBox {
  constructor(private key_: string) {}

  read(): Draft | null {
    try {
      const draft = JSON.parse(localStorage.getItem(this.key_) ?? "null") as Draft | null;
      return draft && Array.isArray(draft.cues) ? draft : null;
    } catch {
      return null;
    }
  }

  /** False when the browser has no room or forbids it; the editor then says so. */
  write(revision: number, cues: PlainCue[]): boolean {
    try {
      const draft: Draft = { revision, saved_at: new Date().toISOString(), cues };
      localStorage.setItem(this.key_, JSON.stringify(draft));
      return true;
    } catch {
      return false;
    }
  }

  clear(): void {
    try {
      localStorage.removeItem(this.key_);
    } catch {
      // nothing was kept either
    }
  }
}
