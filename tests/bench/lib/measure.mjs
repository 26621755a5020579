// What processes cost, as /proc says, and what pictures lost.
import { execFile } from "node:child_process";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const ticks = 100; // USER_HZ: a constant of Linux

function stat(pid) {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  return text.slice(text.lastIndexOf(")") + 2).split(" ").map(Number);
}

/** Processor seconds of a process and of its children that have ended. */
export const cpuOf = (pid) => stat(pid).slice(11, 15).reduce((sum, value) => sum + value, 0) / ticks;
/** Processor seconds of our own children that have ended. */
export const cpuOfEnded = () => stat("self").slice(13, 15).reduce((sum, value) => sum + value, 0) / ticks;

function residentBytes(pid) {
  try {
    const own = Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) * 4096;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean);
    return children.reduce((sum, child) => sum + residentBytes(child), own);
  } catch {
    return 0; // it has ended
  }
}

/** Looks at the memory of a process and its children every 50 ms; the returned function ends that and gives the peak in bytes. */
export function watchMemory(pid) {
  let peak = 0;
  const timer = setInterval(() => (peak = Math.max(peak, residentBytes(pid))), 50);
  return () => (clearInterval(timer), peak);
}

export function median(values) {
  const sorted = values.filter((value) => value !== undefined).sort((a, b) => a - b);
  return sorted.length === 0 ? NaN : (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

export const geometricMean = (values) => Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

/** Bytes of all media files below a folder. */
export function mediaBytes(folder) {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sum + (entry.name === "stills" ? 0 : mediaBytes(path));
    return sum + (/\.(mp4|m4s)$/.test(entry.name) ? statSync(path).size : 0);
  }, 0);
}

/** SSIM of a playlist's pictures against the source scaled to their size, picture by picture. */
export async function ssim(playlist, source, { width, height, rate }) {
  const count = `settb=expr=${rate[1]}/${rate[0]},setpts=N`;
  const graph = `[1:v:0]scale=${width}:${height}:flags=bicubic,format=yuv420p,${count}[source];[0:v:0]${count}[made];[made][source]ssim=shortest=1`;
  const { stderr } = await run("ffmpeg", ["-nostdin", "-v", "info", "-i", playlist, "-i", source, "-lavfi", graph, "-f", "null", "-"], { maxBuffer: 64 << 20 });
  return Number(/SSIM Y.* All:([\d.]+)/.exec(stderr)[1]);
}
