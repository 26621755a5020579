// The alumnus's pages: /invite/{token} and /mine/{token}.
import { step_through } from "./lib/consent_steps";
import { copy_buttons } from "./lib/copy";
import { PreviewPlayer } from "./lib/preview_player";
import { type ProcessingState, watch_processing } from "./lib/processing";
import { open_upload_panel } from "./lib/upload_panel";

for (const form of document.querySelectorAll<HTMLElement>("[data-steps]")) step_through(form);
for (const panel of document.querySelectorAll<HTMLElement>("[data-upload]")) open_upload_panel(panel);
copy_buttons(document);

const video = document.querySelector<HTMLVideoElement>("video[data-preview]");
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
