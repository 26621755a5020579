// Suggestions under a search field: a combobox with list autocomplete (WAI-ARIA 1.2; APG "Editable Combobox With List
// Autocomplete"). What is typed stays until somebody chooses; without this module the form searches as it stands.

interface Suggestion {
  kind: "occupation" | "field" | "word" | "story";
  text: string;
  code: string | null;
  stories: number;
  url: string;
}

const fewest_letters = 2;
const pause_ms = 120; // of typing, before we ask

const counted = (words: DOMStringMap, one: string, other: string, n: number): string => (words[n === 1 ? one : other] ?? "").replace("{n}", String(n));

function option(suggestion: Suggestion, id: string, words: DOMStringMap): HTMLElement {
  const item = document.createElement("li");
  item.id = id;
  item.setAttribute("role", "option");
  item.setAttribute("aria-selected", "false");
  item.dataset["kind"] = suggestion.kind;
  const part = (name: string, text: string): HTMLElement => {
    const span = document.createElement("span");
    span.className = `suggestion__${name}`;
    span.textContent = text;
    return span;
  };
  const kind = words[`kind${suggestion.kind[0]?.toUpperCase()}${suggestion.kind.slice(1)}`] ?? "";
  item.append(part("text", suggestion.text), " ", part("kind", kind));
  if (suggestion.kind !== "story") item.append(" ", part("count", counted(words, "storyOne", "storyOther", suggestion.stories)));
  return item;
}

/** Where a field leads: the filters of this form, with this field instead of words and another field. */
function narrowed(form: HTMLFormElement, code: string): string {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === "string" && value && name !== "q" && name !== "field") query.append(name, value);
  query.append("field", code);
  return `${form.action}?${query}`;
}

function suggest(input: HTMLInputElement, id: string): void {
  const form = input.form;
  if (!form) return;
  const words = input.dataset;
  const list = document.createElement("ul");
  list.id = id;
  list.setAttribute("role", "listbox");
  list.className = "suggestions";
  list.hidden = true;
  list.setAttribute("aria-label", words["suggest"] ?? "");
  const said = document.createElement("span");
  said.className = "visually-hidden";
  said.setAttribute("role", "status");
  input.after(list, said);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", id);
  input.setAttribute("aria-expanded", "false");

  let shown: Suggestion[] = [];
  let at = -1;
  let timer: number | undefined;
  let request: AbortController | undefined;

  const mark = (index: number): void => {
    list.children[at]?.setAttribute("aria-selected", "false");
    at = index;
    const item = list.children[at];
    item?.setAttribute("aria-selected", "true");
    item?.scrollIntoView({ block: "nearest" });
    if (item) input.setAttribute("aria-activedescendant", item.id);
    else input.removeAttribute("aria-activedescendant");
  };
  const open = (yes: boolean): void => {
    list.hidden = !yes;
    input.setAttribute("aria-expanded", String(yes));
    mark(-1);
  };
  const close = (): void => {
    clearTimeout(timer);
    request?.abort();
    said.textContent = "";
    open(false);
  };
  const ask = async (): Promise<void> => {
    const text = input.value.trim();
    if ([...text].length < fewest_letters) return close();
    request?.abort();
    request = new AbortController();
    const query = new URLSearchParams({ q: text, lang: document.documentElement.lang, limit: "8" });
    try {
      const answer = await fetch(`/api/v1/suggestions?${query}`, { signal: request.signal });
      if (!answer.ok) return close();
      shown = ((await answer.json()) as { suggestions: Suggestion[] }).suggestions;
    } catch {
      return; // a newer question, or no network: the form still searches
    }
    if (document.activeElement !== input) return;
    list.replaceChildren(...shown.map((one, i) => option(one, `${id}-${i}`, words)));
    open(shown.length > 0);
    said.textContent = shown.length ? counted(words, "one", "other", shown.length) : (words["none"] ?? "");
  };
  const choose = (suggestion: Suggestion): void => {
    close();
    if (suggestion.kind === "story") return location.assign(new URL(suggestion.url).pathname);
    if (suggestion.kind === "field") return location.assign(narrowed(form, suggestion.code ?? ""));
    input.value = suggestion.text;
    form.requestSubmit();
  };

  input.addEventListener("input", () => {
    clearTimeout(timer);
    request?.abort();
    mark(-1);
    timer = window.setTimeout(() => void ask(), pause_ms);
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey) return;
    const suggestion = shown[at];
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) return void ask();
      // One more place than options: the field itself.
      const places = shown.length + 1;
      mark(((at + 1 + (event.key === "ArrowDown" ? 1 : -1) + places) % places) - 1);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    } else if (event.key === "Enter" && !list.hidden && suggestion) {
      event.preventDefault();
      choose(suggestion);
    } else if (event.key === "Enter") {
      close();
    }
  });
  input.addEventListener("blur", close);
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus, also under a finger
  list.addEventListener("click", (event) => {
    const item = (event.target as Element).closest("[role=option]");
    const suggestion = item && shown[[...list.children].indexOf(item)];
    if (suggestion) choose(suggestion);
  });
}

export function startSuggestions(): void {
  document.querySelectorAll<HTMLInputElement>("input[data-suggest]").forEach((input, n) => suggest(input, `suggestions-${n}`));
}
