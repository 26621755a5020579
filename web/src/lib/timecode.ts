// Times as people write them beside a video: hours only when needed, a decimal comma or point, milliseconds.

/** 83456 → "01:23,456"; from one hour on "1:01:23,456". */
export function format_timecode(ms: number): string {
  const whole = Math.max(0, Math.round(ms));
  const hours = Math.floor(whole / 3_600_000);
  const minutes = Math.floor(whole / 60_000) % 60;
  const seconds = Math.floor(whole / 1000) % 60;
  const two = (n: number) => String(n).padStart(2, "0");
  const tail = `${two(minutes)}:${two(seconds)},${String(whole % 1000).padStart(3, "0")}`;
  return hours > 0 ? `${hours}:${tail}` : tail;
}

/** Reads "1:23", "01:23,4", "1:01:23.456" or plain seconds "83,5"; null when it is not a time. */
export function parse_timecode(text: string): number | null {
  const match = /^\s*(?:(?:(\d{1,3}):)?(\d{1,3}):)?(\d{1,5})(?:[.,](\d{1,3}))?\s*$/.exec(text);
  if (!match) return null;
  const [, hours, minutes, seconds, fraction] = match;
  if (minutes !== undefined && Number(seconds) > 59) return null;
  if (hours !== undefined && Number(minutes) > 59) return null;
  const milliseconds = fraction === undefined ? 0 : Number(fraction.padEnd(3, "0"));
  return ((Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60 + Number(seconds)) * 1000 + milliseconds;
}
