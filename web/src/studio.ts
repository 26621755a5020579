// The studio's pages: tabs, live processing, preview, upload on behalf of an alumnus, and no unsaved text lost.
import { copy_buttons } from "./lib/copy";
import { name_chosen_files } from "./lib/file_fields";
import { keep_unsaved } from "./lib/unsaved";
import { show_story_progress } from "./lib/story_progress";
import { make_tabs } from "./lib/tabs";
import { open_upload_panel } from "./lib/upload_panel";

for (const root of document.querySelectorAll<HTMLElement>("[data-tabs]")) make_tabs(root);
for (const panel of document.querySelectorAll<HTMLElement>("[data-upload]")) open_upload_panel(panel);
name_chosen_files();
copy_buttons(document);
show_story_progress();

keep_unsaved(document);

// The unit list follows the institution.
for (const select of document.querySelectorAll<HTMLSelectElement>("select[data-units]")) {
  const units = document.getElementById(select.dataset.units ?? "") as HTMLSelectElement | null;
  if (!units) continue;
  const groups = [...units.querySelectorAll("optgroup")];
  const follow = (): void => {
    for (const group of groups) {
      group.hidden = group.dataset.institution !== select.value;
      group.disabled = group.hidden;
    }
    const chosen = units.selectedOptions[0]?.closest("optgroup");
    if (chosen?.disabled) units.value = "";
  };
  select.addEventListener("change", follow);
  follow();
}
