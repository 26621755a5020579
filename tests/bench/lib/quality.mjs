// Bytes, SSIM and processor time of a ladder in several settings against fixed bit rates, by ffmpeg with the encoder that
// workers use. Prints a table for transcode/README.md; the last line is JSON.
//   tests/bench/quality [--dir FOLDER] [--seconds N] [--only REGEX] [FILE…]
import { spawn } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { cpuOfEnded, ssim } from "./measure.mjs";

const root = resolve(new URL("../../..", import.meta.url).pathname);
const { values: options, positionals } = parseArgs({ allowPositionals: true, options: { dir: { type: "string", default: process.env.TARINA_CLIPS ?? join(root, "../shared/clips") }, seconds: { type: "string", default: "12" }, only: { type: "string", default: "" } } });
const usual = ["bench/talking_head_1080p30_19s.mp4", "bench/motion_1080p30_10s.mp4"].map((name) => join(options.dir, name));
const files = (positionals.length ? positionals.map((file) => resolve(file)) : usual).filter((file) => existsSync(file));

const rungs = [[1920, 1080, 5000], [1280, 720, 2800], [854, 480, 1400], [640, 360, 800]];
const grid = "keyint=60:min-keyint=60:scenecut=0:open-gop=0";
const capped = (name, preset, topCrf, crf, share, spending = "") => ({ name, of: ([, height, kbps]) => ["-c:v", "libx264", "-preset", preset, "-crf", String(height === 1080 ? topCrf : crf), "-maxrate", `${Math.round(kbps * share)}k`, "-bufsize", `${Math.round(kbps * share * 2)}k`, "-x264-params", grid + spending] });
const hevc = (name, preset, topCrf, crf, share) => ({ name, of: ([, height, kbps]) => ["-c:v", "libx265", "-preset", preset, "-crf", String(height === 1080 ? topCrf : crf), "-x265-params", `${grid}:pools=none:frame-threads=1:log-level=none:vbv-maxrate=${Math.round(kbps * share)}:vbv-bufsize=${Math.round(kbps * share * 2)}`] });
const av1 = (name, preset, topCrf, crf, share) => ({ name, of: ([, height, kbps]) => ["-c:v", "libsvtav1", "-preset", preset, "-crf", String(height === 1080 ? topCrf : crf), "-g", "60", "-svtav1-params", `lp=1:scd=0:irefresh-type=2:mbr=${Math.round(kbps * share)}`] });
// The profiles are those of media/ladder.cpp and transcode/encoder.cpp.
const settings = [
  { name: "veryfast, fixed rates", of: ([, , kbps]) => ["-c:v", "libx264", "-preset", "veryfast", "-b:v", `${kbps}k`, "-maxrate", `${kbps}k`, "-bufsize", `${2 * kbps}k`, "-x264-params", grid] },
  capped("veryfast, CRF 23, caps 1", "veryfast", 23, 23, 1),
  capped("profile fast", "veryfast", 22, 23, 0.88, ":aq-mode=2:b-adapt=0:rc-lookahead=20"),
  capped("profile balanced", "veryfast", 21.5, 23, 0.88, ":aq-mode=2:b-adapt=0:rc-lookahead=30:ref=2:trellis=1"),
  capped("profile small", "medium", 23, 24.5, 0.7, ":aq-mode=2:rc-lookahead=40"),
  hevc("HEVC, balanced", "superfast", 21, 22, 0.8),
  hevc("HEVC, small", "fast", 22, 24, 0.7),
  av1("AV1, balanced", "10", 28, 40, 0.88),
  av1("AV1, small", "8", 30, 42, 0.75),
].filter((setting) => new RegExp(options.only).test(setting.name) || setting.name.endsWith("fixed rates"));

async function measure(file, setting) {
  const folder = await mkdtemp(join(tmpdir(), "tarina-quality-"));
  try {
    const graph = rungs.map(([width, height], i) => `${i === 0 ? "[0:v:0]format=yuv420p," : `[s${i}]`}scale=${width}:${height}:flags=bicubic${i + 1 < rungs.length ? `,split[v${i}][s${i + 1}]` : `[v${i}]`}`).join(";");
    const outputs = rungs.flatMap((rung, i) => ["-map", `[v${i}]`, ...setting.of(rung), join(folder, `${i}.mp4`)]);
    const before = cpuOfEnded();
    const child = spawn("ffmpeg", ["-nostdin", "-v", "error", "-t", options.seconds, "-i", file, "-filter_complex", graph, ...outputs], { stdio: ["ignore", "ignore", "inherit"], env: { ...process.env, SVT_LOG: "-1" } });
    const code = await new Promise((done) => child.once("exit", done));
    if (code !== 0) throw new Error(`ffmpeg ended with ${code}`);
    const cpu = cpuOfEnded() - before;
    const like = (i) => ssim(join(folder, `${i}.mp4`), file, { width: rungs[i][0], height: rungs[i][1], rate: [30, 1] });
    return { cpu, bytes: rungs.reduce((sum, _, i) => sum + statSync(join(folder, `${i}.mp4`)).size, 0), top: await like(0), lowest: await like(3) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const found = [];
for (const file of files) {
  console.log(`\n| ${basename(file)} | CPU s | MB | bytes against fixed | SSIM 1080p (difference) | SSIM 360p (difference) |\n| --- | --- | --- | --- | --- | --- |`);
  let fixed;
  for (const setting of settings) {
    const made = await measure(file, setting);
    fixed ??= made;
    const delta = (key) => `${made[key].toFixed(4)} (${(made[key] - fixed[key]).toFixed(4)})`;
    console.log(`| ${setting.name} | ${made.cpu.toFixed(1)} | ${(made.bytes / 1e6).toFixed(2)} | ${(made.bytes / fixed.bytes).toFixed(2)} | ${delta("top")} | ${delta("lowest")} |`);
    found.push({ clip: basename(file), setting: setting.name, cpu_s: made.cpu, bytes_ratio: made.bytes / fixed.bytes, ssim_top: made.top, ssim_delta: made.top - fixed.top });
  }
}
const round = (value) => (typeof value === "number" ? Math.round(value * 10_000) / 10_000 : value);
console.log(JSON.stringify(found.map((one) => Object.fromEntries(Object.entries(one).map(([key, value]) => [key, round(value)])))));
