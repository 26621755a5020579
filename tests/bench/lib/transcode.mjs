// Tarina against the best single ffmpeg command that makes the same ladder with the same encoder settings, in alternating
// rounds, and one ffmpeg process a rendition beside them. Prints medians; the last line is JSON.
//   tests/bench/transcode [--quick] [--rounds N] [--dir FOLDER] [--only REGEX] [--beside-load] [FILE…]
// On a machine that is not quiet a worker at its idle priority would wait; --beside-load lets it compete.
import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { oneProcess, processPerRendition } from "./ffmpeg_way.mjs";
import { geometricMean, median, ssim } from "./measure.mjs";
import { readSettings, tarinaWay } from "./tarina_way.mjs";

const root = resolve(new URL("../../..", import.meta.url).pathname);
process.env.TARINA_BUILD_DIR ??= join(root, "build/release");
const { startServer } = await import("../../browser/lib/server.mjs");

const { values: options, positionals } = parseArgs({ allowPositionals: true, options: { quick: { type: "boolean" }, rounds: { type: "string", default: "5" }, dir: { type: "string", default: process.env.TARINA_CLIPS ?? join(root, "../shared/clips") },
  only: { type: "string", default: "." }, "beside-load": { type: "boolean" } } });
const rounds = options.quick ? 1 : Number(options.rounds);
const usual = ["bench/talking_head_1080p30_19s.mp4", "bench/motion_1080p30_10s.mp4", "bench/phone_portrait_hevc_10s.mov"].map((name) => join(options.dir, name));
const files = (positionals.length ? positionals.map((file) => resolve(file)) : usual.filter((file) => new RegExp(options.only).test(file) && existsSync(file))).slice(0, options.quick ? 1 : undefined);
if (files.length === 0) {
  console.error(`no clip in ${options.dir}`);
  process.exit(2);
}

const priority = options["beside-load"] ? "normal" : "idle";
const direct = "ffmpeg, direct scaling";
const cascaded = "ffmpeg, cascaded scaling";
const separate = "ffmpeg a rendition";

/** The settings x264 itself names, without those that only say how the work was spread. */
const essence = (text) => text.split(" ").filter((option) => !/^(threads|lookahead_threads|sliced_threads|stitchable)=/.test(option)).join(" ");

/** Other settings would make the comparison worthless. */
function demandSameSettings(folder, rungs) {
  for (const rung of rungs) {
    const [ours, theirs] = [essence(rung.options), essence(readSettings(folder, rung.name).options)];
    if (ours !== theirs) throw new Error(`${rung.name} is encoded with other settings:\n${ours}\n${theirs}`);
  }
}

async function likenessOf(folder, file, { rungs }) {
  const of = (rung) => ssim(join(folder, rung.name, "index.m3u8"), file, rung);
  return { top: await of(rungs[0]), lowest: await of(rungs.at(-1)) };
}

async function compare(file) {
  const figures = { Tarina: [], [direct]: [], [cascaded]: [], [separate]: [] };
  const likeness = {};
  let ladder;
  for (let round = 0; round < rounds; ++round) {
    const last = round + 1 === rounds;
    const judge = (way) => async (folder) => {
      demandSameSettings(folder, ladder.rungs);
      if (last) likeness[way] = await likenessOf(folder, file, ladder);
    };
    const ways = [
      ["Tarina", async () => {
        return tarinaWay(startServer, file, priority, async (folder, found) => {
          ladder ??= found;
          await judge("Tarina")(folder);
        });
      }],
      [direct, () => oneProcess(file, ladder, false, judge(direct))],
      [cascaded, () => oneProcess(file, ladder, true, judge(cascaded))],
      [separate, () => processPerRendition(file, ladder)],
    ];
    if (round % 2 === 1) ways.reverse(); // no way always runs after the same other one
    for (const [way, measure] of ways) figures[way].push(await measure());
  }
  const medians = Object.fromEntries(Object.entries(figures).map(([way, all]) =>
    [way, Object.fromEntries(["cpu", "wall", "first", "all", "memory", "bytes"].map((key) => [key, median(all.map((one) => one[key]))]))]));
  const best = medians[cascaded].cpu <= medians[direct].cpu ? cascaded : direct;
  return { medians, likeness, best, ladder };
}

function print(file, { medians, likeness, best, ladder }) {
  console.log(`\n${basename(file)}: ${ladder.rungs.map((rung) => `${rung.width}x${rung.height} crf ${rung.crf} ≤${rung.maxrate}k`).join(", ")}${ladder.sound ? `, sound ${ladder.sound.kbps}k` : ""}`);
  console.log(["".padEnd(26), "CPU s", "wall s", "first s", "all rungs s", "MiB peak", "MB made", "SSIM top", "SSIM lowest"].map((head, i) => (i ? head.padStart(12) : head)).join(""));
  for (const [way, m] of Object.entries(medians)) {
    const like = likeness[way];
    console.log([m.cpu.toFixed(2), m.wall.toFixed(2), m.first.toFixed(2), m.all.toFixed(2), (m.memory / 2 ** 20).toFixed(0), (m.bytes / 1e6).toFixed(2), like?.top.toFixed(4) ?? "", like?.lowest.toFixed(4) ?? ""]
      .reduce((line, text) => line + text.padStart(12), `${way}${way === best ? " *" : ""}`.padEnd(26)));
  }
}

const found = [];
for (const file of files) {
  const outcome = await compare(file);
  print(file, outcome);
  const [ours, theirs] = [outcome.medians.Tarina, outcome.medians[outcome.best]];
  const [likeOurs, likeTheirs] = [outcome.likeness.Tarina, outcome.likeness[outcome.best]];
  found.push({ clip: basename(file), cpu_ratio: ours.cpu / theirs.cpu, wall_ratio: ours.wall / theirs.wall, first_segment_ratio: ours.first / theirs.first, all_rungs_ratio: ours.all / theirs.all,
    ssim_delta: Math.min(likeOurs.top - likeTheirs.top, likeOurs.lowest - likeTheirs.lowest), first_segment_s: ours.first });
}
console.log(`\n${rounds} round${rounds === 1 ? "" : "s"}; * is the best single command, which the ratios below refer to; ratios over all clips are geometric means, ssim_delta is the worst.`);
const rounded = (value) => Math.round(value * 10_000) / 10_000;
const mean = (key) => rounded(geometricMean(found.map((clip) => clip[key])));
console.log(JSON.stringify({ cpu_ratio: mean("cpu_ratio"), wall_ratio: mean("wall_ratio"), first_segment_ratio: mean("first_segment_ratio"), all_rungs_ratio: mean("all_rungs_ratio"),
  ssim_delta: rounded(Math.min(...found.map((clip) => clip.ssim_delta))), rounds, clips: found.map((clip) => Object.fromEntries(Object.entries(clip).map(([key, value]) => [key, typeof value === "number" ? rounded(value) : value]))) }));
