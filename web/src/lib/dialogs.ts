// <button data-dialog="share"> opens <dialog id="share">; the browser gives focus back to the button on closing.
export function startDialogs(): void {
  for (const opener of document.querySelectorAll<HTMLElement>("[data-dialog]")) {
    const dialog = document.getElementById(opener.dataset["dialog"] ?? "");
    if (!(dialog instanceof HTMLDialogElement)) continue;
    opener.hidden = false;
    opener.addEventListener("click", () => dialog.showModal());
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close(); // the backdrop
    });
  }
}
