/**
 * The server's time on this screen. A desk computer may run minutes fast, and a promise counted
 * down by a wrong clock is a broken one, so the page carries the instant of its making
 * (`<meta name="yinuo-now">`) and each token renewal corrects it.
 */

let offsetMs = 0;

/** The instant by the server's clock, in ms since the epoch. */
export function now() {
  return Date.now() + offsetMs;
}

/** @param {string | null | undefined} iso the server's instant, just received */
export function setServerTime(iso) {
  const instant = Date.parse(iso ?? "");
  if (!Number.isNaN(instant)) offsetMs = instant - Date.now();
}

export function startClock() {
  const [visit] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
  // A page that the browser took from its own store carries an old instant: better none than a wrong one.
  const stored = visit && (visit.type === "back_forward" || (visit.transferSize === 0 && visit.decodedBodySize > 0));
  if (!stored) setServerTime(document.querySelector('meta[name="yinuo-now"]')?.getAttribute("content"));
}
