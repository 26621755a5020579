// Lesson lists: adding clips, editing, the lists this device knows, printing.
import { copy_buttons } from "./lib/copy";
import { knownLists } from "./lib/list_store";
import { keep_unsaved } from "./lib/unsaved";
import { startAdding } from "./lists/add";
import { startEditing, startOrdering } from "./lists/edit";

for (const form of document.querySelectorAll<HTMLFormElement>("[data-list-add]")) startAdding(form);
for (const page of document.querySelectorAll<HTMLElement>("[data-list-edit]")) {
  startEditing(page);
  keep_unsaved(document);
}
for (const form of document.querySelectorAll<HTMLFormElement>("[data-list-form]")) startOrdering(form);
if (document.querySelector(".list-edit, .list-page")) copy_buttons(document);
showMine(document.querySelector<HTMLElement>("[data-my-lists]"));

for (const button of document.querySelectorAll<HTMLButtonElement>("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

function showMine(section: HTMLElement | null): void {
  const place = section?.querySelector("ul");
  const lists = knownLists();
  if (!section || !place || !lists.length) return;
  for (const list of lists) {
    const link = document.createElement("a");
    link.href = `/lists/edit/${list.token}`;
    link.textContent = list.title;
    const line = document.createElement("li");
    line.append(link);
    place.append(line);
  }
  section.hidden = false;
}
