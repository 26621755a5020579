// File fields name the chosen file in the page; the browser's own words are in the browser's language. An upload panel
// does that itself, with the size.
export function name_chosen_files(): void {
  for (const input of document.querySelectorAll<HTMLInputElement>("input.file__input:not([data-upload-file])")) {
    const name = input.closest("label")?.querySelector<HTMLElement>("[data-file-name]");
    if (!name) continue;
    const nothing = name.textContent ?? "";
    const show = (): void => {
      name.textContent = input.files?.length ? [...input.files].map((file) => file.name).join(", ") : nothing;
    };
    input.addEventListener("change", show);
    input.form?.addEventListener("reset", () => setTimeout(show));
    show(); // a reload may keep the choice
  }
}
