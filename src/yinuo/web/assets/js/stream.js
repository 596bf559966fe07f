/**
 * One event stream with reconnecting, for the shared worker and, where there is none, for a page.
 *
 * The server's side: `GET /events?token=…&token=…` answers `text/event-stream` with
 *   `event: beat`, about every 20 s, and
 *   `event: topics`, `data:` a JSON list of topics.
 * A stream may be closed by the server at any time (token over, session ended): we come back with
 * the newest tokens, and the pages then fetch what they show. So nothing is ever replayed.
 */

/** @typedef {"connecting" | "up" | "lost"} StreamState */

const silenceMs = 50_000;
const longestPauseMs = 15_000;
const mostTokens = 20;

export class Stream {
  /** @type {EventSource | undefined} */ #source;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #silence;
  /** @type {string[]} */ #tokens = [];
  #failures = 0;
  #wasUp = false;
  /** @type {StreamState} */ state = "connecting";

  /**
   * @param {string} url
   * @param {{onTopics: (topics: string[]) => void, onState: (state: StreamState) => void, onReturn: () => void}} listeners
   *   `onReturn` is called when the stream stands again after it was lost: hints may have been missed
   */
  constructor(url, listeners) {
    this.url = url;
    this.listeners = listeners;
  }

  /**
   * The tokens to listen with, newest pages first. `same` topics under fresh tokens need no new stream.
   * @param {string[]} tokens
   * @param {boolean} reconnect
   */
  use(tokens, reconnect) {
    this.#tokens = tokens.slice(0, mostTokens);
    if (!this.#tokens.length) this.#drop();
    else if (reconnect || !this.#source) this.#soon(reconnect && this.#source ? 150 : 0);
  }

  /** Comes back at once, for instance when the network is announced again. */
  hurry() {
    if (this.state !== "up" && this.#tokens.length) this.#soon(0);
  }

  #drop() {
    clearTimeout(this.#timer);
    clearTimeout(this.#silence);
    this.#source?.close();
    this.#source = undefined;
  }

  /** @param {number} ms */
  #soon(ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#open(), ms);
  }

  /** @param {StreamState} state */
  #become(state) {
    if (this.state === state) return;
    this.state = state;
    this.listeners.onState(state);
  }

  #alive() {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#lose(), silenceMs);
  }

  #lose() {
    this.#drop();
    this.#become("lost");
    const pause = Math.min(longestPauseMs, 500 * 2 ** this.#failures++);
    // Spread, so that a restarted server isn't met by every screen of the house in the same instant.
    this.#soon(pause * (0.5 + Math.random() / 2));
  }

  #open() {
    const old = this.#source;
    const query = this.#tokens.map((token) => `token=${encodeURIComponent(token)}`).join("&");
    const source = new EventSource(`${this.url}?${query}`);
    this.#source = source;
    this.#alive();
    source.addEventListener("open", () => {
      old?.close();
      const returned = this.#wasUp && this.state === "lost";
      this.#failures = 0;
      this.#wasUp = true;
      this.#alive();
      this.#become("up");
      if (returned) this.listeners.onReturn();
    });
    source.addEventListener("beat", () => this.#alive());
    source.addEventListener("topics", (event) => {
      this.#alive();
      this.listeners.onTopics(JSON.parse(event.data));
    });
    source.addEventListener("error", () => {
      old?.close();
      if (this.#source === source) this.#lose();
    });
  }
}
