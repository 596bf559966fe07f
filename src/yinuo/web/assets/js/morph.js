/**
 * `hx-swap="morph"`: changes only what differs, so that focus, selection and scrolling stay.
 * Never touched: a form with unsent changes, what was typed since its look set out, an open `<details>` or dialog,
 * `[data-keep]`.
 */
import { Idiomorph } from "idiomorph";

/** Forms with something typed that has not been sent. @type {Set<HTMLFormElement>} */
const dirty = new Set();

/** The names of what was typed in a form since its last look at the server set out. @type {WeakMap<HTMLFormElement, Set<string>>} */
const typedSince = new WeakMap();

/** @param {Element | null} form */
export const isDirty = (form) => dirty.has(/** @type {HTMLFormElement} */ (form));
/** @param {Element} form */
export const markDirty = (form) => dirty.add(/** @type {HTMLFormElement} */ (form));
/** @param {Element} form */
export const markClean = (form) => {
  dirty.delete(/** @type {HTMLFormElement} */ (form));
  typedSince.delete(/** @type {HTMLFormElement} */ (form));
};
/** A look takes along all that is typed: its answer knows of it, and not of what follows. @param {Element} form */
export const markLooked = (form) => typedSince.set(/** @type {HTMLFormElement} */ (form), new Set());

/** @param {Element} field */
const isTypedSince = (field) => {
  const { form, name } = /** @type {HTMLInputElement} */ (field);
  return Boolean(form && name && typedSince.get(form)?.has(name));
};

/** Is something on this page unsent? */
export const anyDirty = () => [...dirty].some((form) => form.isConnected);

/** Is something on this page unsent that is no draft (drafts are kept anyway)? */
export const anyUnsent = () => [...dirty].some((form) => form.isConnected && form.hasAttribute("data-guard"));

const callbacks = {
  /** @param {Node} old @param {Node} _fresh */
  beforeNodeMorphed(old, _fresh) {
    if (!(old instanceof Element)) return true;
    return !(old.hasAttribute("data-keep") || (old instanceof HTMLFormElement && dirty.has(old)) || isTypedSince(old));
  },
  /** @param {Node} old */
  beforeNodeRemoved(old) {
    if (!(old instanceof Element)) return true;
    return !(old instanceof HTMLFormElement && dirty.has(old) && old.hasAttribute("data-guard"));
  },
  /** @param {string} name @param {Element} element */
  beforeAttributeUpdated(name, element) {
    return !(name === "open" && (element.tagName === "DETAILS" || element.tagName === "DIALOG"));
  },
};

/** @param {any} htmx */
export function addMorph(htmx) {
  htmx.defineExtension("morph", {
    isInlineSwap: (/** @type {string} */ style) => style === "morph" || style === "morph:outerHTML",
    /** @param {string} style @param {Element} target @param {DocumentFragment} fragment */
    handleSwap(style, target, fragment) {
      if (!style.startsWith("morph")) return false;
      const morphStyle = style === "morph:innerHTML" ? "innerHTML" : "outerHTML";
      const fresh = morphStyle === "innerHTML" ? fragment.childNodes : fragment.children;
      return Idiomorph.morph(target, /** @type {any} */ (fresh), { morphStyle, ignoreActiveValue: true, callbacks });
    },
  });
  document.addEventListener("input", (event) => {
    const field = /** @type {HTMLInputElement} */ (event.target);
    const form = field.closest("form");
    if (form && !form.hasAttribute("data-search")) dirty.add(form);
    if (form) typedSince.get(form)?.add(field.name);
  });
  document.addEventListener("reset", (event) => markClean(/** @type {HTMLFormElement} */ (event.target)));
}
