/** Runs before the first paint, in the head: the theme, and the mark that scripts are on. */
import { applyTheme } from "./theme.js";

document.documentElement.classList.add("js");
applyTheme();
