// The edit page: this device remembers the list; items are put in order by dragging.
import { savePlace } from "../class/list_place";
import { forgetList, rememberList } from "../lib/list_store";

export function startEditing(page: HTMLElement): void {
  const { list: id = "", token = "", title = "" } = page.dataset;
  const hint = page.querySelector<HTMLElement>("[data-remembered]");
  if (rememberList({ id, token, title }) && hint) hint.hidden = false;
  const forget = () => {
    forgetList(id);
    savePlace(id, undefined);
  };
  page.querySelector("[data-forget]")?.addEventListener("click", () => {
    forget();
    if (hint) hint.hidden = true;
  });
  page.querySelector("[data-list-delete]")?.addEventListener("submit", forget);
}

/** Dropping an item sends the form, which carries the order of its items. Keys and touch have the buttons. */
export function startOrdering(form: HTMLFormElement): void {
  const list = form.querySelector<HTMLElement>("[data-items]");
  if (!list || list.children.length < 2) return;
  form.querySelector("[data-drag-hint]")?.removeAttribute("hidden");
  let dragged: HTMLElement | null = null;
  let before = "";
  const order = () => [...list.children].map((item) => item.id).join();
  for (const item of list.querySelectorAll<HTMLElement>("[data-item]")) {
    const handle = item.querySelector<HTMLElement>(".list-item__head, .list-item__gone");
    if (!handle) continue;
    handle.draggable = true;
    handle.addEventListener("dragstart", (event) => {
      dragged = item;
      before = order();
      event.dataTransfer?.setDragImage(item, 10, 10);
      item.classList.add("list-item--dragged");
    });
    handle.addEventListener("dragend", () => {
      item.classList.remove("list-item--dragged");
      dragged = null;
      if (order() !== before) form.requestSubmit();
    });
    item.addEventListener("dragover", (event) => {
      if (!dragged || dragged === item) return;
      event.preventDefault();
      const box = item.getBoundingClientRect();
      item[event.clientY < box.top + box.height / 2 ? "before" : "after"](dragged);
    });
  }
}
