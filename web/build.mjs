// Builds web/dist: bundled modules, styles, fonts and icons with content-hashed names, and manifest.json that maps
// the plain name ("watch.js") to the served address ("/assets/watch-3K2J.js"). `node build.mjs --watch` rebuilds on change.
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, watch, writeFileSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const root = dirname(fileURLToPath(import.meta.url));
const dist = join(root, "dist");
const prefix = "/assets/";

const list = (folder, ...extensions) =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder)).filter((name) => extensions.includes(extname(name))).sort().map((name) => join(folder, name))
    : [];

// Copies a file as it is under a hashed name; returns its address.
function copyHashed(out, path) {
  const hash = createHash("sha256").update(readFileSync(path)).digest("hex").slice(0, 8).toUpperCase();
  const name = `${basename(path, extname(path))}-${hash}${extname(path)}`;
  cpSync(path, join(out, name));
  return prefix + name;
}

// Inlines the icons that templates ask for as {{{icon.NAME}}}; an unknown name fails the build.
function collectIcons() {
  const icons = {};
  for (const file of [...list("pages", ".html"), ...list("parts", ".html")]) {
    for (const [, name] of readFileSync(join(root, file), "utf8").matchAll(/\{\{\{\s*icon\.([a-z0-9-]+)\s*\}\}\}/g)) {
      if (icons[name]) continue;
      const path = join(root, "node_modules/lucide-static/icons", `${name}.svg`);
      if (!existsSync(path)) throw new Error(`${file}: there is no icon "${name}" in lucide-static`);
      const shapes = readFileSync(path, "utf8").replace(/<!--.*?-->/gs, "").replace(/^[\s\S]*?<svg[^>]*>/, "").replace(/<\/svg>\s*$/, "").replace(/\s*\n\s*/g, "");
      icons[name] = `<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">${shapes}</svg>`;
    }
  }
  return icons;
}

/** A server started before this build still names the earlier files: those of the last week stay beside the new ones. */
function keepForRunningServers(out) {
  if (!existsSync(dist)) return;
  const oldest = Date.now() - 7 * 24 * 3600 * 1000;
  for (const name of readdirSync(dist)) {
    const kept = join(out, name);
    if (!existsSync(kept) && statSync(join(dist, name)).mtimeMs > oldest) cpSync(join(dist, name), kept, { preserveTimestamps: true });
  }
}

async function build() {
  const began = Date.now();
  // Built beside and swapped in whole, so a running server never sees half of it.
  const out = join(root, "dist.new");
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const manifest = {};
  const hlsWorker = copyHashed(out, join(root, "node_modules/hls.js/dist/hls.worker.js"));
  for (const file of list("static", ".svg", ".png", ".ico", ".webmanifest")) manifest[basename(file)] = copyHashed(out, join(root, file));

  const entryPoints = [...list("src", ".ts"), ...list("styles", ".css")];
  const bundled = await esbuild.build({
    absWorkingDir: root,
    entryPoints,
    outdir: out,
    bundle: true,
    splitting: true,
    format: "esm",
    minify: true,
    target: ["chrome100", "firefox100", "safari15"],
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    publicPath: prefix,
    loader: { ".woff2": "file", ".svg": "text" },
    define: { __HLS_WORKER__: JSON.stringify(hlsWorker) },
    metafile: true,
    legalComments: "linked",
    logLevel: "warning",
  });
  for (const [path, output] of Object.entries(bundled.metafile.outputs)) {
    const address = prefix + basename(path);
    if (entryPoints.includes(output.entryPoint)) manifest[basename(output.entryPoint).replace(/\.ts$/, ".js")] = address;
    const inputs = Object.keys(output.inputs);
    if (path.endsWith(".woff2") && inputs.some((input) => input.endsWith("next-latin-wght-normal.woff2"))) manifest["text.woff2"] = address;
  }
  writeFileSync(join(out, "manifest.json"), JSON.stringify(manifest, null, 1) + "\n");
  writeFileSync(join(out, "icons.json"), JSON.stringify(collectIcons(), null, 1) + "\n");
  keepForRunningServers(out);
  rmSync(dist, { recursive: true, force: true });
  renameSync(out, dist);
  console.log(`web: ${Object.keys(manifest).length} assets in ${Date.now() - began} ms`);
}

await build();
if (process.argv.includes("--watch")) {
  let timer;
  for (const folder of ["src", "styles", "pages", "parts", "static"]) {
    watch(join(root, folder), { recursive: process.platform !== "linux" }, () => {
      clearTimeout(timer);
      timer = setTimeout(() => build().catch((error) => console.error(error.message)), 100);
    });
  }
}
