// <button data-copy="id of the field">: copies the field's text and says so.

export function copy_buttons(root: ParentNode): void {
  for (const button of root.querySelectorAll<HTMLButtonElement>("button[data-copy]")) {
    const source = document.getElementById(button.dataset.copy ?? "");
    if (!source) continue;
    button.hidden = false;
    button.addEventListener("click", () => void copy(button, source));
  }
}

async function copy(button: HTMLButtonElement, source: HTMLElement): Promise<void> {
  const is_field = source instanceof HTMLInputElement || source instanceof HTMLTextAreaElement;
  const text = is_field ? source.value : (source.textContent ?? "");
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without https the clipboard is closed; select, so that Ctrl+C works.
    if (is_field) source.select();
    return;
  }
  const before = button.textContent;
  button.textContent = button.dataset.copied ?? before;
  window.setTimeout(() => (button.textContent = before), 2500);
}
