// "Add to a lesson list": the times from the video, and the lists this device knows, without leaving the page.
import { forgetList, knownLists, rememberList } from "../lib/list_store";
import { t } from "../lib/strings";
import { clock } from "../lib/time";

export function startAdding(form: HTMLFormElement): void {
  const video = document.querySelector("video");
  if (video) offerTimes(form, video);
  const lists = knownLists();
  const select = form.querySelector<HTMLSelectElement>("#list-known");
  if (!select || !lists.length) return;
  for (const list of lists) select.append(new Option(list.title, list.id));
  select.value = lists[0]?.id ?? "";
  select.closest<HTMLElement>("[data-known-lists]")?.removeAttribute("hidden");
  form.querySelector<HTMLElement>("[data-by-link]")?.setAttribute("hidden", "");
  const follow = () => form.querySelector<HTMLElement>("[data-new-list]")?.toggleAttribute("hidden", select.value !== "");
  select.addEventListener("change", follow);
  follow();
  form.addEventListener("submit", (event) => {
    const list = lists.find((one) => one.id === select.value);
    if (!list) return; // a new list: the form makes it
    event.preventDefault();
    void add(form, list);
  });
}

function offerTimes(form: HTMLFormElement, video: HTMLVideoElement): void {
  const start = form.querySelector<HTMLInputElement>("#list-start");
  for (const button of form.querySelectorAll<HTMLButtonElement>("[data-now]")) {
    const field = form.querySelector<HTMLInputElement>(`#${button.dataset["now"]}`);
    button.hidden = false;
    button.addEventListener("click", () => {
      if (field) field.value = clock(video.currentTime);
    });
  }
  let offered = ""; // a time that was typed, or that came with the page's address, stays
  form.closest("details")?.addEventListener("toggle", () => {
    if (start && start.value === offered && video.currentTime > 0.5) start.value = offered = clock(video.currentTime);
  });
}

/** Milliseconds of "1:23" or "1:02:03"; null for nothing, NaN for something else. */
export function parseClock(text: string): number | null {
  if (!text.trim()) return null;
  if (!/^\d+(:\d{1,2}){0,2}([.,]\d+)?$/.test(text.trim())) return NaN;
  return Math.round(text.trim().replace(",", ".").split(":").reduce((total, part) => total * 60 + Number(part), 0) * 1000);
}

/** What went wrong, in words: of the problem's key (RFC 9457) where there are some. */
async function sentence(answer: Response | undefined): Promise<string> {
  const problem = (await answer?.json().catch(() => undefined)) as { key?: string } | undefined;
  const key = `error.${problem?.key ?? ""}`;
  const words = t(key);
  return words === key ? t("lists.failed") : words;
}

/** The list is gone: it is no longer offered. */
function drop(form: HTMLFormElement, id: string): void {
  forgetList(id);
  const select = form.querySelector<HTMLSelectElement>("#list-known");
  select?.querySelector(`option[value="${CSS.escape(id)}"]`)?.remove();
  if (!select) return;
  select.value = "";
  select.dispatchEvent(new Event("change"));
}

async function add(form: HTMLFormElement, list: { id: string; token: string; title: string }): Promise<void> {
  const said = form.querySelector("[data-added]");
  const data = new FormData(form);
  const start = parseClock(String(data.get("start") ?? ""));
  const end = parseClock(String(data.get("end") ?? ""));
  let failed = Number.isNaN(start) || Number.isNaN(end) ? t("error.list.time_invalid") : "";
  if (!failed) {
    const answer = await fetch(`/api/v1/lists/${list.id}/items`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${list.token}` },
      body: JSON.stringify({ story: data.get("story"), start_ms: start, end_ms: end }),
    }).catch(() => undefined);
    if (answer?.status === 404) drop(form, list.id);
    if (!answer?.ok) failed = answer?.status === 404 ? t("error.list.unknown") : await sentence(answer);
  }
  if (!said) return;
  said.className = failed ? "alert alert--danger" : "alert alert--success";
  const words = document.createElement("p");
  words.textContent = failed || `${t("lists.added_to", { title: list.title })} `;
  if (!failed) {
    rememberList(list);
    const link = document.createElement("a");
    link.href = `/lists/edit/${list.token}`;
    link.textContent = t("lists.open");
    words.append(link);
  }
  said.replaceChildren(words);
}
