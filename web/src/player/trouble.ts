// Says in the page what went wrong with the video and what to do.
import { t } from "../lib/strings";
import type { Trouble } from "./attach";

export function troubleTeller(place: Element | null): (trouble: Trouble) => void {
  return ({ kind, retry }) => {
    if (!place) return;
    const words = document.createElement("span");
    words.textContent = t(`player.${kind}`);
    place.replaceChildren(words);
    if (!retry) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button--small";
    button.textContent = t("player.retry");
    button.addEventListener("click", () => {
      place.replaceChildren();
      retry();
    });
    place.append(button);
  };
}
