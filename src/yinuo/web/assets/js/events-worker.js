/**
 * The browser's one event stream, shared by all its pages of Yinuo.
 *
 * A page says `hello` with its tokens (at start, after a renewal, and every half minute so that a
 * page which vanished without a word is forgotten) and `bye` when it goes.
 */
import { Stream } from "./stream.js";

const forgottenAfterMs = 180_000;

/** @type {Map<MessagePort, {tokens: string[], key: string, seenAt: number}>} */
const pages = new Map();
/** @type {Stream | undefined} */
let stream;

/** @param {object} message */
const toAll = (message) => pages.forEach((_page, port) => port.postMessage(message));

/** @param {boolean} reconnect */
function listen(reconnect) {
  const newestFirst = [...pages.values()].sort((one, other) => other.seenAt - one.seenAt);
  stream?.use([...new Set(newestFirst.flatMap((page) => page.tokens))], reconnect);
}

/** @param {MessagePort} port @param {MessageEvent} event */
function hear(port, { data }) {
  if (data.kind === "bye") {
    if (pages.delete(port)) listen(false);
    return;
  }
  stream ??= new Stream(data.url, {
    onTopics: (topics) => toAll({ kind: "topics", topics }),
    onState: (state) => toAll({ kind: "state", state }),
    onReturn: () => toAll({ kind: "return" }),
  });
  const known = pages.get(port);
  // `key` names what the page listens to; a renewed token for the same topics needs no new stream.
  const reconnect = known?.key !== data.key;
  pages.set(port, { tokens: data.tokens, key: data.key, seenAt: Date.now() });
  for (const [other, page] of pages) if (Date.now() - page.seenAt > forgottenAfterMs) pages.delete(other);
  listen(reconnect);
  if (!known) port.postMessage({ kind: "state", state: stream.state });
  if (data.hurry) stream.hurry();
}

self.addEventListener("connect", (event) => {
  const [port] = /** @type {MessageEvent} */ (event).ports;
  port.addEventListener("message", (message) => hear(port, message));
  port.start();
});
