// Words for scripts: the page carries those it named, already in the reader's language (Page::strings).

let words: Record<string, string> | null = null;

/** A string of web/i18n with its {name} parts filled in; a missing key shows itself. */
export function t(key: string, values: Record<string, string | number> = {}): string {
  words ??= JSON.parse(document.getElementById("strings")?.textContent ?? "{}") as Record<string, string>;
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** "{key}.one" for exactly 1, else "{key}.other", as the server counts. */
export function count(key: string, n: number): string {
  return t(`${key}.${n === 1 ? "one" : "other"}`, { n });
}

/** t() for the keys under one prefix. */
export function under(prefix: string): (key: string, values?: Record<string, string | number>) => string {
  return (key, values) => t(prefix + key, values);
}

/** All strings under a prefix, by the rest of their keys. */
export function stringsWith(prefix: string): Record<string, string> {
  t(""); // reads them
  return Object.fromEntries(Object.entries(words ?? {}).flatMap(([key, value]) => (key.startsWith(prefix) ? [[key.slice(prefix.length), value]] : [])));
}
