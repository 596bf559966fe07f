/**
 * On narrow screens the regions of a desk take turns: buttons with `data-pane="talk"` show that one.
 * Also the scroll of a conversation: it starts, and stays, at the newest message.
 */

/** @param {Element} button */
function choose(button) {
  const desk = /** @type {HTMLElement | null} */ (button.closest(".desk") ?? document.querySelector(".desk"));
  if (!desk) return;
  desk.dataset.show = button.getAttribute("data-pane") ?? "";
  for (const other of desk.querySelectorAll("[data-pane]")) other.setAttribute("aria-pressed", String(other === button));
}

/** @param {Element} box */
const atEnd = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < 80;

export function startPanes() {
  document.addEventListener("click", (event) => {
    const button = /** @type {Element} */ (event.target).closest("[data-pane]");
    if (button) choose(button);
  });
  for (const link of document.querySelectorAll(".sidenav [aria-current], .segments [aria-current]")) link.scrollIntoView({ block: "nearest", inline: "center" });
  const toEnd = () => {
    for (const box of document.querySelectorAll("[data-scroll-end]")) box.scrollTop = box.scrollHeight;
  };
  toEnd();
  /** @type {Set<Element>} */
  const following = new Set();
  document.addEventListener("htmx:beforeSwap", () => {
    following.clear();
    for (const box of document.querySelectorAll("[data-scroll-end]")) if (atEnd(box)) following.add(box);
  });
  document.addEventListener("htmx:afterSettle", () => {
    for (const box of following) box.scrollTop = box.scrollHeight;
  });
}
