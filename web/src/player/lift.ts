// Captions are drawn by the browser at the bottom of the picture, where our controls appear: while these show, they step up.

const controlsHeight = 76; // pixels: time line and bar

export function liftCaptions(video: HTMLVideoElement, controller: HTMLElement): void {
  const lifted = new Set<VTTCue>();
  const place = (): void => {
    const shown = video.paused || !controller.hasAttribute("userinactive");
    for (const track of video.textTracks) {
      if (track.mode !== "showing") continue;
      let moved = false;
      for (const cue of (track.activeCues ?? []) as unknown as VTTCue[]) {
        if (!lifted.has(cue) && cue.line !== "auto") continue; // the author chose its place
        // WebVTT 4.1: a negative line counts rows from the bottom; browsers draw rows of about 6.5 % of the picture's height.
        const rows = Math.ceil(controlsHeight / (video.clientHeight * 0.065 || 1)) + cue.text.split("\n").length;
        const line = shown ? -rows : "auto";
        if (cue.line === line) continue;
        cue.line = line;
        moved = true;
        if (shown) lifted.add(cue);
        else lifted.delete(cue);
      }
      // Chromium draws a cue once: only a track that shows anew is laid out anew.
      if (moved) {
        track.mode = "hidden";
        track.mode = "showing";
      }
    }
  };
  for (const event of ["pause", "play", "resize"]) video.addEventListener(event, place);
  controller.addEventListener("userinactivechange", place);
  const follow = (track: TextTrack): void => track.addEventListener("cuechange", place);
  for (const track of video.textTracks) follow(track);
  video.textTracks.addEventListener("addtrack", (event) => event.track && follow(event.track));
  video.textTracks.addEventListener("change", place);
}
