/**
 * Menus and small windows with the browser's own popovers (Escape and a click outside close them).
 *   <button popovertarget="bell">   <div id="bell" popover class="menu" data-menu-url="…">
 * The content of `data-menu-url` is fetched each time it opens. A chip or any other element with
 * `data-explain="URL"` shows that page's part in the shared #explain popover.
 * `data-copy="text"` copies.
 */
import { say } from "./strings.js";
import { toast } from "./toast.js";

/** @type {WeakMap<Element, Element>} */
const anchors = new WeakMap();

/** Below the button, kept inside the window; CSS anchors aren't in all browsers yet. @param {HTMLElement} menu */
function place(menu) {
  const anchor = anchors.get(menu) ?? document.querySelector(`[popovertarget="${menu.id}"]`);
  if (!anchor) return;
  const box = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const gap = 6;
  const alignEnd = menu.dataset.align === "end" || box.left + width > innerWidth - gap;
  const left = alignEnd ? box.right - width : box.left;
  const below = box.bottom + gap;
  const top = below + height > innerHeight - gap && box.top > height + gap ? box.top - height - gap : below;
  menu.style.left = `${Math.max(gap, Math.min(left, innerWidth - width - gap))}px`;
  menu.style.top = `${Math.max(gap, Math.min(top, innerHeight - height - gap))}px`;
}

/** @param {HTMLElement} menu @param {string} url */
function fill(menu, url) {
  const target = menu.querySelector("[data-menu-body]") ?? menu;
  document.dispatchEvent(new CustomEvent("fetch-into", { detail: { url, target } }));
}

export function startMenus() {
  document.addEventListener(
    "toggle",
    (event) => {
      const menu = /** @type {HTMLElement} */ (event.target);
      if (!menu.matches?.("[popover].menu")) return;
      const open = /** @type {ToggleEvent} */ (event).newState === "open";
      const anchor = anchors.get(menu) ?? document.querySelector(`[popovertarget="${menu.id}"]`);
      anchor?.setAttribute("aria-expanded", String(open));
      if (!open) return;
      place(menu);
      if (menu.dataset.menuUrl) fill(menu, menu.dataset.menuUrl);
    },
    true,
  );
  document.addEventListener("htmx:afterSwap", (event) => {
    const menu = /** @type {Element} */ (event.target).closest?.("[popover].menu");
    if (menu?.matches(":popover-open")) place(/** @type {HTMLElement} */ (menu));
  });
  document.addEventListener("click", (event) => {
    const target = /** @type {Element} */ (event.target);
    const explained = target.closest("[data-explain]");
    const menu = document.getElementById("explain");
    if (explained && menu?.showPopover) {
      event.preventDefault();
      anchors.set(menu, explained);
      if (menu.matches(":popover-open")) menu.hidePopover();
      menu.dataset.menuUrl = explained.getAttribute("data-explain") ?? "";
      menu.showPopover();
    }
    const copied = target.closest("[data-copy]");
    if (copied) {
      navigator.clipboard
        .writeText(copied.getAttribute("data-copy") ?? "")
        .then(() => toast(say("copied"), "good"))
        .catch(() => toast(say("copyFailed"), "bad"));
    }
  });
  // Arrow keys inside a menu of buttons and links.
  document.addEventListener("keydown", (event) => {
    const menu = /** @type {Element} */ (event.target).closest?.("[popover].menu");
    if (!menu || (event.key !== "ArrowDown" && event.key !== "ArrowUp")) return;
    const items = [...menu.querySelectorAll("a[href], button:not([disabled])")];
    const step = event.key === "ArrowDown" ? 1 : -1;
    const at = items.indexOf(/** @type {Element} */ (document.activeElement));
    /** @type {HTMLElement | undefined} */ (items[(at + step + items.length) % items.length])?.focus();
    event.preventDefault();
  });
}
