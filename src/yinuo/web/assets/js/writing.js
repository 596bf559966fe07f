/**
 * Small helps while writing.
 *   <button data-insert="reply-text" data-text="…">   puts a text where one writes (a script, a name)
 *   <button data-now="field-id">                      fills the present instant into a date and time field
 */
import { now } from "./clock.js";

const zone = document.documentElement.dataset.zone || undefined;

/** @param {HTMLTextAreaElement} field @param {string} text */
function insert(field, text) {
  const { selectionStart: from, selectionEnd: to, value } = field;
  const before = value.slice(0, from);
  const gap = before && !before.endsWith("\n") ? "\n" : "";
  field.value = `${before}${gap}${text}${value.slice(to)}`;
  const caret = from + gap.length + text.length;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  // After the menu has given its focus back.
  setTimeout(() => {
    field.focus();
    // The first blank is what remains to be written.
    const blank = /【[^】]*】/.exec(text);
    const start = blank ? from + gap.length + blank.index : caret;
    field.setSelectionRange(start, blank ? start + blank[0].length : caret);
  });
}

/** The server's present minute as a `datetime-local` value, in the zone of the house. */
function presentMinute() {
  const parts = new Intl.DateTimeFormat("sv-SE", {
    timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
  }).format(now());
  return parts.replace(" ", "T");
}

export function startWriting() {
  document.addEventListener("click", (event) => {
    const target = /** @type {Element} */ (event.target);
    const inserter = target.closest("[data-insert]");
    if (inserter) {
      const field = document.getElementById(inserter.getAttribute("data-insert") ?? "");
      if (field instanceof HTMLTextAreaElement) insert(field, inserter.getAttribute("data-text") ?? "");
      /** @type {HTMLElement | null} */ (inserter.closest("[popover]"))?.hidePopover();
    }
    const filler = target.closest("[data-now]");
    if (filler) {
      const field = document.getElementById(filler.getAttribute("data-now") ?? "");
      if (!(field instanceof HTMLInputElement)) return;
      field.value = presentMinute();
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });
}
