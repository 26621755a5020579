// One question a screen on the invitation page. Without this module the same form stands on one page.

export function step_through(form: HTMLElement): void {
  const steps = [...form.querySelectorAll<HTMLElement>("[data-step]")];
  if (steps.length < 2) return;
  const position = form.querySelector<HTMLElement>("[data-step-position]");
  const back = form.querySelector<HTMLButtonElement>("[data-step-back]");
  const next = form.querySelector<HTMLButtonElement>("[data-step-next]");
  const finish = form.querySelector<HTMLButtonElement>("[data-step-finish]");
  if (!back || !next || !finish) return;
  let current = 0;

  const show = (index: number, focus: boolean): void => {
    current = Math.max(0, Math.min(steps.length - 1, index));
    steps.forEach((step, at) => (step.hidden = at !== current));
    back.hidden = current === 0;
    next.hidden = current === steps.length - 1;
    finish.hidden = current !== steps.length - 1;
    if (position) {
      position.hidden = false;
      position.textContent = (position.dataset.pattern ?? "{n}/{total}")
        .replace("{n}", String(current + 1))
        .replace("{total}", String(steps.length));
    }
    if (focus) {
      const heading = steps[current]?.querySelector<HTMLElement>("h1, h2, legend");
      heading?.setAttribute("tabindex", "-1");
      heading?.focus();
      window.scrollTo({ top: 0 });
    }
  };

  const answered = (): boolean => {
    const fields = steps[current]?.querySelectorAll<HTMLInputElement>("input, textarea, select") ?? [];
    for (const field of fields) if (!field.reportValidity()) return false;
    return true;
  };

  next.addEventListener("click", () => {
    if (answered()) show(current + 1, true);
  });
  back.addEventListener("click", () => show(current - 1, true));
  form.addEventListener("keydown", (event) => {
    // Enter in a field means "next" until the last question.
    const target = event.target as HTMLElement;
    if (event.key !== "Enter" || target.tagName !== "INPUT" || current === steps.length - 1) return;
    event.preventDefault();
    if (answered()) show(current + 1, true);
  });
  // A field the server refused is shown first.
  const wrong = steps.findIndex((step) => step.querySelector("[aria-invalid=true]"));
  show(wrong < 0 ? 0 : wrong, false);
  form.dataset.stepping = "yes";
}
