// media-chrome's controls around the page's own <video>, in the page's language.
import "media-chrome";
import "media-chrome/menu";
import { addTranslation, setLanguage } from "media-chrome/dist/utils/i18n.js";
import { stringsWith, t } from "../lib/strings";
import { nameBack, offerChapters } from "./chapters";

export interface ControlOptions {
  storyboard?: string | undefined;
  /** Remember volume and caption language in the browser. */
  remember: boolean;
}

type Child = Element | string;

function element(name: string, attributes: Record<string, string> = {}, ...children: Child[]): HTMLElement {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** Replaces `video` by a media-controller that holds it; a play already begun goes on. */
export function addControls(video: HTMLVideoElement, options: ControlOptions): HTMLElement {
  speak();
  const playing = !video.paused;
  const controller = element("media-controller", { hotkeys: "", "aria-label": t("player.name") });
  if (!options.remember) for (const name of ["novolumepref", "nomutedpref", "nosubtitleslangpref"]) controller.setAttribute(name, "");

  const menu = (name: string, ...items: Child[]) => element(name, { hidden: "", anchor: "auto" }, ...items);
  const settings = element(
    "media-settings-menu",
    { hidden: "", anchor: "auto" },
    element("media-settings-menu-item", {}, t("player.speed"), element("media-playback-rate-menu", { slot: "submenu", hidden: "", rates: "0.5 0.75 1 1.25 1.5 2" }, element("div", { slot: "title" }, t("player.speed")))),
    element("media-settings-menu-item", { class: "player__sounds" }, t("player.sound"), element("media-audio-track-menu", { slot: "submenu", hidden: "" }, element("div", { slot: "title" }, t("player.sound")))),
    element("media-settings-menu-item", { class: "player__quality" }, t("player.quality"), element("media-rendition-menu", { slot: "submenu", hidden: "" }, element("div", { slot: "title" }, t("player.quality")))),
  );
  const seek = element("media-control-bar", { class: "player__seek" }, element("media-time-range", {}, element("media-preview-thumbnail", { slot: "preview" }), element("media-preview-time-display", { slot: "preview" })));
  const bar = element(
    "media-control-bar",
    {},
    element("media-play-button"),
    element("media-seek-backward-button", { seekoffset: "10", class: "player__wide" }),
    element("media-seek-forward-button", { seekoffset: "10", class: "player__wide" }),
    element("media-mute-button"),
    element("media-volume-range", { class: "player__wide" }),
    element("media-time-display", { showduration: "", notoggle: "" }),
    element("span", { class: "player__gap" }),
    element("media-captions-menu-button"),
    element("media-settings-menu-button"),
    element("media-pip-button", { class: "player__wide" }),
    element("media-fullscreen-button"),
  );
  for (const part of [settings, ...settings.querySelectorAll("[slot=submenu]")]) nameBack(part, part.querySelector(":scope > [slot=title]")?.textContent ?? "");
  video.replaceWith(controller);
  video.slot = "media";
  video.controls = false;
  if (options.storyboard) video.append(element("track", { label: "thumbnails", default: "", kind: "metadata", src: options.storyboard }));
  const centre = element("div", { slot: "centered-chrome", noautohide: "" }, element("media-play-button", { class: "player__center" }));
  controller.append(video, centre, element("media-loading-indicator", { slot: "centered-chrome", noautohide: "" }), settings, menu("media-captions-menu"), seek, bar);
  offerChapters(video, settings);
  if (playing) void video.play().catch(() => undefined);
  return controller;
}

function speak(): void {
  const language = document.documentElement.lang;
  const words = stringsWith("player.chrome.");
  addTranslation(language, words as Parameters<typeof addTranslation>[1]);
  setLanguage(language);
}
