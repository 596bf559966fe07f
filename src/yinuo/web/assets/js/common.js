/** What console and portal have in common, started in the order that they need each other. */
import { startAttachments } from "./attachments.js";
import { startClock } from "./clock.js";
import { startDialogs } from "./dialogs.js";
import { startDrafts } from "./drafts.js";
import { startLive } from "./live.js";
import { startMenus } from "./menus.js";
import { startNative } from "./native.js";
import { startPanes } from "./panes.js";
import { htmx, startRequests } from "./requests.js";
import { startTheme } from "./theme.js";
import { startTimes } from "./time.js";
import { startToasts } from "./toast.js";

export function startCommon() {
  startClock();
  startTheme();
  startToasts();
  startRequests();
  startDialogs();
  startMenus();
  startAttachments();
  startTimes();
  startNative();
  startPanes();
  startDrafts();
  document.addEventListener("fetch-into", async (event) => {
    const { url, target } = /** @type {CustomEvent} */ (event).detail;
    await htmx.ajax("get", url, { target, swap: "innerHTML" });
    // what a wide picture is about, such as the step where a ticket is
    target.querySelector("[data-come-here]")?.scrollIntoView({ block: "nearest", inline: "center" });
  });
  // <button data-reveal="id_password">: shows a password while wanted
  document.addEventListener("click", (event) => {
    const button = /** @type {Element} */ (event.target).closest("[data-reveal]");
    const field = document.getElementById(button?.getAttribute("data-reveal") ?? "");
    if (!button || !(field instanceof HTMLInputElement)) return;
    field.type = field.type === "password" ? "text" : "password";
    button.setAttribute("aria-pressed", String(field.type === "text"));
  });
  // <button data-fill-login="name" data-fill-password="…">: a demo log-in, put into the form
  document.addEventListener("click", (event) => {
    const button = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[data-fill-login]"));
    const form = button && document.querySelector("form:has(#id_login)");
    if (!button || !(form instanceof HTMLFormElement)) return;
    for (const [id, value] of [["id_login", button.dataset.fillLogin], ["id_password", button.dataset.fillPassword]]) {
      const field = document.getElementById(id ?? "");
      if (field instanceof HTMLInputElement) field.value = value ?? "";
    }
    /** @type {HTMLElement | null} */ (form.querySelector(".btn-primary"))?.focus();
  });
  startLive();
  // A form that came back as a page begins at what is wrong in it, not where an empty one would.
  const wrong = /** @type {HTMLElement | null} */ (document.querySelector("form [aria-invalid='true']"));
  wrong?.focus();
}
