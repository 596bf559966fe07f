/**
 * Native `<dialog>`s.
 *   <button data-dialog="assign">          opens #assign
 *   <button data-dialog="sheet" data-dialog-url="…">  fetches the content of #sheet's `.dialog-body` first
 *   <button data-close>                    closes the dialog around it
 *   <button hx-post=… hx-confirm="sentence" data-confirm-label="…" data-confirm-tone="bad">  asks in our own words
 * A response header `HX-Trigger: close-dialog` closes the topmost one.
 */
/** @param {string} id @param {string} [url] */
export async function openDialog(id, url) {
  const dialog = /** @type {HTMLDialogElement | null} */ (document.getElementById(id));
  if (!dialog || dialog.open) return;
  dialog.showModal();
  const body = dialog.querySelector(".dialog-body");
  if (url && body) {
    const skeleton = /** @type {HTMLTemplateElement | null} */ (document.getElementById("skeleton"));
    body.replaceChildren(skeleton?.content.cloneNode(true) ?? "");
    document.dispatchEvent(new CustomEvent("fetch-into", { detail: { url, target: body } }));
  }
}

/**
 * Asks with the page's confirm dialog. @returns {Promise<boolean>}
 * @param {{text: string, label?: string | null, tone?: string | null}} question
 */
function ask({ text, label, tone }) {
  const dialog = /** @type {HTMLDialogElement | null} */ (document.getElementById("confirm"));
  if (!dialog) return Promise.resolve(false);
  const words = dialog.querySelector("[data-text]");
  const yes = /** @type {HTMLButtonElement} */ (dialog.querySelector("[value='yes']"));
  yes.dataset.label ??= yes.textContent?.trim();
  if (words) words.textContent = text;
  yes.textContent = label || yes.dataset.label || "";
  yes.className = tone === "bad" ? "btn btn-danger" : "btn btn-primary";
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

/**
 * Somebody else changed the same meanwhile. Nothing typed is lost, whatever is chosen.
 * @param {{text: string, mine?: () => void, theirs: () => void}} conflict
 */
export function askConflict({ text, mine, theirs }) {
  const dialog = /** @type {HTMLDialogElement | null} */ (document.getElementById("conflict"));
  if (!dialog || dialog.open) return;
  const words = dialog.querySelector("[data-text]");
  if (words) words.textContent = text;
  dialog.querySelector("[value='mine']")?.toggleAttribute("hidden", !mine);
  dialog.returnValue = "";
  dialog.showModal();
  dialog.addEventListener(
    "close",
    () => {
      if (dialog.returnValue === "mine") mine?.();
      if (dialog.returnValue === "theirs") theirs();
    },
    { once: true },
  );
}

export function startDialogs() {
  document.addEventListener("click", (event) => {
    const target = /** @type {Element} */ (event.target);
    const opener = target.closest("[data-dialog]");
    if (opener) {
      event.preventDefault();
      openDialog(opener.getAttribute("data-dialog") ?? "", opener.getAttribute("data-dialog-url") ?? undefined);
      return;
    }
    const dialog = target.closest("dialog");
    if (dialog && (target.closest("[data-close]") || target === dialog)) dialog.close();
  });
  document.addEventListener("close-dialog", () => {
    /** @type {HTMLDialogElement | undefined} */ ([...document.querySelectorAll("dialog[open]")].at(-1))?.close();
  });
  document.addEventListener("htmx:confirm", (event) => {
    const { question, elt, issueRequest } = /** @type {CustomEvent} */ (event).detail;
    if (!question) return;
    event.preventDefault();
    const { confirmLabel, confirmTone } = elt.dataset;
    ask({ text: question, label: confirmLabel, tone: confirmTone }).then((yes) => yes && issueRequest(true));
  });
}
