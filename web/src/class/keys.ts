// The keyboard of class mode. Keys with a modifier belong to the browser.
import type { Acts } from "./bar";

export function startKeys(acts: Acts): void {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const target = event.target as HTMLElement;
    if (target.closest("dialog[open]") && event.key !== "?") return;
    const onControl = target.closest("button, a, select, input") !== null;
    const run = actOf(event.key, acts, onControl, target instanceof HTMLSelectElement || target instanceof HTMLInputElement);
    if (!run) return;
    event.preventDefault();
    run();
  });
}

function actOf(key: string, acts: Acts, onControl: boolean, usesArrows: boolean): (() => void) | undefined {
  switch (key.length === 1 ? key.toLowerCase() : key) {
    case " ":
      return onControl ? undefined : acts.play; // on a button the space presses the button
    case "k":
      return acts.play;
    case "j":
      return () => acts.skip(-10);
    case "l":
      return () => acts.skip(10);
    case "a":
      return () => acts.line(0);
    case "ArrowLeft":
      return usesArrows ? undefined : () => acts.line(-1);
    case "ArrowRight":
      return usesArrows ? undefined : () => acts.line(1);
    case "c":
      return acts.captions;
    case "+":
    case "=":
      return () => acts.resize(1);
    case "-":
      return () => acts.resize(-1);
    case "f":
      return acts.fullscreen;
    case "?":
      return acts.help;
    default:
      return undefined;
  }
}
