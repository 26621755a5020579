// Chapters in the player's settings: a list of parts to go to. The time line shows them by itself (media-chrome).
import "media-chrome/menu";
import { t } from "../lib/strings";
import { clock } from "../lib/time";

/** Adds the list to the settings as soon as the chapters have come; without chapters nothing. */
export function offerChapters(video: HTMLVideoElement, settings: Element): void {
  const track = video.querySelector<HTMLTrackElement>("track[kind=chapters][default]");
  if (!track) return;
  const show = (): void => {
    const cues = [...((track.track.cues ?? []) as unknown as VTTCue[])];
    if (cues.length === 0 || settings.querySelector(".player__chapters")) return;
    const item = document.createElement("media-settings-menu-item");
    item.className = "player__chapters";
    const menu = document.createElement("media-chrome-menu");
    menu.slot = "submenu";
    menu.hidden = true;
    const title = document.createElement("div");
    title.slot = "title";
    title.textContent = t("player.chapters");
    menu.append(title, ...cues.map((cue) => entry(video, cue, track.srclang)));
    item.append(t("player.chapters"), menu);
    settings.prepend(item);
    nameBack(menu, t("player.chapters"));
  };
  track.addEventListener("load", show);
  if (track.track.mode === "disabled") track.track.mode = "hidden"; // else browsers do not fetch it
  show();
}

function entry(video: HTMLVideoElement, cue: VTTCue, language: string): HTMLElement {
  const item = document.createElement("media-chrome-menu-item");
  item.setAttribute("role", "menuitem");
  const line = document.createElement("span"); // the item lays its own children out without the spaces between
  const words = document.createElement("span");
  words.lang = language;
  words.textContent = cue.text;
  line.append(`${clock(cue.startTime)} `, words);
  item.append(line);
  item.addEventListener("click", () => {
    video.currentTime = cue.startTime;
  });
  return item;
}

/** A menu may hold only menu items, and media-chrome names its submenus' way back in English only. The outermost has that way too, never shown. */
export function nameBack(menu: Element, name: string): void {
  const back = menu.shadowRoot?.querySelector("button[part~=back]");
  back?.setAttribute("role", "menuitem");
  back?.setAttribute("aria-label", t("player.submenu_back", { name }));
}
