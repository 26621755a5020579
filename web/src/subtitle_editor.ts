// Editing subtitles beside the playing video. The page works without this as one plain text field with WebVTT.
import { CueList, type PlainCue } from "./lib/cue_list";
import { CueRows } from "./lib/cue_rows";
import { PreviewPlayer } from "./lib/preview_player";
import { format_number } from "./lib/numbers";
import { count, under } from "./lib/strings";
import { ShotChanges } from "./lib/shot_changes";
import { DraftBox, type FoundDraft } from "./lib/subtitle_draft";
import { format_timecode } from "./lib/timecode";
import { Waveform } from "./lib/waveform";

interface Saved {
  revision: number;
  cues: PlainCue[];
  checked: boolean;
}

const autosave_ms = 800;

class SubtitleEditor {
  private text_ = under("editorscript.");
  private video_: HTMLVideoElement;
  private cues_: CueList;
  private rows_: CueRows;
  private draft_: DraftBox;
  private revision_: number; // what the text on the screen is based on
  private their_revision_: number | null = null; // what somebody else saved meanwhile
  private offers_: FoundDraft[] = [];
  private changes_ = 0;
  private dirty_ = false;
  private saving_ = false;
  private draft_timer_ = 0;
  private preview_track_: TextTrack;
  private shots_: ShotChanges;
  private waveform_: Waveform;

  constructor(private root_: HTMLElement) {
    this.video_ = this.part<HTMLVideoElement>("video");
    new PreviewPlayer(this.video_);
    const initial = JSON.parse(this.root_.dataset.cues ?? "[]") as PlainCue[];
    this.cues_ = new CueList(initial);
    this.revision_ = Number(root_.dataset.revision ?? 0);
    this.draft_ = new DraftBox(`tarina-subtitles/${root_.dataset.story}/${root_.dataset.track}`);
    this.preview_track_ = this.video_.addTextTrack("captions", this.text_("preview_track"), root_.dataset.language ?? "fi");
    this.preview_track_.mode = "showing";
    this.shots_ = new ShotChanges(JSON.parse(root_.dataset.shots ?? "[]") as number[]);
    this.waveform_ = new Waveform(this.part<HTMLCanvasElement>("waveform"), this.video_, this.cues_, this.shots_);
    this.rows_ = new CueRows(this.part<HTMLOListElement>("list"), this.cues_, this.text_, {
      changed: () => this.changed(),
      entered: (cue) => {
        if (this.video_.paused) this.seek(cue);
      },
    });
    this.listen();
    this.refresh();
    this.offer_drafts(initial);
    root_.hidden = false;
    root_.dataset.ready = "yes";
  }

  /** Just inside the cue: at its very start the one before it, which ends there, would show as well. */
  private seek(cue: PlainCue): void {
    this.video_.currentTime = (Math.ceil(cue.start_ms) + 1) / 1000;
  }

  /** Where an edge set at `ms` goes: to a shot change close by, unless the editor wants it exactly there. */
  private snapped(ms: number): number {
    const wanted = this.root_.querySelector<HTMLInputElement>("[data-part=snap]")?.checked ?? false;
    return (wanted ? this.shots_.near(ms) : null) ?? ms;
  }

  private part<T extends HTMLElement>(name: string): T {
    const found = this.root_.querySelector<T>(`[data-part="${name}"]`);
    if (!found) throw new Error(`subtitle editor lacks ${name}`);
    return found;
  }

  private listen(): void {
    this.root_.addEventListener("click", (event) => {
      const button = (event.target as HTMLElement).closest<HTMLButtonElement>("button[data-do]");
      if (button) this.act(button.dataset.do ?? "");
    });
    this.root_.addEventListener("keydown", (event) => {
      const action = action_of(event);
      if (!action) return;
      event.preventDefault();
      this.act(action);
    });
    this.video_.addEventListener("timeupdate", () => {
      const ms = this.video_.currentTime * 1000;
      const cue = this.cues_.at(ms);
      this.rows_.mark_playing(cue && cue.end_ms > ms ? cue.id : null);
      this.part("clock").textContent = format_timecode(ms);
    });
    window.addEventListener("beforeunload", (event) => {
      this.keep_draft();
      if (this.dirty_) event.preventDefault();
    });
    document.addEventListener("visibilitychange", () => this.keep_draft());
  }

  private act(action: string): void {
    const now = Math.round(this.video_.currentTime * 1000);
    const current = this.rows_.current();
    switch (action) {
      case "play":
        if (this.video_.paused) void this.video_.play();
        else this.video_.pause();
        return;
      case "back":
        this.video_.currentTime = Math.max(0, this.video_.currentTime - 2);
        return;
      case "forward":
        this.video_.currentTime += 2;
        return;
      case "again":
        if (!current) return;
        this.seek(current);
        void this.video_.play();
        return;
      case "next_speech": {
        const start = this.waveform_.next_speech(now);
        if (start === null) return this.say(this.waveform_.has_speech ? "no_speech" : "no_map");
        this.video_.currentTime = start / 1000;
        return;
      }
      case "next_shot": {
        const shot = this.shots_.after(now);
        if (shot === null) return this.say(this.shots_.times.length > 0 ? "no_shot" : "no_shots");
        this.video_.currentTime = (shot + 1) / 1000; // just inside, or the picture before it would show
        return;
      }
      case "add": {
        const start = this.snapped(now);
        const id = this.cues_.add(start);
        this.changed();
        if (start !== now) this.say("start_snapped");
        this.rows_.focus(id);
        return;
      }
      case "split": {
        if (!current) return this.say("pick_first");
        const id = this.cues_.split(current.id, this.rows_.caret(current.id), now);
        this.changed(true);
        if (id !== null) this.rows_.focus(id, 0);
        return;
      }
      case "merge":
        if (!current) return this.say("pick_first");
        this.cues_.merge(current.id);
        this.changed(true);
        return;
      case "delete": {
        if (!current) return this.say("pick_first");
        const index = this.cues_.index_of(current.id);
        this.cues_.remove(current.id);
        this.changed();
        const next = this.cues_.cues[Math.min(index, this.cues_.cues.length - 1)];
        if (next) this.rows_.focus(next.id);
        this.say("deleted");
        return;
      }
      case "start": {
        if (!current) return this.say("pick_first");
        const start = this.snapped(now);
        this.cues_.edit(current.id, { start_ms: start, ...(current.end_ms <= start ? { end_ms: start + 2000 } : {}) });
        this.cues_.end_edit();
        this.changed();
        if (start !== now) this.say("start_snapped");
        return;
      }
      case "end": {
        if (!current) return this.say("pick_first");
        if (now <= current.start_ms) return this.say("end_before_start");
        const near = this.snapped(now);
        const end = near > current.start_ms ? near : now; // not onto the shot change it begins at
        this.cues_.edit(current.id, { end_ms: end });
        this.cues_.end_edit();
        this.changed();
        if (end !== now) this.say("end_snapped");
        return;
      }
      case "earlier":
      case "later": {
        const field = this.part<HTMLInputElement>("shift");
        const seconds = Number(field.value.replace(",", "."));
        const sound = Number.isFinite(seconds) && seconds > 0; // the button says the direction
        field.setAttribute("aria-invalid", String(!sound));
        if (!sound) {
          this.say("shift_wrong");
          return field.focus();
        }
        this.cues_.shift(Math.round(seconds * 1000) * (action === "earlier" ? -1 : 1));
        this.changed();
        this.say(`moved_${action}`, { value: format_number(seconds, 3) });
        return;
      }
      case "undo":
      case "redo":
        if (action === "undo" ? this.cues_.undo() : this.cues_.redo()) {
          this.changed(true);
          this.say(action === "undo" ? "undone" : "redone");
        }
        return;
      case "previous":
      case "next": {
        const index = current ? this.cues_.index_of(current.id) : -1;
        const to = this.cues_.cues[action === "next" ? index + 1 : Math.max(0, index - 1)];
        if (to) this.rows_.focus(to.id);
        return;
      }
      case "next_remark": {
        const index = current ? this.cues_.index_of(current.id) : -1;
        const order = [...this.cues_.cues.slice(index + 1), ...this.cues_.cues.slice(0, index + 1)];
        const to = order.find((cue) => this.rows_.has_remarks(cue.id));
        if (to) this.rows_.focus(to.id);
        else this.say("no_remarks");
        return;
      }
      case "save":
        void this.save(false);
        return;
      case "save_mine":
        void this.save(true);
        return;
      case "take_draft":
        this.take_draft();
        return;
      case "drop_draft":
        this.drop_draft();
        return;
    }
  }

  /** After every change of the cues. `anew`: also the field that has the focus shows the new value. */
  private changed(anew = false): void {
    this.dirty_ = true;
    this.changes_ += 1;
    if (anew) (document.activeElement as HTMLElement | null)?.blur();
    const current = this.rows_.current();
    this.refresh();
    if (anew && current && this.cues_.find(current.id)) this.rows_.focus(current.id);
    this.part("state").textContent = this.text_("unsaved");
    window.clearTimeout(this.draft_timer_);
    this.draft_timer_ = window.setTimeout(() => this.keep_draft(), autosave_ms);
  }

  private refresh(): void {
    const troubled = this.rows_.update();
    this.part("summary").textContent = [count("editorscript.cues", this.cues_.cues.length), count("editorscript.remarks", troubled)].join(", ");
    this.part("empty").hidden = this.cues_.cues.length > 0;
    for (const button of this.root_.querySelectorAll<HTMLButtonElement>("button[data-do=undo]")) {
      button.disabled = !this.cues_.can_undo;
    }
    for (const button of this.root_.querySelectorAll<HTMLButtonElement>("button[data-do=redo]")) {
      button.disabled = !this.cues_.can_redo;
    }
    this.show_on_video();
    this.waveform_.draw();
  }

  private show_on_video(): void {
    for (const old of [...(this.preview_track_.cues ?? [])]) this.preview_track_.removeCue(old);
    for (const cue of this.cues_.cues) {
      if (cue.end_ms <= cue.start_ms || cue.text.trim() === "") continue;
      // Text is shown as text: "<" must not start a tag.
      const shown = cue.text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
      this.preview_track_.addCue(new VTTCue(cue.start_ms / 1000, cue.end_ms / 1000, shown));
    }
  }

  private keep_draft(): void {
    if (!this.dirty_) return;
    const kept = this.draft_.write(this.revision_, this.cues_.plain());
    if (!this.saving_) this.part("state").textContent = this.text_(kept ? "draft_kept" : "draft_refused");
  }

  private offer_drafts(server: PlainCue[]): void {
    const found = this.draft_.found();
    this.offers_ = found.filter((draft) => !same(draft.cues, server));
    for (const draft of found) if (!this.offers_.includes(draft)) this.draft_.clear(draft.key);
    this.show_offer();
  }

  private show_offer(): void {
    const draft = this.offers_[0];
    this.part("draft").hidden = !draft;
    if (!draft) return;
    const when = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "short", timeStyle: "short" });
    this.part("draft-words").textContent = this.text_("draft_found", { when: when.format(new Date(draft.saved_at)) });
  }

  private take_draft(): void {
    if (this.saving_) return; // the answer would give the draft a newer revision than its own
    const draft = this.offers_.shift();
    if (!draft) return;
    this.cues_.replace_all(draft.cues);
    // Not newer than the draft itself: what others saved after it must not be overwritten unasked.
    this.revision_ = draft.revision;
    this.changed();
    if (this.draft_.write(this.revision_, this.cues_.plain())) this.draft_.clear(draft.key);
    this.show_offer();
  }

  private drop_draft(): void {
    const draft = this.offers_.shift();
    if (draft) this.draft_.clear(draft.key);
    this.show_offer();
  }

  /** `on_top`: over what somebody else saved meanwhile, which only the editor may decide. */
  private async save(on_top: boolean): Promise<void> {
    if (this.saving_) return;
    this.saving_ = true;
    const sent_changes = this.changes_;
    const revision = on_top ? (this.their_revision_ ?? this.revision_) : this.revision_;
    this.part("state").textContent = this.text_("saving");
    try {
      const checked = this.part<HTMLInputElement>("checked").checked;
      const body = JSON.stringify({ revision, checked, cues: this.cues_.plain() });
      const answer = await fetch(this.root_.dataset.saveUrl ?? "", {
        method: "PUT",
        headers: { "Content-Type": "application/json", Accept: "application/json" },
        body,
      });
      if (answer.ok) this.saved((await answer.json()) as Saved, sent_changes);
      else if (answer.status === 409) this.conflicted((await answer.json()) as { current_revision?: number });
      else if (answer.status === 401) this.failed("signed_out");
      else this.failed(answer.status === 413 ? "too_many" : "save_failed");
    } catch {
      this.failed("save_offline");
    } finally {
      this.saving_ = false;
    }
  }

  private saved(saved: Saved, sent_changes: number): void {
    this.revision_ = saved.revision;
    this.their_revision_ = null;
    // What was typed while the answer was on its way is not in the service yet.
    this.dirty_ = this.changes_ !== sent_changes;
    if (!this.dirty_) this.draft_.clear();
    this.part("conflict").hidden = true;
    this.part("problem").hidden = true;
    if (this.dirty_) this.say(this.draft_.write(this.revision_, this.cues_.plain()) ? "draft_kept" : "draft_refused");
    else this.say(saved.checked ? "saved_checked" : "saved");
    this.root_.dispatchEvent(new CustomEvent("saved", { bubbles: true }));
  }

  /** Somebody else saved meanwhile: our text stays on the screen and in the draft, and the editor chooses. */
  private conflicted(answer: { current_revision?: number }): void {
    this.draft_.write(this.revision_, this.cues_.plain());
    this.their_revision_ = answer.current_revision ?? this.their_revision_;
    this.part("conflict").hidden = false;
    this.part("conflict").focus();
    this.part("state").textContent = this.text_("draft_kept");
  }

  private failed(key: string): void {
    this.draft_.write(this.revision_, this.cues_.plain());
    const problem = this.part("problem");
    problem.textContent = this.text_(key);
    problem.hidden = false;
    this.part("state").textContent = this.text_("draft_kept");
  }

  private say(key: string, values: Record<string, string | number> = {}): void {
    this.part("state").textContent = this.text_(key, values);
  }
}

/** Keys by their place on the keyboard (`code`), so that Alt with a letter works on every layout. */
function action_of(event: KeyboardEvent): string | null {
  if ((event.ctrlKey || event.metaKey) && !event.altKey && event.code === "KeyS") return "save";
  if (!event.altKey || event.ctrlKey || event.metaKey) return null;
  if (event.shiftKey) return event.code === "KeyZ" ? "redo" : event.code === "Enter" ? "split" : null;
  const keys: Record<string, string> = {
    KeyP: "play",
    KeyJ: "back",
    KeyL: "forward",
    KeyR: "again",
    KeyS: "next_speech",
    KeyK: "next_shot",
    Enter: "add",
    KeyM: "merge",
    Delete: "delete",
    KeyI: "start",
    KeyO: "end",
    KeyZ: "undo",
    ArrowUp: "previous",
    ArrowDown: "next",
    KeyN: "next_remark",
  };
  return keys[event.code] ?? null;
}

function same(a: PlainCue[], b: PlainCue[]): boolean {
  const flat = (cues: PlainCue[]) => JSON.stringify(cues.map((c) => [c.start_ms, c.end_ms, c.text, c.speaker, c.settings]));
  return flat(a) === flat(b);
}

for (const root of document.querySelectorAll<HTMLElement>("[data-subtitle-editor]")) new SubtitleEditor(root);
