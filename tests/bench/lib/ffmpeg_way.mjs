// The same ladder by the ffmpeg command line: one process with one decode, or one process a rendition.
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cpuOfEnded, mediaBytes, watchMemory } from "./measure.mjs";

const x264 = (rung, at) => [`-c:v:${at}`, "libx264", `-preset:v:${at}`, "veryfast", `-profile:v:${at}`, "high", `-crf:v:${at}`, String(rung.crf),
  `-maxrate:v:${at}`, `${rung.maxrate}k`, `-bufsize:v:${at}`, `${rung.bufsize}k`, `-x264-params:v:${at}`, `keyint=${rung.gop}:min-keyint=${rung.gop}:scenecut=0:open-gop=0:${rung.spending}`];
const aac = (sound) => ["-map", "0:a:0", "-c:a", "aac", "-b:a", `${sound.kbps}k`, "-ac", String(sound.channels), "-ar", "48000"];
const hls = (folder, streams) => ["-map_metadata", "-1", "-f", "hls", "-hls_time", "6", "-hls_segment_type", "fmp4", "-hls_playlist_type", "event", "-hls_flags", "independent_segments+temp_file",
  "-var_stream_map", streams.join(" "), "-master_pl_name", "main.m3u8", "-hls_segment_filename", join(folder, "%v/%05d.m4s"), join(folder, "%v/index.m3u8")];
const scale = (rung) => `scale=${rung.width}:${rung.height}:flags=bicubic`;

/** Every size from the picture itself, or each from the next larger one. */
function filters(rungs, cascaded) {
  const last = rungs.length - 1;
  if (last === 0) return `[0:v:0]${scale(rungs[0])},format=yuv420p[v0]`;
  if (!cascaded) return `[0:v:0]format=yuv420p,split=${rungs.length}${rungs.map((_, i) => `[s${i}]`).join("")};${rungs.map((rung, i) => `[s${i}]${scale(rung)}[v${i}]`).join(";")}`;
  return rungs.map((rung, i) => `${i === 0 ? "[0:v:0]format=yuv420p," : `[s${i}]`}${scale(rung)}${i < last ? `,split[v${i}][s${i + 1}]` : `[v${i}]`}`).join(";");
}

function oneCommand(file, ladder, folder, cascaded) {
  const { rungs, sound } = ladder;
  return ["-i", file, "-filter_complex", filters(rungs, cascaded), ...rungs.flatMap((rung, i) => ["-map", `[v${i}]`, ...x264(rung, i)]), ...(sound ? aac(sound) : []),
    ...hls(folder, [...rungs.map((rung, i) => `v:${i},${sound ? "agroup:a," : ""}name:${rung.name}`), ...(sound ? [`a:0,agroup:a,name:${sound.name}`] : [])])];
}

function commandOfRung(file, rung, sound, folder) {
  return ["-i", file, "-map", "0:v:0", "-vf", `${scale(rung)},format=yuv420p`, ...x264(rung, 0), ...(sound ? aac(sound) : []),
    ...hls(folder, [`v:0,${sound ? "agroup:a," : ""}name:${rung.name}`, ...(sound ? [`a:0,agroup:a,name:${sound.name}`] : [])])];
}

/** Runs commands one after another; the same figures as tarinaWay. */
async function measure(commands, ladder, folder) {
  const wanted = [...ladder.rungs.map(({ name }) => name), ...(ladder.sound ? [ladder.sound.name] : [])];
  for (const name of wanted) mkdirSync(join(folder, name), { recursive: true });
  const seen = new Map();
  const begun = performance.now();
  const look = setInterval(() => {
    for (const name of wanted) {
      if (seen.has(name)) continue;
      try {
        if (readFileSync(join(folder, name, "index.m3u8"), "utf8").includes("#EXTINF")) seen.set(name, performance.now());
      } catch {
        // not yet
      }
    }
  }, 10);
  const cpuBefore = cpuOfEnded();
  let peak = 0;
  for (const command of commands) {
    const child = spawn("ffmpeg", ["-nostdin", "-y", "-v", "error", ...command], { stdio: ["ignore", "ignore", "inherit"] });
    const memory = watchMemory(child.pid);
    const code = await new Promise((resolve) => child.once("exit", resolve));
    peak = Math.max(peak, memory());
    if (code !== 0) throw new Error(`ffmpeg ended with ${code}`);
  }
  const end = performance.now();
  await new Promise((resolve) => setTimeout(resolve, 30)); // the last look
  clearInterval(look);
  const seconds = (time) => (time - begun) / 1000;
  const videos = ladder.rungs.map(({ name }) => seen.get(name) ?? end);
  const sound = ladder.sound ? (seen.get(ladder.sound.name) ?? end) : begun;
  return { cpu: cpuOfEnded() - cpuBefore, wall: seconds(end), first: seconds(Math.max(sound, Math.min(...videos))), all: seconds(Math.max(sound, ...videos)), memory: peak, bytes: mediaBytes(folder) };
}

async function inFolder(act) {
  const folder = await mkdtemp(join(tmpdir(), "tarina-bench-"));
  try {
    return await act(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export const oneProcess = (file, ladder, cascaded, look = async () => {}) => inFolder(async (folder) => {
  const figures = await measure([oneCommand(file, ladder, folder, cascaded)], ladder, folder);
  await look(folder);
  return figures;
});

/** Lowest first, sound with it. */
export const processPerRendition = (file, ladder) => inFolder((folder) =>
  measure([...ladder.rungs].reverse().map((rung, i) => commandOfRung(file, rung, i === 0 ? ladder.sound : undefined, folder)), ladder, folder));
