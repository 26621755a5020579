// The list of cues on the page: one row a cue, kept in step with a CueList without losing focus or caret.
import type { Cue, CueList } from "./cue_list";
import { check_cue, type Remark, reading_speed } from "./reading_rules";
import { format_number } from "./numbers";
import { format_timecode, parse_timecode } from "./timecode";

type Text = (key: string, values?: Record<string, string | number>) => string;

export interface RowEvents {
  changed(): void;
  entered(cue: Cue): void;
}

interface Row {
  element: HTMLLIElement;
  number: HTMLElement;
  start: HTMLInputElement;
  end: HTMLInputElement;
  text: HTMLTextAreaElement;
  remarks: HTMLElement;
}

export class CueRows {
  private rows_ = new Map<number, Row>();
  private current_ = 0;

  constructor(
    private list_: HTMLOListElement,
    private cues_: CueList,
    private say_: Text,
    private events_: RowEvents,
  ) {}

  /** Makes the rows match the cues; a field being typed in is left alone. Gives the number of cues with remarks. */
  update(): number {
    const wanted = new Set(this.cues_.cues.map((cue) => cue.id));
    for (const [id, row] of this.rows_) {
      if (wanted.has(id)) continue;
      row.element.remove();
      this.rows_.delete(id);
    }
    let troubled = 0;
    let before: Element | null = null;
    this.cues_.cues.forEach((cue, index) => {
      const row = this.rows_.get(cue.id) ?? this.make(cue);
      const place: Element | null = before ? before.nextElementSibling : this.list_.firstElementChild;
      if (place !== row.element) this.list_.insertBefore(row.element, place);
      before = row.element;
      if (this.fill(row, cue, index)) troubled += 1;
    });
    return troubled;
  }

  /** The cue whose row has or last had the focus. */
  current(): Cue | undefined {
    return this.cues_.find(this.current_);
  }

  /** Marks the row of the cue being heard, without moving the focus. */
  mark_playing(id: number | null): void {
    for (const [each, row] of this.rows_) row.element.classList.toggle("cue--playing", each === id);
  }

  focus(id: number, caret?: number): void {
    const row = this.rows_.get(id);
    if (!row) return;
    row.text.focus();
    if (caret !== undefined) row.text.setSelectionRange(caret, caret);
    row.element.scrollIntoView({ block: "nearest" });
  }

  /** Where the caret stands in a cue's text, to split there. */
  caret(id: number): number {
    return this.rows_.get(id)?.text.selectionStart ?? 0;
  }

  has_remarks(id: number): boolean {
    return this.rows_.get(id)?.element.classList.contains("cue--remarked") ?? false;
  }

  private make(cue: Cue): Row {
    const element = document.createElement("li");
    element.className = "cue";
    const number = document.createElement("span");
    number.className = "cue__number";
    const start = this.time_field(cue.id, "start_ms");
    const end = this.time_field(cue.id, "end_ms");
    const text = document.createElement("textarea");
    text.className = "cue__text";
    text.rows = 2;
    text.spellcheck = true;
    const remarks = document.createElement("p");
    remarks.className = "cue__remarks";
    remarks.id = `remarks-${cue.id}`;
    text.setAttribute("aria-describedby", remarks.id);
    text.addEventListener("input", () => {
      this.cues_.edit(cue.id, { text: text.value });
      this.events_.changed();
    });
    text.addEventListener("blur", () => this.cues_.end_edit());
    element.addEventListener("focusin", () => this.enter(cue.id));
    element.append(number, start, end, text, remarks);
    const row = { element, number, start, end, text, remarks };
    this.rows_.set(cue.id, row);
    return row;
  }

  private enter(id: number): void {
    if (this.current_ === id) return;
    this.rows_.get(this.current_)?.element.classList.remove("cue--current");
    this.current_ = id;
    this.rows_.get(id)?.element.classList.add("cue--current");
    const cue = this.cues_.find(id);
    if (cue) this.events_.entered(cue);
  }

  private time_field(id: number, which: "start_ms" | "end_ms"): HTMLInputElement {
    const field = document.createElement("input");
    field.className = "cue__time";
    field.inputMode = "decimal";
    field.autocomplete = "off";
    field.addEventListener("change", () => {
      const ms = parse_timecode(field.value);
      field.setAttribute("aria-invalid", String(ms === null));
      if (ms === null) return;
      this.cues_.edit(id, { [which]: ms });
      this.cues_.end_edit();
      this.events_.changed();
    });
    field.addEventListener("keydown", (event) => {
      // Arrow keys nudge by a tenth of a second.
      if (event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
      const cue = this.cues_.find(id);
      if (!cue) return;
      event.preventDefault();
      this.cues_.edit(id, { [which]: Math.max(0, cue[which] + (event.key === "ArrowUp" ? 100 : -100)) });
      this.events_.changed();
      field.value = format_timecode(this.cues_.find(id)?.[which] ?? 0);
    });
    return field;
  }

  private fill(row: Row, cue: Cue, index: number): boolean {
    const n = index + 1;
    row.number.textContent = String(n);
    const set = (field: HTMLInputElement | HTMLTextAreaElement, value: string, label: string): void => {
      if (document.activeElement !== field && field.value !== value) field.value = value;
      field.setAttribute("aria-label", label);
    };
    set(row.start, format_timecode(cue.start_ms), this.say_("start_of", { n }));
    set(row.end, format_timecode(cue.end_ms), this.say_("end_of", { n }));
    if (document.activeElement !== row.start) row.start.removeAttribute("aria-invalid");
    if (document.activeElement !== row.end) row.end.removeAttribute("aria-invalid");
    set(row.text, cue.text, this.say_("text_of", { n }));
    const found = check_cue(cue, this.cues_.cues[index + 1]);
    row.element.classList.toggle("cue--remarked", found.length > 0);
    const speed = this.say_("speed_now", { value: format_number(reading_speed(cue)) });
    const words = found.length > 0 ? found.map((remark) => this.word(remark)).join(" ") : speed;
    if (row.remarks.textContent !== words) row.remarks.textContent = words;
    return found.length > 0;
  }

  private word(remark: Remark): string {
    return this.say_(`rule_${remark.rule}`, { value: format_number(remark.value) });
  }
}
