// No unsaved words lost: <form data-keep> asks before the page is left, and while it has changes the page's other forms
// (publish, delete, send a file) answer with a sentence beside their button instead of taking the changes away.
import { t } from "./strings";

export function keep_unsaved(page: Document): void {
  const dirty = new Set<HTMLFormElement>();
  for (const form of page.querySelectorAll<HTMLFormElement>("form[data-keep]")) {
    if (form.dataset.keep === "dirty") dirty.add(form); // a refused save comes back with what was typed
    form.addEventListener("input", () => dirty.add(form));
    form.addEventListener("submit", () => dirty.delete(form));
  }
  window.addEventListener("beforeunload", (event) => {
    if (dirty.size > 0) event.preventDefault();
  });
  page.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    const unsaved = [...dirty].find((each) => each !== form);
    const said = t("edit.save_first");
    // A page without the sentence, or the way out in the header: the browser asks.
    if (!unsaved || form.dataset.keep !== undefined || said === "edit.save_first" || !form.closest("main")) return;
    event.preventDefault();
    let note = form.querySelector<HTMLElement>("[data-save-first]");
    if (!note) {
      note = page.createElement("p");
      note.dataset.saveFirst = "";
      note.className = "alert alert--warning";
      note.tabIndex = -1;
      form.append(note);
    }
    note.textContent = said;
    note.focus();
    unsaved.addEventListener("submit", () => note.remove(), { once: true });
  });
}
