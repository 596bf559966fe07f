/**
 * Keeps what is on the screen current. An element says what it depends on and how it is fetched:
 *
 *   <section id="queue" data-topic="team:7" hx-get="…" hx-trigger="live" hx-swap="morph">
 *
 * When a topic changes, each such element gets a `live` event (which doesn't bubble). The same on
 * return of a lost connection and when the page is looked at again: a lost hint costs delay only.
 */
import { setServerTime } from "./clock.js";
import { say } from "./strings.js";
import { Stream } from "./stream.js";
import { toast } from "./toast.js";

const leastGapMs = 400;
const looksEveryMs = 30_000;
const renewsEveryMs = 7 * 60_000;
const helloEveryMs = 30_000;
const lostForMs = 4000;

/** @type {WeakMap<Element, number>} */
const toldAt = new WeakMap();
/** @type {Map<Element, ReturnType<typeof setTimeout> | null>} */
const pending = new Map();
let lookedAt = Date.now();
let lostAt = 0;
let renewUrl = "";
/** @type {(hurry?: boolean) => void} */
let hello = () => {};

/** @param {Element} element */
function fire(element) {
  pending.delete(element);
  if (!element.isConnected) return;
  toldAt.set(element, Date.now());
  element.dispatchEvent(new CustomEvent("live", { bubbles: false }));
}

/** Tells one element, not more often than every 0.4 s and not while nobody looks. @param {Element} element */
function tell(element) {
  if (pending.get(element)) return;
  if (document.hidden && !element.hasAttribute("data-live-hidden")) {
    pending.set(element, null);
    return;
  }
  const wait = (toldAt.get(element) ?? 0) + leastGapMs - Date.now();
  if (wait <= 0) fire(element);
  else pending.set(element, setTimeout(() => fire(element), wait));
}

/** @param {string[]} topics */
export function announce(topics) {
  const changed = new Set(topics);
  for (const element of document.querySelectorAll("[data-topic]")) {
    const own = (element.getAttribute("data-topic") ?? "").split(/\s+/);
    if (own.some((topic) => changed.has(topic))) tell(element);
  }
}

/** Everything that depends on something looks again. */
export function lookAgain() {
  lookedAt = Date.now();
  for (const element of document.querySelectorAll("[data-topic]")) tell(element);
}

/** @param {"connecting" | "up" | "lost" | "ended"} state */
function show(state) {
  const before = document.documentElement.dataset.live;
  document.documentElement.dataset.live = state;
  if (state === "lost" && !lostAt) {
    lostAt = Date.now();
    // A computer that slept comes back with tokens that are over; spread, since a restart hits all screens at once.
    setTimeout(() => lostAt && renewUrl && renew(renewUrl), lostForMs + Math.random() * 2000);
  }
  if (state === "up") lostAt = 0;
  const place = document.getElementById("live-state");
  if (place && before !== state) place.textContent = state === "lost" ? say("lost") : "";
}

/** The elements that carry a token: the page's meta and whatever a swap has brought in; `about` tells them apart. */
function tokenPlaces() {
  return [...document.querySelectorAll('meta[name="yinuo-events"], [data-events-token]')].map((element) => {
    const name = element.tagName === "META" ? "content" : "data-events-token";
    const about = element.tagName === "META" ? "page" : element.getAttribute("data-topic") ?? element.id;
    return { about, token: element.getAttribute(name) ?? "", set: (/** @type {string} */ token) => element.setAttribute(name, token) };
  });
}

/** @param {string} url */
async function renew(url) {
  for (const place of tokenPlaces()) {
    const body = new URLSearchParams({ token: place.token });
    const csrf = document.querySelector('meta[name="csrf-token"]')?.getAttribute("content") ?? "";
    let answer;
    try {
      answer = await fetch(url, { method: "POST", body, headers: { "X-CSRFToken": csrf, Accept: "application/json" } });
    } catch {
      return; // no network: the stream's own state already says so
    }
    if (answer.status === 401 || answer.status === 403) {
      show("ended");
      const login = document.querySelector('meta[name="yinuo-login"]')?.getAttribute("content");
      toast(say("expired"), "bad", login ? { label: say("logIn"), url: login } : undefined);
      return;
    }
    if (!answer.ok) return;
    const { token, now: serverTime } = await answer.json();
    if (token) place.set(token);
    setServerTime(serverTime);
  }
  hello();
}

/** @param {string} url @param {string | undefined} workerUrl */
function connect(url, workerUrl) {
  const hear = {
    onTopics: announce,
    onState: show,
    onReturn: lookAgain,
  };
  const message = (/** @type {boolean | undefined} */ hurry) => {
    const places = tokenPlaces().filter((place) => place.token);
    return { kind: "hello", url, tokens: places.map((place) => place.token), key: places.map((place) => place.about).join(), hurry: Boolean(hurry) };
  };
  if (workerUrl && "SharedWorker" in window) {
    const { port } = new SharedWorker(workerUrl, { name: "yinuo-events" });
    port.addEventListener("message", ({ data }) => {
      if (data.kind === "topics") hear.onTopics(data.topics);
      else if (data.kind === "state") hear.onState(data.state);
      else if (data.kind === "return") hear.onReturn();
    });
    port.start();
    hello = (hurry) => port.postMessage(message(hurry));
    window.addEventListener("pagehide", () => port.postMessage({ kind: "bye" }));
  } else {
    const stream = new Stream(url, hear);
    let heard = "";
    hello = (hurry) => {
      const { tokens, key: current } = message(hurry);
      stream.use(tokens, heard !== current);
      heard = current;
      if (hurry) stream.hurry();
    };
    window.addEventListener("pagehide", () => stream.use([], false));
  }
  hello();
}

export function startLive() {
  const meta = /** @type {HTMLMetaElement | null} */ (document.querySelector('meta[name="yinuo-events"]'));
  if (!meta?.content || !meta.dataset.url) return;
  show("connecting");
  connect(meta.dataset.url, meta.dataset.worker);
  renewUrl = meta.dataset.renew ?? "";
  if (renewUrl) setInterval(renew, renewsEveryMs, renewUrl);
  setInterval(() => {
    hello();
    // Where streams can't pass at all (an old proxy), the page stays current by looking.
    if (lostAt && !document.hidden && Date.now() - lostAt > 15_000 && Date.now() - lookedAt > looksEveryMs) lookAgain();
  }, helloEveryMs);
  document.addEventListener("htmx:afterSettle", () => hello());
  window.addEventListener("online", () => hello(true));
  window.addEventListener("pageshow", (event) => event.persisted && (hello(true), lookAgain()));
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    hello(true);
    if (Date.now() - lookedAt > looksEveryMs) lookAgain();
    else for (const [element, timer] of pending) timer ?? fire(element);
  });
}
