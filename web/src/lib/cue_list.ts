// The subtitle cues being edited, as values with undo. Nothing here knows the page.

export interface Cue {
  id: number; // stable while editing, so that a row keeps its focus
  start_ms: number;
  end_ms: number;
  text: string;
  speaker: string;
  settings: string;
}

export type PlainCue = Omit<Cue, "id">;

const undo_depth = 200;

export class CueList {
  private cues_: Cue[] = [];
  private next_id_ = 1;
  private undo_: Cue[][] = [];
  private redo_: Cue[][] = [];
  private last_edit_ = ""; // typing in one field is one step to undo

  constructor(cues: PlainCue[]) {
    this.cues_ = cues.map((cue) => this.identified(cue));
  }

  get cues(): readonly Cue[] {
    return this.cues_;
  }
  get can_undo(): boolean {
    return this.undo_.length > 0;
  }
  get can_redo(): boolean {
    return this.redo_.length > 0;
  }

  plain(): PlainCue[] {
    return this.cues_.map(({ id: _id, ...cue }) => cue);
  }

  index_of(id: number): number {
    return this.cues_.findIndex((cue) => cue.id === id);
  }

  find(id: number): Cue | undefined {
    return this.cues_.find((cue) => cue.id === id);
  }

  /** The cue at a time, or the last one before it; undefined before the first. */
  at(ms: number): Cue | undefined {
    let found: Cue | undefined;
    for (const cue of this.cues_) {
      if (cue.start_ms > ms) break;
      found = cue;
    }
    return found;
  }

  replace_all(cues: PlainCue[]): void {
    this.remember("");
    this.cues_ = cues.map((cue) => this.identified(cue));
  }

  edit(id: number, change: Partial<PlainCue>): void {
    const cue = this.find(id);
    if (!cue) return;
    this.remember(`${id} ${Object.keys(change).join()}`);
    this.cues_ = this.cues_.map((each) => (each.id === id ? { ...each, ...change } : each));
    if ("start_ms" in change) this.sort();
  }

  /** A new cue at `start_ms`, as long as the reading rules like it, but not into the next one. Gives its id. */
  add(start_ms: number, text = ""): number {
    this.remember("");
    const next = this.cues_.find((cue) => cue.start_ms > start_ms);
    const end_ms = Math.max(start_ms + 500, Math.min(start_ms + 3000, next ? next.start_ms : Infinity));
    const cue = this.identified({ start_ms, end_ms, text, speaker: "", settings: "" });
    this.cues_ = [...this.cues_, cue];
    this.sort();
    return cue.id;
  }

  /** Cuts a cue in two at a place in its text; the time is shared by the length of the text, or cut at `at_ms`. */
  split(id: number, offset: number, at_ms?: number): number | null {
    const index = this.index_of(id);
    const cue = this.cues_[index];
    if (!cue) return null;
    const first = cue.text.slice(0, offset).trim();
    const second = cue.text.slice(offset).trim();
    const share = cue.text.length > 0 ? Math.min(0.9, Math.max(0.1, offset / cue.text.length)) : 0.5;
    const inside = at_ms !== undefined && at_ms > cue.start_ms && at_ms < cue.end_ms;
    const middle = inside ? at_ms : Math.round(cue.start_ms + (cue.end_ms - cue.start_ms) * share);
    this.remember("");
    const tail = this.identified({ ...cue, start_ms: middle, text: second });
    this.cues_ = [
      ...this.cues_.slice(0, index),
      { ...cue, end_ms: middle, text: first },
      tail,
      ...this.cues_.slice(index + 1),
    ];
    return tail.id;
  }

  /** Joins a cue with the one after it. */
  merge(id: number): boolean {
    const index = this.index_of(id);
    const cue = this.cues_[index];
    const next = this.cues_[index + 1];
    if (!cue || !next) return false;
    this.remember("");
    const text = [cue.text, next.text].filter((part) => part !== "").join("\n");
    this.cues_ = [
      ...this.cues_.slice(0, index),
      { ...cue, end_ms: Math.max(cue.end_ms, next.end_ms), text },
      ...this.cues_.slice(index + 2),
    ];
    return true;
  }

  remove(id: number): void {
    if (!this.find(id)) return;
    this.remember("");
    this.cues_ = this.cues_.filter((cue) => cue.id !== id);
  }

  /** Moves every cue from `from_ms` on; none goes below zero. */
  shift(by_ms: number, from_ms = 0): void {
    if (by_ms === 0) return;
    this.remember("");
    this.cues_ = this.cues_.map((cue) =>
      cue.start_ms < from_ms
        ? cue
        : { ...cue, start_ms: Math.max(0, cue.start_ms + by_ms), end_ms: Math.max(0, cue.end_ms + by_ms) },
    );
    this.sort();
  }

  undo(): boolean {
    const before = this.undo_.pop();
    if (!before) return false;
    this.redo_.push(this.cues_);
    this.cues_ = before;
    this.last_edit_ = "";
    return true;
  }

  redo(): boolean {
    const after = this.redo_.pop();
    if (!after) return false;
    this.undo_.push(this.cues_);
    this.cues_ = after;
    this.last_edit_ = "";
    return true;
  }

  /** The next edit starts a new undo step even in the same field. */
  end_edit(): void {
    this.last_edit_ = "";
  }

  private remember(edit: string): void {
    if (edit !== "" && edit === this.last_edit_) return;
    this.last_edit_ = edit;
    this.undo_.push(this.cues_);
    if (this.undo_.length > undo_depth) this.undo_.shift();
    this.redo_ = [];
  }

  private identified(cue: PlainCue): Cue {
    return { ...cue, id: this.next_id_++ };
  }

  private sort(): void {
    this.cues_ = [...this.cues_].sort((a, b) => a.start_ms - b.start_ms || a.end_ms - b.end_ms);
  }
}
