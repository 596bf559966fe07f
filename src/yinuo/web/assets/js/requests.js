/**
 * htmx as the house uses it: no eval, no inheritance (an inherited attribute once sent a reply to
 * the wrong customer), CSRF header, errors as sentences, a dialogue where two people changed the same.
 *
 * What the server answers to an htmx request that failed: its status and a sentence, as plain text
 * with the code in `X-Error-Code` (our own errors) or in an HTML page's `[data-sentence]`. 422 with
 * HTML is swapped in (the form with its errors). 409 `changed_meanwhile` opens the dialogue, which
 * can submit again where `X-Version` names the version to build upon.
 *
 * A whole page is never put into a part of one: the browser goes to it.
 */
import htmx from "htmx.org";
import { askConflict } from "./dialogs.js";
import { clearDraft } from "./drafts.js";
import { addMorph, anyDirty, anyUnsent, isDirty, markClean, markDirty, markLooked } from "./morph.js";
import { say } from "./strings.js";
import { toast } from "./toast.js";

Object.assign(htmx.config, {
  disableInheritance: true,
  allowEval: false,
  allowScriptTags: false,
  includeIndicatorStyles: false,
  selfRequestsOnly: true,
  historyCacheSize: 0, // pages hold personal data: none of it into the browser's storage
  refreshOnHistoryMiss: true,
  scrollBehavior: "auto",
  timeout: 20_000,
  responseHandling: [
    { code: "204", swap: false },
    { code: "[23]..", swap: true },
    { code: "422", swap: true },
    { code: "[45]..", swap: false, error: true },
    { code: "...", swap: false },
  ],
});
// CSP forbids it anyway; without it htmx no longer looks for hx-on attributes to refuse.
addMorph(htmx);

/** @param {XMLHttpRequest} xhr @returns {{code: string, text: string, version: string}} */
function readFailure(xhr) {
  const kind = xhr.getResponseHeader("Content-Type") ?? "";
  let text = "";
  if (kind.startsWith("text/plain")) text = xhr.responseText.trim().slice(0, 500);
  if (kind.startsWith("text/html")) {
    const page = new DOMParser().parseFromString(xhr.responseText, "text/html");
    text = page.querySelector("[data-sentence]")?.textContent?.trim() ?? "";
  }
  return { text, code: xhr.getResponseHeader("X-Error-Code") ?? "", version: xhr.getResponseHeader("X-Version") ?? "" };
}

/**
 * Whether a whole page came where a part was asked for, such as the log-in page to which a request was led. A page from
 * which `hx-select` takes its part is what was asked for.
 * @param {any} detail
 */
function isWholePage({ xhr, select, requestConfig }) {
  const kind = xhr.getResponseHeader("Content-Type") ?? "";
  if (!kind.startsWith("text/html") || !/^\s*(<!--[^]*?-->\s*)*(<!doctype\s|<html[\s>])/i.test(xhr.responseText)) return false;
  const wanted = select ?? requestConfig.elt.getAttribute("hx-select");
  return !wanted || !new DOMParser().parseFromString(xhr.responseText, "text/html").querySelector(wanted);
}

/** Requests that were answered with a whole page: whether their form was carried out, nobody knows. @type {WeakSet<XMLHttpRequest>} */
const ledAway = new WeakSet();

/**
 * Whether it is a look by itself, whatever set it off: what listens to `live` may also look every few seconds, once its
 * page stands, or after something was done (`changed`), and is never asked by a person.
 * @param {any} detail
 */
const isByItself = ({ requestConfig }) => /\blive\b/.test(requestConfig?.elt.getAttribute("hx-trigger") ?? "");

const PATIENCE = 3000;

/** When the page set out for another, in milliseconds. */
let leftAt = -Infinity;

/**
 * All that looks by itself is led away at once: setting out anew would break off the way already begun. Whoever chose to
 * stay is led away again by a later look.
 * @param {URL} there
 */
function leaveFor(there) {
  if (performance.now() - leftAt < PATIENCE) return;
  leftAt = performance.now();
  location.assign(there);
}

/** Somebody who types has been told that the session is over, and not again at every look. */
let toldAway = false;

/**
 * Goes to the page to which a request was led, and from there back here, not to the part that was asked for. A refresh by
 * itself takes nobody away from what is being typed: it only says so.
 * @param {any} detail
 */
function goToPage({ xhr, requestConfig, pathInfo }) {
  ledAway.add(xhr);
  const asked = new URL(pathInfo.finalRequestPath, location.href);
  const there = new URL(xhr.responseURL || asked, location.href);
  const byItself = isByItself({ requestConfig });
  if (there.origin !== location.origin || (there.pathname === asked.pathname && there.search === asked.search)) {
    if (!byItself) location.reload();
    return;
  }
  if (there.searchParams.has("next")) there.searchParams.set("next", location.pathname + location.search);
  if (!byItself || !anyDirty()) return leaveFor(there);
  if (!toldAway) toast(say("expired"), "bad", { label: say("logIn"), url: there.href });
  toldAway = true;
}

/** @param {number} status */
function sentenceFor(status) {
  if (status === 401) return say("expired");
  if (status === 403) return say("denied");
  if (status === 404) return say("missing");
  if (status === 413) return say("tooLarge");
  if (status === 429) return say("tooMany");
  return say("failed");
}

/** What looked by itself and is no longer there: it will not come back to this page. @type {WeakSet<Element>} */
const gone = new WeakSet();

/** When the last write of this page was answered. What was asked for before that may show how it was before. */
let writtenAt = 0;
/** @type {WeakMap<XMLHttpRequest, number>} */
const begunAt = new WeakMap();

let running = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let barTimer;

/** @param {number} change */
function count(change) {
  running = Math.max(0, running + change);
  clearTimeout(barTimer);
  // Only what is felt as waiting is shown as waiting.
  barTimer = setTimeout(() => document.documentElement.classList.toggle("is-loading", running > 0), running ? 250 : 0);
}

/** @param {Element} element */
const formOf = (element) => (element instanceof HTMLFormElement ? element : element.closest("form"));

/** @param {Element} element @param {boolean} busy */
function setBusy(element, busy) {
  const form = formOf(element);
  const place = form ?? element;
  if (busy) place.setAttribute("aria-busy", "true");
  else place.removeAttribute("aria-busy");
}

/**
 * A post that only shows a form again (typed values have no place in an address).
 * @param {any} detail
 */
const isLook = (detail) => Boolean(detail.requestConfig?.elt?.hasAttribute("data-look"));

/**
 * Every event of htmx carries its request.
 * @param {any} detail
 */
const isRead = (detail) => (detail.requestConfig?.verb ?? "get") === "get" || isLook(detail);

/** @param {CustomEvent} event */
function refused({ detail }) {
  const { xhr, elt } = detail;
  const failure = readFailure(xhr);
  if (xhr.status === 409 && failure.code === "changed_meanwhile") {
    const form = formOf(elt);
    askConflict({
      text: failure.text || say("failed"),
      mine: form && failure.version
        ? () => {
            const field = form.elements.namedItem("version");
            if (field instanceof HTMLInputElement) field.value = failure.version;
            form.requestSubmit();
          }
        : undefined,
      theirs: () => {
        if (form) markClean(form);
        const region = elt.closest("[data-topic]");
        if (region) region.dispatchEvent(new CustomEvent("live", { bubbles: false }));
        else location.reload();
      },
    });
    return;
  }
  // A refresh by itself that failed is said by the connection's own sign; only what a person did gets a toast.
  if (isByItself(detail) && xhr.status >= 500) return;
  if (isByItself(detail) && xhr.status === 404) {
    if (gone.has(elt)) return;
    gone.add(elt);
    toast(say("gone"), "info", { label: say("toDesk"), url: "/" });
    return;
  }
  const login = document.querySelector('meta[name="yinuo-login"]')?.getAttribute("content");
  const link = xhr.status === 401 && login ? { label: say("logIn"), url: login } : undefined;
  toast(failure.text || sentenceFor(xhr.status), "bad", link);
}

/**
 * A form that has been carried out becomes another one; sent again because no answer came, it stays the same and the
 * server carries it out once (yinuo.web.once).
 * @param {HTMLFormElement} form
 */
function renewOnce(form) {
  const field = form.elements.namedItem("once");
  if (!(field instanceof HTMLInputElement)) return;
  const hex = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  field.value = hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

export function startRequests() {
  /** @param {string} name @param {(event: CustomEvent) => void} react */
  const on = (name, react) => document.addEventListener(name, (event) => react(/** @type {CustomEvent} */ (event)));

  on("htmx:configRequest", ({ detail }) => {
    const csrf = document.querySelector('meta[name="csrf-token"]')?.getAttribute("content");
    if (csrf && detail.verb !== "get") detail.headers["X-CSRFToken"] = csrf;
  });
  on("htmx:confirm", (event) => {
    // A second click sends nothing twice. Here and not before the request: htmx queues it and asks again later.
    const { elt, verb } = event.detail;
    if (gone.has(elt)) {
      event.preventDefault();
      return;
    }
    if (verb === "get" || (formOf(elt) ?? elt).getAttribute("aria-busy") !== "true") return;
    event.preventDefault();
    event.stopImmediatePropagation();
  });
  on("htmx:beforeRequest", ({ detail }) => {
    count(1);
    begunAt.set(detail.xhr, performance.now());
    if (!isRead(detail)) setBusy(detail.elt, true);
    const form = isLook(detail) && formOf(detail.elt);
    if (form) markLooked(form);
  });
  // Before the parts of the page are told to look again by this very answer (HX-Trigger).
  on("htmx:beforeOnLoad", ({ detail }) => {
    if (!isRead(detail)) writtenAt = performance.now();
  });
  on("htmx:beforeSwap", ({ detail }) => {
    if (detail.xhr.status < 400 && isWholePage(detail)) {
      detail.shouldSwap = false;
      goToPage(detail);
      return;
    }
    const isStale = (begunAt.get(detail.xhr) ?? 0) < writtenAt;
    if (isLook(detail) && isStale) {
      detail.shouldSwap = false;
      return;
    }
    if (isByItself(detail) && detail.xhr.status < 400) {
      toldAway = false;
      if (isStale) {
        detail.shouldSwap = false;
        detail.requestConfig.elt.dispatchEvent(new CustomEvent("live", { bubbles: false }));
        return;
      }
    }
    // The form's own answer replaces it, whatever was typed; with errors it stays an unsent one.
    const form = isRead(detail) ? null : formOf(detail.requestConfig.elt);
    if (detail.xhr.status === 422 && !(detail.xhr.getResponseHeader("Content-Type") ?? "").startsWith("text/html")) {
      detail.shouldSwap = false;
      detail.isError = true;
    }
    if (!form || !detail.shouldSwap) return;
    if (isDirty(form)) markClean(form);
    if (detail.xhr.status === 422) queueMicrotask(() => form.isConnected && markDirty(form));
  });
  on("htmx:afterRequest", ({ detail }) => {
    count(-1);
    if (isRead(detail)) return;
    setBusy(detail.elt, false);
    const form = formOf(detail.requestConfig.elt);
    if (!form || !detail.successful || detail.xhr.status >= 400 || ledAway.has(detail.xhr)) return;
    markClean(form);
    clearDraft(form);
    renewOnce(form);
    if (form.hasAttribute("data-reset")) form.reset();
  });
  on("htmx:afterSettle", ({ detail }) => {
    const wrong = detail.xhr?.status === 422 && detail.elt.querySelector("[aria-invalid='true']");
    if (wrong) wrong.focus();
  });
  on("htmx:responseError", refused);
  on("htmx:sendError", (event) => {
    if (!isByItself(event.detail)) toast(say("unreachable"), "bad");
  });
  on("htmx:timeout", ({ detail }) => {
    if (!isByItself(detail)) toast(say("timedOut"), "bad");
  });
  // Sent as an ordinary form (htmx would have prevented that): nothing is left unsent.
  document.addEventListener("submit", (event) => {
    if (!event.defaultPrevented) markClean(/** @type {Element} */ (event.target));
  });
  window.addEventListener("beforeunload", (event) => {
    if (anyUnsent()) event.preventDefault();
  });
}

export { htmx };
