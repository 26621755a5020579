// Words for scripts: the page hands the strings it named (Page::strings in server/page.hpp) as JSON.
let strings: Record<string, string> | undefined;

/** The string of `key` in the page's language, `{name}` parts replaced. Unknown keys show themselves. */
export function t(key: string, parts: Record<string, string | number> = {}): string {
  strings ??= JSON.parse(document.getElementById("strings")?.textContent ?? "{}") as Record<string, string>;
  return (strings[key] ?? key).replace(/\{(\w+)\}/g, (whole, name: string) => String(parts[name] ?? whole));
}
