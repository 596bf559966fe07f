/** Short messages in the corner: said aloud, never in the way, gone by themselves. */
import { say } from "./strings.js";

/** @typedef {"info" | "good" | "bad"} Tone */

function stack() {
  let element = document.getElementById("toasts");
  if (!element) {
    element = document.createElement("div");
    element.id = "toasts";
    element.className = "toasts";
    document.body.append(element);
  }
  // The top layer, raised again each time: else an open dialog would cover what it wants to say.
  if (element.showPopover) {
    element.popover = "manual";
    if (element.matches(":popover-open")) element.hidePopover();
    element.showPopover();
  }
  return element;
}

/** @param {string} name */
export function icon(name) {
  const sprite = document.documentElement.dataset.icons ?? "";
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  svg.append(document.createElementNS("http://www.w3.org/2000/svg", "use"));
  svg.firstElementChild?.setAttribute("href", `${sprite}#${name}`);
  return svg;
}

/** @param {HTMLElement} element @param {number} lifeMs */
function live(element, lifeMs) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const arm = () => {
    clearTimeout(timer);
    timer = setTimeout(() => element.remove(), lifeMs);
  };
  const hold = () => clearTimeout(timer);
  element.addEventListener("mouseenter", hold);
  element.addEventListener("focusin", hold);
  element.addEventListener("mouseleave", arm);
  element.addEventListener("focusout", arm);
  arm();
}

/**
 * @param {string} text a whole sentence
 * @param {Tone} [tone]
 * @param {{label: string, url: string}} [link]
 */
export function toast(text, tone = "info", link) {
  const element = document.createElement("div");
  element.className = `toast-item toast-${tone}`;
  element.setAttribute("role", tone === "bad" ? "alert" : "status");
  const words = document.createElement("p");
  words.textContent = text;
  element.append(icon({ info: "info-circle", good: "circle-check", bad: "alert-circle" }[tone]), words);
  if (link) {
    const anchor = document.createElement("a");
    anchor.href = link.url;
    anchor.textContent = link.label;
    words.append(" ", anchor);
  }
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn-plain";
  close.setAttribute("aria-label", say("close"));
  close.append(icon("x"));
  close.addEventListener("click", () => element.remove());
  element.append(close);
  const same = [...stack().children].find((other) => other.querySelector("p")?.textContent === words.textContent);
  same?.remove();
  stack().append(element);
  live(element, tone === "bad" ? 12_000 : 6000);
}

export function startToasts() {
  // What the server wanted said on this page (Django messages), rendered as hidden list items.
  for (const item of document.querySelectorAll("#messages > li")) {
    const tone = /** @type {Tone} */ (item.getAttribute("data-tone") ?? "info");
    toast(item.textContent?.trim() ?? "", tone);
  }
  // HX-Trigger: {"toast": {"text": "…", "tone": "good"}}
  document.addEventListener("toast", (event) => {
    const { text, tone } = /** @type {CustomEvent} */ (event).detail ?? {};
    if (text) toast(text, tone);
  });
}
