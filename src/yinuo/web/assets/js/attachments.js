/**
 * Files added by choosing, dragging or pasting, into one ordinary file input.
 *
 *   <div data-attachments data-max-bytes="20971520" data-max-files="10">
 *     <input type="file" name="files" multiple> <ul class="file-list"></ul>
 *   </div>
 * The drop zone is the form around it; what is too large is refused here, before a minute of upload.
 */
import { say } from "./strings.js";
import { icon, toast } from "./toast.js";

/** @param {number} bytes */
export function sizeText(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

/** @param {Element} box */
const inputOf = (box) => /** @type {HTMLInputElement} */ (box.querySelector("input[type=file]"));

/** What each box holds; choosing again in a file input would else replace what was there. @type {WeakMap<Element, File[]>} */
const held = new WeakMap();

/** @param {HTMLElement} box @param {File[]} files */
function put(box, files) {
  held.set(box, files);
  const transfer = new DataTransfer();
  for (const file of files) transfer.items.add(file);
  inputOf(box).files = transfer.files;
  const list = box.querySelector(".file-list");
  list?.replaceChildren(
    ...files.map((file, index) => {
      const item = document.createElement("li");
      item.className = "file-item";
      const name = document.createElement("span");
      name.className = "file-name";
      name.textContent = file.name;
      const size = document.createElement("span");
      size.className = "muted";
      size.textContent = sizeText(file.size);
      const remove = document.createElement("button");
      remove.type = "button";
      remove.className = "btn-plain";
      remove.setAttribute("aria-label", say("fileRemove", { name: file.name }));
      remove.append(icon("x"));
      remove.addEventListener("click", () => put(box, (held.get(box) ?? []).filter((_file, other) => other !== index)));
      item.append(icon(file.type.startsWith("image/") ? "photo" : "file"), name, size, remove);
      return item;
    }),
  );
}

/** @param {HTMLElement} box @param {Iterable<File>} files */
function add(box, files) {
  const limit = Number(box.dataset.maxBytes ?? Infinity);
  const most = Number(box.dataset.maxFiles ?? Infinity);
  const all = [...(held.get(box) ?? [])];
  for (const file of files) {
    if (all.length >= most) {
      toast(say("fileTooMany", { n: most }), "bad");
      break;
    }
    if (file.size > limit) toast(say("fileTooLarge", { name: file.name, limit: sizeText(limit) }), "bad");
    else if (!all.some((other) => other.name === file.name && other.size === file.size)) all.push(file);
  }
  put(box, all);
}

/** @param {EventTarget | null} target */
function boxFor(target) {
  const form = /** @type {Element | null} */ (target)?.closest?.("form");
  return /** @type {HTMLElement | null} */ (form?.querySelector("[data-attachments]") ?? null);
}

export function startAttachments() {
  document.addEventListener("change", (event) => {
    const input = /** @type {HTMLInputElement} */ (event.target);
    const box = /** @type {HTMLElement | null} */ (input.closest?.("[data-attachments]"));
    if (box && input === inputOf(box) && input.files) add(box, [...input.files]);
  });
  document.addEventListener("paste", (event) => {
    const box = boxFor(event.target);
    const files = [...(event.clipboardData?.files ?? [])];
    if (!box || !files.length) return;
    event.preventDefault();
    // A screenshot has no name of its own worth keeping.
    const named = files.map((file) =>
      file.name === "image.png" ? new File([file], `${say("pastedImage")}-${Date.now() % 100_000}.png`, { type: file.type }) : file,
    );
    add(box, named);
  });
  document.addEventListener("dragover", (event) => {
    const box = boxFor(event.target);
    if (!box || !event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    box.closest("form")?.classList.add("is-dropping");
  });
  document.addEventListener("dragleave", (event) => {
    const form = /** @type {Element} */ (event.target).closest?.("form.is-dropping");
    if (form && !form.contains(/** @type {Node | null} */ (event.relatedTarget))) form.classList.remove("is-dropping");
  });
  document.addEventListener("drop", (event) => {
    const box = boxFor(event.target);
    if (!box || !event.dataTransfer?.files.length) return;
    event.preventDefault();
    box.closest("form")?.classList.remove("is-dropping");
    add(box, [...event.dataTransfer.files]);
  });
  document.addEventListener("reset", (event) => {
    const box = boxFor(event.target);
    if (box) put(box, []);
  });
}
