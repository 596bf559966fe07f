/**
 * What was typed survives a reload, a crash and an expired log-in.
 *
 *   <form data-draft="ticket:SH202611210001:reply" …>
 *
 * Every named text field of such a form is kept in this browser, per person and per form, for a
 * week; cleared when the form was sent, and all of them at log-out (a form with `data-logout`).
 */
import { say } from "./strings.js";

const keptForMs = 7 * 86_400_000;
const prefix = "yinuo-draft:";
const viewer = document.querySelector('meta[name="yinuo-viewer"]')?.getAttribute("content") ?? "guest";

/** @param {Element} form */
const keyOf = (form) => `${prefix}${viewer}:${form.getAttribute("data-draft")}`;

/** @param {HTMLFormElement} form @returns {(HTMLInputElement | HTMLTextAreaElement)[]} */
function fields(form) {
  return /** @type {any} */ (
    [...form.elements].filter((field) => field.matches("textarea[name], input[type=text][name]") && !field.hasAttribute("data-no-draft"))
  );
}

/** The store may be full or forbidden; a draft is a comfort, so its failure is silent. @param {() => void} act */
function quietly(act) {
  try {
    act();
  } catch {
    // see above
  }
}

/** @param {HTMLFormElement} form @param {"" | "draftSaved" | "draftRestored"} what */
function note(form, what) {
  const place = form.querySelector("[data-draft-state]");
  if (place) place.textContent = what ? say(what) : "";
}

/** @param {HTMLFormElement} form */
function save(form) {
  if (!form.isConnected) return;
  const values = Object.fromEntries(fields(form).map((field) => [field.name, field.value]).filter(([, value]) => value.trim()));
  quietly(() => {
    if (!Object.keys(values).length) localStorage.removeItem(keyOf(form));
    else localStorage.setItem(keyOf(form), JSON.stringify({ at: Date.now(), values }));
    note(form, Object.keys(values).length ? "draftSaved" : "");
  });
}

/** @param {HTMLFormElement} form */
function restore(form) {
  if (form.dataset.draftSeen === form.dataset.draft) return;
  form.dataset.draftSeen = form.dataset.draft;
  quietly(() => {
    const kept = JSON.parse(localStorage.getItem(keyOf(form)) ?? "null");
    if (!kept) return;
    let any = false;
    for (const field of fields(form)) {
      if (field.value || !kept.values[field.name]) continue;
      field.value = kept.values[field.name];
      field.dispatchEvent(new Event("input", { bubbles: true }));
      any = true;
    }
    if (any) note(form, "draftRestored");
  });
}

/** @type {WeakMap<Element, ReturnType<typeof setTimeout>>} */
const timers = new WeakMap();

/** Called when the form has been sent. @param {HTMLFormElement} form */
export function clearDraft(form) {
  if (!form.dataset.draft) return;
  clearTimeout(timers.get(form));
  quietly(() => localStorage.removeItem(keyOf(form)));
  note(form, "");
}

function clearAll() {
  quietly(() => {
    for (const key of Object.keys(localStorage)) if (key.startsWith(prefix)) localStorage.removeItem(key);
  });
}

function forgetOld() {
  quietly(() => {
    for (const key of Object.keys(localStorage)) {
      if (!key.startsWith(prefix)) continue;
      const { at } = JSON.parse(localStorage.getItem(key) ?? "{}");
      if (!(Date.now() - at < keptForMs)) localStorage.removeItem(key);
    }
  });
}

const restoreAll = () => document.querySelectorAll("form[data-draft]").forEach((form) => restore(/** @type {HTMLFormElement} */ (form)));

export function startDrafts() {
  forgetOld();
  restoreAll();
  document.addEventListener("htmx:afterSettle", restoreAll);
  document.addEventListener("input", (event) => {
    const form = /** @type {Element} */ (event.target).closest("form[data-draft]");
    if (!form) return;
    clearTimeout(timers.get(form));
    timers.set(form, setTimeout(() => save(/** @type {HTMLFormElement} */ (form)), 400));
  });
  window.addEventListener("pagehide", () => {
    for (const form of document.querySelectorAll("form[data-draft]")) {
      if (timers.get(form)) save(/** @type {HTMLFormElement} */ (form));
    }
  });
  document.addEventListener("submit", (event) => {
    if (/** @type {Element} */ (event.target).hasAttribute("data-logout")) clearAll();
  });
}
