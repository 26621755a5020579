// What every page gets: the theme switch, dialogs that open by a button, suggestions under search fields.
import { startThemeSwitch } from "./lib/theme";
import { startDialogs } from "./lib/dialogs";
import { startSuggestions } from "./lib/suggest";

startThemeSwitch();
startDialogs();
startSuggestions();
