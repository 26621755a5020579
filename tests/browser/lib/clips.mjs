// Small videos made on the spot, so that tests need nothing that is not in the repository.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { root } from "./server.mjs";

const run = promisify(execFile);

/** An H.264/AAC clip of a moving pattern and a tone; kept in build/ for the next run. */
export async function clip({ width = 640, height = 360, seconds = 14, sound = true } = {}) {
  const folder = join(root, "build/clips");
  const file = join(folder, `${width}x${height}-${seconds}${sound ? "" : "-silent"}.mp4`);
  if (existsSync(file)) return file;
  await mkdir(folder, { recursive: true });
  const audio = sound ? ["-f", "lavfi", "-i", `sine=frequency=330:duration=${seconds}`, "-c:a", "aac", "-shortest"] : [];
  await run("ffmpeg", ["-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", `testsrc2=size=${width}x${height}:rate=25:duration=${seconds}`, ...audio, "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", file]);
  return file;
}

/** WebVTT with one line every `every` seconds. */
export function subtitles(lines, every = 3) {
  const stamp = (s) => `00:${String(Math.floor(s / 60)).padStart(2, "0")}:${String(s % 60).padStart(2, "0")}.000`;
  return "WEBVTT\n\n" + lines.map((line, i) => `${stamp(i * every)} --> ${stamp((i + 1) * every)}\n${line}\n`).join("\n");
}
