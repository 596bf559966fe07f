/**
 * Light, dark or as the system has it. The choice lives in a cookie, so that the server already
 * sends the right `data-bs-theme` and nothing flashes; `early.js` covers “as the system has it”.
 */

/** @typedef {"light" | "dark" | "auto"} Theme */

const system = matchMedia("(prefers-color-scheme: dark)");

/** @returns {Theme} */
export function chosenTheme() {
  const value = /(?:^|; )yinuo_theme=(light|dark|auto)/.exec(document.cookie)?.[1];
  return /** @type {Theme} */ (value ?? "auto");
}

export function applyTheme() {
  const choice = chosenTheme();
  const dark = choice === "dark" || (choice === "auto" && system.matches);
  document.documentElement.dataset.bsTheme = dark ? "dark" : "light";
  for (const button of document.querySelectorAll("[data-theme-choice]")) {
    button.setAttribute("aria-pressed", String(button.getAttribute("data-theme-choice") === choice));
  }
}

/** With the account too, for the next computer; the cookie already works, so a failure is silent. @param {Element} button */
function keep(button) {
  const url = button.closest("[data-theme-url]")?.getAttribute("data-theme-url");
  const csrf = document.querySelector('meta[name="csrf-token"]')?.getAttribute("content");
  if (!url || !csrf) return;
  const body = new URLSearchParams({ theme: button.getAttribute("data-theme-choice") ?? "auto" });
  fetch(url, { method: "POST", body, headers: { "X-CSRFToken": csrf } }).catch(() => {});
}

export function startTheme() {
  applyTheme();
  system.addEventListener("change", applyTheme);
  document.addEventListener("click", (event) => {
    const button = /** @type {Element} */ (event.target).closest("[data-theme-choice]");
    if (!button) return;
    const choice = button.getAttribute("data-theme-choice");
    document.cookie = `yinuo_theme=${choice}; path=/; max-age=31536000; samesite=lax`;
    applyTheme();
    document.dispatchEvent(new CustomEvent("theme", { detail: choice }));
    keep(button);
  });
}
