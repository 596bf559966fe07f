/**
 * The few pieces with a state of their own, as Alpine components (CSP build: no expressions beyond
 * names, so all logic is here). Keep them outside of live regions or mark them `data-keep`.
 */
import Alpine from "@alpinejs/csp";

export function startParts() {
  /** Reply or internal note: one form, two clearly different looks. `x-data="composer"` */
  Alpine.data("composer", () => ({
    mode: "reply",
    get isNote() {
      return this.mode === "note";
    },
    get isReply() {
      return this.mode === "reply";
    },
    reply() {
      this.turn("reply");
    },
    note() {
      this.turn("note");
    },
    /** @param {"reply" | "note"} mode */
    turn(mode) {
      this.mode = mode;
      this.$nextTick(() => {
        const field = this.$root.querySelector(`[data-mode="${mode}"] textarea`);
        /** @type {HTMLElement | null} */ (field)?.focus();
      });
    },
  }));

  /** Fields that only some choice needs. `x-data="choice" data-choice="kind"` around, `data-when="a b"` on the part. */
  Alpine.data("choice", () => ({
    value: "",
    init() {
      this.read();
      this.$root.addEventListener("change", () => this.read());
    },
    read() {
      const name = this.$root.dataset.choice;
      const field = this.$root.querySelector(`[name="${name}"]:checked, select[name="${name}"]`);
      this.value = /** @type {HTMLInputElement | null} */ (field)?.value ?? "";
      for (const part of /** @type {NodeListOf<HTMLElement>} */ (this.$root.querySelectorAll("[data-when]"))) {
        const shown = (part.dataset.when ?? "").split(" ").includes(this.value);
        part.hidden = !shown;
        for (const input of part.querySelectorAll("input, select, textarea")) input.toggleAttribute("disabled", !shown);
      }
    },
  }));

  /** Rows with check boxes and one bar of acts on them. `x-data="picking"` */
  Alpine.data("picking", () => ({
    count: 0,
    get none() {
      return this.count === 0;
    },
    boxes() {
      return /** @type {HTMLInputElement[]} */ ([...this.$root.querySelectorAll("[data-pick]")]);
    },
    read() {
      this.count = this.boxes().filter((box) => box.checked).length;
    },
    /** @param {Event} event */
    all(event) {
      for (const box of this.boxes()) box.checked = /** @type {HTMLInputElement} */ (event.target).checked;
      this.read();
    },
  }));

  Alpine.start();
}
