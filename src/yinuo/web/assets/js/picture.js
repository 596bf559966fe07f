/**
 * Wide pictures fit the page, or show their full size in a frame that scrolls.
 *
 *   <div class="picture-box"> <button data-picture-size aria-pressed="false" hidden> <div class="picture-wrap"><svg width=…>
 *
 * Shrunk (`data-fit`) where there is room enough to read it so; on a phone the full size comes first.
 */

const leastScale = 0.36; // names of 25 px are 9 px then; smaller ones nobody reads

/** @param {HTMLElement} box @param {boolean} full */
function show(box, full) {
  box.toggleAttribute("data-fit", !full);
  const button = box.querySelector("[data-picture-size]");
  button?.setAttribute("aria-pressed", String(full));
  if (full) box.querySelector("[data-come-here]")?.scrollIntoView({ block: "nearest", inline: "center" });
}

/** @param {HTMLElement} box */
function fit(box) {
  const frame = box.querySelector(".picture-wrap");
  const picture = box.querySelector("svg.picture");
  const button = /** @type {HTMLElement | null} */ (box.querySelector("[data-picture-size]"));
  if (!frame || !picture || !button || !frame.clientWidth) return;
  const scale = frame.clientWidth / Number(picture.getAttribute("width"));
  const isWide = scale < 0.95;
  if (button.hidden === !isWide && box.dataset.seen) return; // somebody may have chosen since
  box.dataset.seen = "1";
  button.hidden = !isWide;
  show(box, !isWide || scale < leastScale);
}

const fitAll = () => document.querySelectorAll(".picture-box").forEach((box) => fit(/** @type {HTMLElement} */ (box)));

export function startPictures() {
  fitAll();
  document.addEventListener("htmx:afterSettle", fitAll);
  document.addEventListener("toggle", fitAll, true);
  addEventListener("resize", fitAll);
  document.addEventListener("click", (event) => {
    const button = /** @type {Element} */ (event.target).closest("[data-picture-size]");
    const box = /** @type {HTMLElement | null} */ (button?.closest(".picture-box") ?? null);
    if (button && box) show(box, button.getAttribute("aria-pressed") !== "true");
  });
}
