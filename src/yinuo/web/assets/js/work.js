/**
 * The browser's work on a public form: `<form data-work="nonce" data-bits="16">` with a hidden field `work` gets the
 * first number for which SHA-256 of `nonce:number` begins with that many zero bits (yinuo.domain.formspam.proves). It
 * costs a person nothing to notice and who sends thousands a lot. Own SHA-256 (FIPS 180-4): `crypto.subtle` is missing
 * on pages without TLS. Without scripts the form works too; the server is only stricter then.
 */

const K = new Uint32Array(64);
const START = new Uint32Array(8);
{
  // Fractional parts of the roots of the first primes, as the standard derives its constants.
  let found = 0;
  for (let n = 2; found < 64; n += 1) {
    let prime = true;
    for (let d = 2; d * d <= n && prime; d += 1) prime = n % d !== 0;
    if (!prime) continue;
    if (found < 8) START[found] = ((n ** 0.5) % 1) * 0x100000000;
    K[found] = (Math.cbrt(n) % 1) * 0x100000000;
    found += 1;
  }
}
const W = new Uint32Array(64);

/** The first word of SHA-256 of a short ASCII text (at most 55 characters: one block). @param {string} text */
function firstWord(text) {
  W.fill(0, 0, 16);
  for (let i = 0; i < text.length; i += 1) W[i >> 2] |= text.charCodeAt(i) << (24 - (i % 4) * 8);
  W[text.length >> 2] |= 0x80 << (24 - (text.length % 4) * 8);
  W[15] = text.length * 8;
  for (let i = 16; i < 64; i += 1) {
    const x = W[i - 15];
    const y = W[i - 2];
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    W[i] = W[i - 16] + s0 + W[i - 7] + s1;
  }
  let [a, b, c, d, e, f, g, h] = START;
  for (let i = 0; i < 64; i += 1) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + W[i]) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
  }
  return (START[0] + a) >>> 0;
}

/** @param {HTMLFormElement} form @param {HTMLInputElement} field */
function workOn(form, field) {
  const nonce = form.dataset.work ?? "";
  const shift = 32 - Number(form.dataset.bits);
  let number = 0;
  let waiting = /** @type {HTMLElement | null | undefined} */ (undefined);
  const some = () => {
    for (const end = number + 2000; number < end; number += 1) {
      if (firstWord(`${nonce}:${number}`) >>> shift !== 0) continue;
      field.value = String(number);
      if (waiting !== undefined) form.requestSubmit(waiting);
      return;
    }
    setTimeout(some);
  };
  form.addEventListener("submit", (event) => {
    if (field.value) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    waiting = event.submitter;
  });
  some();
}

export function startWork() {
  for (const form of document.querySelectorAll("form[data-work]")) {
    const field = /** @type {HTMLFormElement} */ (form).elements.namedItem("work");
    if (field instanceof HTMLInputElement) workOn(/** @type {HTMLFormElement} */ (form), field);
  }
  // Sent once: a second click on the way adds nothing, and coming back by the browser's history the form works again.
  document.addEventListener("submit", (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (!form.matches("form[data-work]") || event.defaultPrevented) return;
    if (form.getAttribute("aria-busy") === "true") event.preventDefault();
    form.setAttribute("aria-busy", "true");
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-work][aria-busy]")) form.removeAttribute("aria-busy");
  });
}
