/**
 * The keyboard. A page only marks its elements; the help dialog lists what is marked.
 *
 *   <tbody data-list> <tr data-row> … <a data-open href=…>     j, k, Enter
 *   <button data-key="r" data-key-label="Reply">               clicks it; a field is focused instead
 *   Ctrl or ⌘ + Enter                                          submits the form one is typing in
 *
 * Single letters can be turned off in the help dialog (WCAG 2.1.4).
 */
import { openDialog } from "./dialogs.js";
import { say } from "./strings.js";

const switchName = "yinuo-keys";
const off = () => localStorage.getItem(switchName) === "off";

/** @param {EventTarget | null} target */
function isTyping(target) {
  const element = /** @type {HTMLElement | null} */ (target);
  if (!element?.matches) return false;
  if (element.matches("input")) return !element.matches("[type=checkbox], [type=radio], [type=button], [type=submit]");
  return element.matches("textarea, select, [contenteditable='true']");
}

/** @param {Element} element */
const visible = (element) => element.getClientRects().length > 0;

/** The row that j and k stand on, by id, so that it is found again after a swap. */
let cursorId = "";

/** @returns {HTMLElement[]} */
const rows = () => /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-list] [data-row]")].filter(visible));

function paintCursor() {
  for (const row of rows()) row.classList.toggle("is-cursor", row.id !== "" && row.id === cursorId);
}

/** @param {number} step */
function move(step) {
  const all = rows();
  if (!all.length) return;
  const here = all.findIndex((row) => row.id === cursorId || row.contains(document.activeElement));
  const row = all[Math.max(0, Math.min(all.length - 1, here < 0 ? 0 : here + step))];
  if (!row) return;
  cursorId = row.id;
  /** @type {HTMLElement | null} */ (row.querySelector("[data-open]"))?.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
  paintCursor();
}

function fillHelp() {
  const place = document.querySelector("#keys-help [data-keys]");
  if (!place) return;
  /** @type {[string, string][]} */
  const lines = [];
  if (rows().length) lines.push(["j", say("keyNext")], ["k", say("keyPrevious")], ["Enter", say("keyOpen")]);
  for (const element of document.querySelectorAll("[data-key]")) {
    const label = element.getAttribute("data-key-label") ?? element.getAttribute("aria-label") ?? element.textContent?.trim() ?? "";
    if (visible(element)) lines.push([element.getAttribute("data-key") ?? "", label]);
  }
  lines.push(["Ctrl + Enter", say("keySend")], ["Esc", say("keyClose")], ["?", say("keyHelp")]);
  place.replaceChildren(
    ...lines.map(([key, label]) => {
      const line = document.createElement("div");
      const term = document.createElement("dt");
      const [keyBox, words] = [document.createElement("kbd"), document.createElement("dd")];
      keyBox.textContent = key;
      words.textContent = label;
      term.append(keyBox);
      line.append(term, words);
      return line;
    }),
  );
}

/** @param {KeyboardEvent} event */
function press(event) {
  // 229 and isComposing: the letters belong to the Chinese input method.
  if (event.isComposing || event.keyCode === 229 || event.defaultPrevented) return;
  const target = /** @type {HTMLElement} */ (event.target);
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const form = target.closest?.("form");
    if (!form || form.method === "dialog") return;
    event.preventDefault();
    form.requestSubmit(/** @type {HTMLElement | null} */ (form.querySelector("[data-send]")) ?? undefined);
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (isTyping(target)) {
    if (event.key === "Escape") target.blur();
    return;
  }
  if (event.key === "?") {
    fillHelp();
    openDialog("keys-help");
    return;
  }
  if (off() || document.querySelector("dialog[open]") || target.closest?.("[popover]")) return;
  if (event.key === "j" || event.key === "k") {
    event.preventDefault();
    move(event.key === "j" ? 1 : -1);
    return;
  }
  const marked = [...document.querySelectorAll("[data-key]")].find((element) => element.getAttribute("data-key") === event.key && visible(element));
  if (!marked) return;
  event.preventDefault();
  const element = /** @type {HTMLElement} */ (marked);
  if (isTyping(element)) element.focus();
  else element.click();
}

export function startKeys() {
  document.addEventListener("keydown", press);
  document.addEventListener("htmx:afterSwap", paintCursor);
  const box = /** @type {HTMLInputElement | null} */ (document.querySelector("#keys-help [data-keys-on]"));
  if (box) {
    box.checked = !off();
    box.addEventListener("change", () => localStorage.setItem(switchName, box.checked ? "on" : "off"));
  }
  document.addEventListener("click", (event) => {
    if (/** @type {Element} */ (event.target).closest("[data-dialog='keys-help']")) fillHelp();
  });
}
