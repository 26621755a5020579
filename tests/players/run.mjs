// Sends files the whole way, then plays each published package to its end in six players that we did not write.
//   node tests/players/run.mjs [--dir FOLDER] [--only REGEX] [--no-players] [--codecs av1,hevc] [FILE…]
// --codecs: what is made beside H.264. Without files: every file that INDEX.tsv in FOLDER (default ../shared/clips) calls good. A line a file, then "N passed, N failed".
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openBrowser, openContext } from "../browser/lib/browser.mjs";
import { Visitor } from "../browser/lib/people.mjs";
import { root, startServer } from "../browser/lib/server.mjs";
import { playInChromium } from "./chromium.mjs";
import { playDash } from "./dash.mjs";
import { inspectPackage, playInFfmpeg, playInGstreamer, playInVlc } from "./players.mjs";
import { publishFile, sourceSeconds } from "./story_file.mjs";

const { values: options, positionals } = parseArgs({ allowPositionals: true, options: { dir: { type: "string", default: join(root, "../shared/clips") }, only: { type: "string" }, "no-players": { type: "boolean" }, codecs: { type: "string" } } });

function goodFiles() {
  const index = join(options.dir, "INDEX.tsv");
  if (!existsSync(index)) return [];
  return readFileSync(index, "utf8").split("\n").slice(1).map((line) => line.split("\t"))
    .filter(([file, kind]) => file && (kind === "good" || file.startsWith("bench/")) && (!options.only || new RegExp(options.only).test(file)))
    .map(([file]) => join(options.dir, file));
}

const files = positionals.length ? positionals : goodFiles();
const server = await startServer({ config: options.codecs ? { further_codecs: options.codecs.split(",") } : {} });
const staff = new Visitor(server.url);
await staff.signIn(await server.admin());
const browser = await openBrowser(["--autoplay-policy=no-user-gesture-required"]);
const context = await openContext(browser, server.url);
let passed = 0;
let failed = 0;

async function check(file) {
  const problems = [];
  const outcome = await publishFile(server.url, staff, file);
  if (outcome.state === "refused") return { problems, words: `refused: ${outcome.reason}` };
  const found = await inspectPackage(outcome.stream);
  if (found.problem) return { problems: [found.problem], words: "" };
  const source = await sourceSeconds(file);
  const end = Math.max(...found.tracks.map((track) => track.end));
  if (!found.aligned) problems.push("key frames differ between renditions");
  for (const track of found.tracks) {
    if (track.gap > 0.002) problems.push(`${track.playlist}: gap of ${track.gap.toFixed(4)} s`);
    if (!track.rising) problems.push(`${track.playlist}: decoding times do not rise`);
    if (track.warnings) problems.push(`${track.playlist}: ${track.warnings.slice(0, 120)}`);
  }
  if (Math.abs(end - source) > 0.05) problems.push(`lasts ${end.toFixed(3)} s, the source ${source.toFixed(3)} s`);
  const played = {};
  if (!options["no-players"]) {
    played.ffmpeg = await playInFfmpeg(outcome.stream);
    played.vlc = await playInVlc(outcome.stream);
    played.gstreamer = await playInGstreamer(outcome.stream);
    played.chromium = await playInChromium(context, `${server.url}/stories/${outcome.id}`);
    const has = { picture: found.tracks.some((track) => track.kind === "video"), sound: found.tracks.some((track) => track.kind === "audio") };
    for (const name of ["dash.js", "Shaka"]) played[name] = await playDash(context, name, outcome.stream.replace(/main\.m3u8$/, "main.mpd"), has);
    for (const [name, { ok, detail }] of Object.entries(played)) if (!ok) problems.push(`${name}: ${detail}`);
  }
  return { problems, words: `${found.tracks.length} tracks, ${end.toFixed(2)} s, source ${source.toFixed(2)} s` };
}

for (const file of files) {
  const name = file.startsWith(options.dir) ? file.slice(options.dir.length + 1) : file;
  const { problems, words } = await check(file).catch((failure) => ({ problems: [failure.message], words: "" }));
  const alive = (await fetch(`${server.url}/healthz`).catch(() => null))?.ok;
  if (!alive) problems.push("the server is gone");
  console.log(`${problems.length ? "FAIL" : "ok  "} ${name}  ${words}${problems.length ? "\n       " + problems.join("\n       ") : ""}`);
  problems.length ? failed++ : passed++;
}
await browser.close();
await server.stop();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
