// The browser's own copies of unsaved subtitles: a crash, a flat battery or a closed tab loses nothing.
import type { PlainCue } from "./cue_list";

export interface Draft {
  revision: number; // what the draft was based on
  saved_at: string; // ISO 8601
  cues: PlainCue[];
}

export interface FoundDraft extends Draft {
  key: string;
}

/** Each opening of the editor writes a copy of its own, so that a copy still on offer is never written over. */
export class DraftBox {
  private own_key_: string;

  constructor(private name_: string) {
    this.own_key_ = `${name_}/${Math.random().toString(36).slice(2)}`;
  }

  /** What earlier openings left, the newest first. */
  found(): FoundDraft[] {
    try {
      return Object.keys(localStorage)
        .filter((key) => key.startsWith(`${this.name_}/`) && key !== this.own_key_)
        .flatMap((key) => {
          const draft = read(key);
          return draft ? [{ ...draft, key }] : [];
        })
        .sort((a, b) => b.saved_at.localeCompare(a.saved_at));
    } catch {
      return [];
    }
  }

  /** False when the browser has no room or forbids it; the editor then says so. */
  write(revision: number, cues: PlainCue[]): boolean {
    try {
      const draft: Draft = { revision, saved_at: new Date().toISOString(), cues };
      localStorage.setItem(this.own_key_, JSON.stringify(draft));
      return true;
    } catch {
      return false;
    }
  }

  /** Drops the copy of this opening, or the one found at `key`. */
  clear(key = this.own_key_): void {
    try {
      localStorage.removeItem(key);
    } catch {
      // nothing was kept either
    }
  }
}

function read(key: string): Draft | null {
  try {
    const draft = JSON.parse(localStorage.getItem(key) ?? "null") as Draft | null;
    return draft && Array.isArray(draft.cues) ? draft : null;
  } catch {
    return null;
  }
}
