// Subtitles in our own large type: the browser's cannot be made large enough for a wall, nor be kept off the picture.

export interface Captions {
  readonly shown: boolean;
  /** Of the chosen track, as choose() takes it; undefined without one. */
  readonly key: string | undefined;
  show(shown: boolean): void;
  resize(step: number): void;
  choose(key: string): void;
  /** The video has other tracks now: the one that is most like the chosen one, and as shown as before. */
  reload(): void;
  /** Start of the line `step` lines from the one at `time` (0: the line itself or the last one said). */
  lineStart(time: number, step: number): number | undefined;
}

const smallest = 1;
const largest = 5;
const keyOf = (track: HTMLTrackElement) => `${track.srclang} ${track.kind} ${track.label}`;

export function startCaptions(stage: HTMLElement, video: HTMLVideoElement): Captions {
  const place = stage.querySelector<HTMLElement>("[data-captions]");
  const readable = () => [...video.querySelectorAll<HTMLTrackElement>("track")].filter((track) => track.kind === "captions" || track.kind === "subtitles");
  let tracks = readable();
  let chosen = tracks.find((track) => track.default) ?? tracks[0];
  let shown = true;
  let size = 2;
  if (place) place.hidden = !chosen;
  stage.classList.add("stage--drawn");

  const draw = () => {
    if (!place) return;
    const cues = shown && chosen ? [...(chosen.track.activeCues ?? [])] : [];
    place.textContent = cues.map((cue) => (cue as VTTCue).getCueAsHTML().textContent ?? "").join("\n");
  };
  const use = () => {
    for (const track of tracks) {
      track.track.mode = "hidden"; // loaded and timed, drawn by us
      if (track !== chosen) track.track.mode = "disabled"; // set by way of a change, else Chromium chooses for itself
      track.track.oncuechange = track === chosen ? draw : null;
    }
    if (place && chosen) place.lang = chosen.srclang;
    draw();
  };
  use();

  return {
    get key() {
      return chosen && keyOf(chosen);
    },
    get shown() {
      return shown;
    },
    show(wanted) {
      shown = wanted;
      if (place) place.hidden = !wanted || !chosen;
      draw();
    },
    resize(step) {
      size = Math.min(largest, Math.max(smallest, size + step * 0.5));
      stage.style.setProperty("--caption", String(size));
    },
    choose(key) {
      chosen = tracks.find((track) => keyOf(track) === key) ?? chosen;
      use();
    },
    reload() {
      const before = chosen;
      tracks = readable();
      chosen = tracks.find((track) => before && track.srclang === before.srclang && track.kind === before.kind) ?? tracks.find((track) => track.default) ?? tracks[0];
      if (place) place.hidden = !shown || !chosen;
      use();
    },
    lineStart(time, step) {
      const cues = [...(chosen?.track.cues ?? [])];
      if (!cues.length) return undefined;
      let at = -1;
      cues.forEach((cue, index) => {
        if (cue.startTime <= time + 0.05) at = index;
      });
      return cues[Math.min(cues.length - 1, Math.max(0, at + step))]?.startTime;
    },
  };
}
