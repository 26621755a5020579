// The alumnus's pages: /invite/{token} and /mine/{token}.
import { forget_answers, step_through } from "./lib/consent_steps";
import { copy_buttons } from "./lib/copy";
import { name_chosen_files } from "./lib/file_fields";
import { show_story_progress } from "./lib/story_progress";
import { open_upload_panel } from "./lib/upload_panel";

const forms = document.querySelectorAll<HTMLElement>("[data-steps]");
for (const form of forms) step_through(form);
if (forms.length === 0) forget_answers();
for (const panel of document.querySelectorAll<HTMLElement>("[data-upload]")) open_upload_panel(panel);
name_chosen_files();
copy_buttons(document);
show_story_progress();
