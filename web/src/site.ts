// What every page gets: the theme switch and dialogs that open by a button.
import { startThemeSwitch } from "./lib/theme";
import { startDialogs } from "./lib/dialogs";

startThemeSwitch();
startDialogs();
