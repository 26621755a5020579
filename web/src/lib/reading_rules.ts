// The Finnish reading rules for subtitles, checked while an editor types. A rule broken is a remark, never a refusal:
// the editor knows the speech. Figures follow the quality recommendations for Finnish subtitles.
import type { Cue } from "./cue_list";

export const limits = {
  lines: 2,
  line_length: 37,
  shortest_ms: 1800,
  longest_ms: 7000,
  characters_per_second: 15,
  gap_ms: 80, // a shorter pause between two cues looks like a flicker
};

export type Rule = "empty" | "order" | "lines" | "line_length" | "short" | "long" | "speed" | "gap" | "overlap";

export interface Remark {
  rule: Rule;
  /** The measured figure, ready to show: characters, seconds with one decimal, milliseconds. */
  value: number;
}

/** Characters a viewer reads: every character, a line break counted as one space. */
export function readable_length(text: string): number {
  return [...text.replace(/\s+/g, " ").trim()].length;
}

/** Characters a second, rounded to one decimal; 0 for a cue without length. */
export function reading_speed(cue: Cue): number {
  const seconds = (cue.end_ms - cue.start_ms) / 1000;
  return seconds > 0 ? Math.round((readable_length(cue.text) / seconds) * 10) / 10 : 0;
}

/** What is wrong with `cue`, the one before `next`. Empty when all is well. */
export function check_cue(cue: Cue, next: Cue | undefined): Remark[] {
  const remarks: Remark[] = [];
  const lines = cue.text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const duration = cue.end_ms - cue.start_ms;
  if (lines.length === 0) remarks.push({ rule: "empty", value: 0 });
  if (duration <= 0) remarks.push({ rule: "order", value: duration });
  if (lines.length > limits.lines) remarks.push({ rule: "lines", value: lines.length });
  const longest = Math.max(0, ...lines.map((line) => [...line].length));
  if (longest > limits.line_length) remarks.push({ rule: "line_length", value: longest });
  if (duration > 0 && duration < limits.shortest_ms) remarks.push({ rule: "short", value: duration / 1000 });
  if (duration > limits.longest_ms) remarks.push({ rule: "long", value: duration / 1000 });
  if (duration > 0 && reading_speed(cue) > limits.characters_per_second) {
    remarks.push({ rule: "speed", value: reading_speed(cue) });
  }
  if (next) {
    const gap = next.start_ms - cue.end_ms;
    if (gap < 0) remarks.push({ rule: "overlap", value: -gap });
    else if (gap > 0 && gap < limits.gap_ms) remarks.push({ rule: "gap", value: gap });
  }
  return remarks;
}
