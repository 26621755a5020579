// A story's processing shown live, with its preview once there is one: on the alumnus's own page and in the studio.
import { PreviewPlayer } from "./preview_player";
import { type ProcessingState, watch_processing } from "./processing";

export function show_story_progress(): void {
  // The subtitle editor's own video, a data-part, is not a preview of this kind.
  const video = document.querySelector<HTMLVideoElement>("video[data-preview]:not([data-part])");
  const player = video ? new PreviewPlayer(video) : null;
  for (const section of document.querySelectorAll<HTMLElement>("[data-processing]")) {
    watch_processing(section);
    section.addEventListener("processing", (event) => {
      const { preview } = (event as CustomEvent<ProcessingState>).detail;
      if (!preview || !player) return;
      player.video.closest<HTMLElement>("[data-preview-box]")?.removeAttribute("hidden");
      void player.load(preview);
    });
  }
}
