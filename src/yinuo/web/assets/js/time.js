/**
 * Instants in the viewer's zone and deadlines that count down.
 *
 *   <time datetime="2026-11-21T06:05:00Z" data-format="smart"></time>
 *   <span class="chip chip-deadline" data-due=… data-warn=… data-state="running"><span class="chip-left"></span></span>
 *
 * Pages send instants as ISO with zone; nothing on the server knows how a viewer reads the time.
 */
import { now } from "./clock.js";
import { language, say } from "./strings.js";

const zone = document.documentElement.dataset.zone || undefined;
/** @param {Intl.DateTimeFormatOptions} parts */
const formatter = (parts) => new Intl.DateTimeFormat(language, { timeZone: zone, hourCycle: "h23", ...parts });
const clockTime = formatter({ hour: "2-digit", minute: "2-digit" });
const shortDay = formatter({ month: language === "zh-CN" ? "long" : "short", day: "numeric" });
const longDay = formatter({ year: "numeric", month: language === "zh-CN" ? "long" : "short", day: "numeric" });
const fullTime = formatter({
  year: "numeric", month: "long", day: "numeric", weekday: "short", hour: "2-digit", minute: "2-digit", second: "2-digit",
});
const dayKey = new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" });

const dayMs = 86_400_000;

/** @param {Date} instant */
function smart(instant) {
  const time = clockTime.format(instant);
  const key = dayKey.format(instant);
  const today = now();
  if (key === dayKey.format(today)) return time;
  if (key === dayKey.format(today - dayMs)) return say("yesterday", { time });
  if (key === dayKey.format(today + dayMs)) return say("tomorrow", { time });
  const sameYear = key.slice(0, 4) === dayKey.format(today).slice(0, 4);
  return `${(sameYear ? shortDay : longDay).format(instant)} ${time}`;
}

/** @param {Date} instant */
function ago(instant) {
  const minutes = Math.floor((now() - instant.getTime()) / 60_000);
  if (minutes < 0 || minutes >= 24 * 60) return smart(instant);
  if (minutes < 1) return say("justNow");
  return minutes < 60 ? say("minutesAgo", { n: minutes }) : say("hoursAgo", { n: Math.floor(minutes / 60) });
}

/** @type {Record<string, (instant: Date) => string>} */
const formats = {
  clock: (instant) => clockTime.format(instant),
  date: (instant) => longDay.format(instant),
  day: (instant) => shortDay.format(instant),
  datetime: (instant) => `${longDay.format(instant)} ${clockTime.format(instant)}`,
  full: (instant) => fullTime.format(instant),
  smart,
  ago,
};

/**
 * A span in at most two units, the smaller one dropped where nobody needs it: “1 天 3 小时”, “59 秒”.
 * @param {number} ms not negative
 */
export function spanText(ms) {
  const seconds = Math.floor(ms / 1000);
  const [days, hours, minutes] = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60];
  /** @param {[number, "day" | "hour" | "minute" | "second"]} large @param {[number, "day" | "hour" | "minute" | "second"]} small */
  const two = (large, small) =>
    say(large[1], { n: large[0] }) + (small[0] ? ` ${say(small[1], { n: small[0] })}` : "");
  if (days) return two([days, "day"], [hours, "hour"]);
  if (hours) return two([hours, "hour"], [minutes, "minute"]);
  if (minutes >= 5) return say("minute", { n: minutes });
  if (minutes) return two([minutes, "minute"], [seconds % 60, "second"]);
  return say("second", { n: seconds });
}

/** How much over: whole minutes, since seconds no longer help anybody. @param {number} ms */
const overText = (ms) => (ms < 60_000 ? spanText(ms) : spanText(Math.floor(ms / 60_000) * 60_000));

/** @param {Element} element @param {string} text */
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {HTMLTimeElement} element */
function paintTime(element) {
  const instant = new Date(element.dateTime);
  if (Number.isNaN(instant.getTime())) return;
  write(element, (formats[element.dataset.format ?? "smart"] ?? smart)(instant));
  element.title = fullTime.format(instant);
}

/**
 * What a deadline chip says and how it looks, as a pure answer.
 * @param {{state?: string, due: number, warn: number, done: number, leftS: number}} deadline instants in ms, NaN where not set
 * @param {number} at
 * @returns {{look: "calm" | "warn" | "breach" | "paused" | "met", text: string}}
 */
export function readDeadline({ state, due, warn, done, leftS }, at) {
  if (state === "paused") {
    return { look: "paused", text: Number.isNaN(leftS) ? say("paused") : say("pausedLeft", { span: spanText(leftS * 1000) }) };
  }
  if (state === "met") return { look: "met", text: say("met") };
  if (!Number.isNaN(done)) {
    if (done <= due) return { look: "met", text: say("met") };
    return { look: "breach", text: say("late", { span: overText(done - due) }) };
  }
  if (at > due) return { look: "breach", text: say("over", { span: overText(at - due) }) };
  return { look: at >= warn ? "warn" : "calm", text: say("left", { span: spanText(due - at) }) };
}

/** @param {HTMLElement} chip */
function paintDeadline(chip) {
  const { state, due, warn, done, leftS } = chip.dataset;
  const instant = Date.parse(due ?? "");
  if (Number.isNaN(instant) && state !== "met" && state !== "paused") return;
  const answer = readDeadline(
    { state, due: instant, warn: Date.parse(warn ?? ""), done: Date.parse(done ?? ""), leftS: Number.parseFloat(leftS ?? "") },
    now(),
  );
  if (chip.dataset.look !== answer.look) {
    chip.dataset.look = answer.look;
    const icon = { calm: "clock", warn: "clock", breach: "clock-exclamation", paused: "clock-pause", met: "check" }[answer.look];
    const use = chip.querySelector(":scope > .icon > use");
    use?.setAttribute("href", (use.getAttribute("href") ?? "").replace(/#.*/, `#${icon}`));
  }
  write(chip.querySelector(".chip-left") ?? chip, answer.text);
  if (!Number.isNaN(instant)) chip.title = say("dueAt", { time: fullTime.format(instant) });
}

/** Paints every instant and chip inside `root`; cheap enough to run over a whole page. @param {ParentNode} [root] */
export function paintTimes(root = document) {
  for (const element of root.querySelectorAll("time[datetime]")) paintTime(/** @type {HTMLTimeElement} */ (element));
  for (const chip of root.querySelectorAll(".chip-deadline")) paintDeadline(/** @type {HTMLElement} */ (chip));
}

function tick() {
  if (!document.hidden) {
    for (const chip of document.querySelectorAll('.chip-deadline:not([data-state="met"], [data-state="paused"], [data-done])')) {
      paintDeadline(/** @type {HTMLElement} */ (chip));
    }
    const at = now();
    if (at % 60_000 < 1000) {
      for (const element of document.querySelectorAll('time[data-format="ago"], time[data-format="smart"], time:not([data-format])')) {
        paintTime(/** @type {HTMLTimeElement} */ (element));
      }
    }
  }
  // The next whole second by the server's clock, so that all screens of a room change together.
  setTimeout(tick, 1000 - (((now() % 1000) + 1000) % 1000));
}

export function startTimes() {
  paintTimes();
  document.addEventListener("htmx:afterSwap", () => paintTimes());
  document.addEventListener("visibilitychange", () => document.hidden || paintTimes());
  tick();
}
