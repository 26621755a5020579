// One question a screen on the invitation page. Without this module the same form stands on one page.
//
// Each step is an entry of the browser's history, and the answers stay in this tab until the form was accepted, so that
// Back, a reload and another language lose nothing.
const prefix = "tarina-invite:";

interface Kept {
  step: number;
  ticked: string[]; // "name=value" of boxes and buttons
  typed: Record<string, string>;
}

/** Answers of a form that this page no longer shows have been accepted. */
export function forget_answers(): void {
  try {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith(prefix)) sessionStorage.removeItem(key);
  } catch {
    // Storage is closed, so nothing was kept.
  }
}

function kept_answers(key: string): Kept | null {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? "null") as Kept | null;
  } catch {
    return null;
  }
}

const choices = (form: HTMLElement): HTMLInputElement[] => [...form.querySelectorAll<HTMLInputElement>("input[type=checkbox], input[type=radio]")];
const texts = (form: HTMLElement): HTMLInputElement[] => [...form.querySelectorAll<HTMLInputElement>("input:not([type=checkbox], [type=radio], [type=hidden])")];

function restore(form: HTMLElement, kept: Kept): void {
  for (const field of choices(form)) field.checked = kept.ticked.includes(`${field.name}=${field.value}`);
  for (const field of texts(form)) field.value = kept.typed[field.name] ?? field.value;
}

export function step_through(form: HTMLElement): void {
  const steps = [...form.querySelectorAll<HTMLElement>("[data-step]")];
  if (steps.length < 2) return;
  const position = form.querySelector<HTMLElement>("[data-step-position]");
  const back = form.querySelector<HTMLButtonElement>("[data-step-back]");
  const next = form.querySelector<HTMLButtonElement>("[data-step-next]");
  const finish = form.querySelector<HTMLButtonElement>("[data-step-finish]");
  if (!back || !next || !finish) return;
  const key = prefix + location.pathname;
  let current = 0;

  const keep = (): void => {
    const kept: Kept = {
      step: current,
      ticked: choices(form).flatMap((field) => (field.checked ? [`${field.name}=${field.value}`] : [])),
      typed: Object.fromEntries(texts(form).map((field) => [field.name, field.value])),
    };
    try {
      sessionStorage.setItem(key, JSON.stringify(kept));
    } catch {
      // Storage is closed: Back still works, a reload begins anew.
    }
  };

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

  const go_on = (): void => {
    if (!answered()) return;
    show(current + 1, true);
    history.pushState({ step: current, pushed: true }, "");
    keep();
  };

  next.addEventListener("click", go_on);
  back.addEventListener("click", () => {
    if ((history.state as { pushed?: boolean } | null)?.pushed) return history.back();
    show(current - 1, true);
    history.replaceState({ step: current }, "");
    keep();
  });
  window.addEventListener("popstate", (event) => {
    const step = (event.state as { step?: number } | null)?.step;
    if (step === undefined) return;
    show(step, true);
    keep();
  });
  form.addEventListener("input", keep);
  form.addEventListener("keydown", (event) => {
    // Enter in a field means "next" until the last question.
    const target = event.target as HTMLElement;
    if (event.key !== "Enter" || target.tagName !== "INPUT" || current === steps.length - 1) return;
    event.preventDefault();
    go_on();
  });
  // A field the server refused is shown first, with the answers the server got.
  const wrong = steps.findIndex((step) => step.querySelector("[aria-invalid=true]"));
  const kept = wrong < 0 ? kept_answers(key) : null;
  if (kept) restore(form, kept);
  const before = history.state as { step?: number; pushed?: boolean } | null;
  show(wrong >= 0 ? wrong : (before?.step ?? kept?.step ?? 0), false);
  history.replaceState({ ...before, step: current }, "");
  form.dataset.stepping = "yes";
}
