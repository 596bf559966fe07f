/**
 * Dates and files in the language of the page: browsers write both in their own.
 *
 *   <input type="date">  <input type="datetime-local">  <input type="file">
 *
 * The browser's field stays, with its picker, its keys and what it sends. Over a date lies what it holds in the page's
 * words, except while somebody types in it; over a file a button and the file's name.
 */
import { language, say } from "./strings.js";

/** @type {Intl.DateTimeFormatOptions} */
const day = { year: "numeric", month: language === "zh-CN" ? "long" : "short", day: "numeric", timeZone: "UTC" };
const dayText = new Intl.DateTimeFormat(language, day);
const timeText = new Intl.DateTimeFormat(language, { ...day, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

/** @param {HTMLInputElement} input */
function dateText(input) {
  const withTime = input.type === "datetime-local";
  if (!input.value) return say(withTime ? "chooseTime" : "chooseDay");
  const at = new Date(withTime ? `${input.value}Z` : `${input.value}T00:00Z`);
  return Number.isNaN(at.getTime()) ? input.value : (withTime ? timeText : dayText).format(at);
}

/** @param {HTMLInputElement} input */
function fileText(input) {
  return [...(input.files ?? [])].map((file) => file.name).join("、") || say("noFile");
}

/** @param {HTMLInputElement} input */
function paint(input) {
  const shown = input.parentElement?.querySelector(":scope > .native-text > :last-child");
  if (!shown) return;
  shown.textContent = input.type === "file" ? fileText(input) : dateText(input);
  shown.classList.toggle("muted", !input.value);
}

/** @param {HTMLInputElement} input */
function cover(input) {
  const box = document.createElement("span");
  box.className = input.type === "file" ? "native native-file" : "native native-date";
  const text = document.createElement("span");
  text.className = "native-text";
  text.setAttribute("aria-hidden", "true");
  if (input.type === "file") {
    const button = document.createElement("span");
    button.className = "btn btn-sm";
    button.textContent = say("chooseFile");
    text.append(button);
  }
  const shown = document.createElement("span");
  shown.className = "clip";
  text.append(shown);
  input.replaceWith(box);
  box.append(input, text);
  paint(input);
}

const covered = "input[type=date], input[type=datetime-local], input[type=file]:not(.visually-hidden, .attach input)";

function coverAll() {
  for (const found of document.querySelectorAll(covered)) {
    const input = /** @type {HTMLInputElement} */ (found);
    if (input.parentElement?.classList.contains("native")) paint(input);
    else cover(input);
  }
}

export function startNative() {
  coverAll();
  document.addEventListener("htmx:afterSettle", coverAll);
  for (const kind of ["input", "change"]) {
    document.addEventListener(kind, (event) => {
      const input = /** @type {Element} */ (event.target);
      if (input.matches?.(covered)) paint(/** @type {HTMLInputElement} */ (input));
    });
  }
  document.addEventListener("reset", () => setTimeout(coverAll));
}
