/**
 * Builds everything the browser loads: scripts, one style sheet and the icon sprite.
 *
 *   npm run build            once, minified, into src/yinuo/web/static/dist/
 *   npm run watch            again at each change, with source maps
 *
 * File names carry no hash: the static file storage adds it.
 */
import { cpSync, mkdirSync, readFileSync, rmSync, watch, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import * as sass from "sass";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../../../..");
const dist = join(here, "../static/dist");
const watching = process.argv.includes("--watch");

const scripts = {
  entryPoints: ["early", "console", "portal", "events-worker"].map((name) => join(here, `js/${name}.js`)),
  outdir: dist,
  bundle: true,
  format: /** @type {const} */ ("iife"),
  target: ["es2021"],
  minify: !watching,
  sourcemap: watching ? /** @type {const} */ ("linked") : false,
  legalComments: /** @type {const} */ ("eof"),
  logLevel: /** @type {const} */ ("warning"),
};

/** One `<symbol>` per name in icons.txt; `name-filled` takes Tabler's filled drawing. */
function buildSprite() {
  const names = readFileSync(join(here, "icons.txt"), "utf8")
    .split("\n")
    .map((line) => line.replace(/#.*/, "").trim())
    .filter(Boolean);
  const symbols = [...new Set(names)].sort().map((name) => {
    const filled = name.endsWith("-filled");
    const file = join(root, "node_modules/@tabler/icons/icons", filled ? "filled" : "outline", `${filled ? name.slice(0, -7) : name}.svg`);
    const inner = readFileSync(file, "utf8")
      .replace(/<!--[\s\S]*?-->/g, "")
      .replace(/<\/?svg[^>]*>/g, "")
      .replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*\/>/, "")
      .replace(/\s+/g, " ")
      .trim();
    const paint = filled
      ? 'fill="currentColor" stroke="none"'
      : 'fill="none" stroke="currentColor" stroke-linecap="round" stroke-linejoin="round"';
    return `<symbol id="${name}" viewBox="0 0 24 24" ${paint}>${inner}</symbol>`;
  });
  writeFileSync(join(dist, "icons.svg"), `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`);
}

async function buildStyles() {
  const { css } = sass.compile(join(here, "css/yinuo.scss"), {
    loadPaths: [join(root, "node_modules")],
    quietDeps: true,
    logger: sass.Logger.silent,
  });
  const { code } = await esbuild.transform(css, { loader: "css", minify: !watching, target: ["chrome108", "safari16"] });
  writeFileSync(join(dist, "yinuo.css"), code);
}

async function buildAll() {
  await esbuild.build(scripts);
  await buildStyles();
  buildSprite();
  cpSync(join(here, "favicon.svg"), join(dist, "favicon.svg"));
}

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });
await buildAll();
if (watching) {
  let due;
  watch(here, { recursive: true }, () => {
    clearTimeout(due);
    due = setTimeout(() => buildAll().catch((error) => console.error(String(error))), 100);
  });
}
