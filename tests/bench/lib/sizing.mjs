// What a minute of film takes, for whoever buys the machine: each film goes through the real upload and one worker alone.
//   tests/bench/sizing [--minutes M] [--dir CLIPS] [FILM...]
// Films given are taken as they are; without any, the usual ones of CLIPS are repeated until they last M minutes (3). The last
// line is JSON: for each film megabytes of the original and of all its streams, stills and the download, and the worker's
// processor seconds, each per minute of film, and the peak of the worker's memory in megabytes with all its processes.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, extname, join, resolve } from "node:path";
import { parseArgs, promisify } from "node:util";
import { cpuOf, watchMemory } from "./measure.mjs";

const root = resolve(new URL("../../..", import.meta.url).pathname);
process.env.TARINA_BUILD_DIR ??= join(root, "build/release");
const { startServer } = await import("../../browser/lib/server.mjs");
const { Visitor, personalLink, signedIn, untilReady, upload } = await import("../../browser/lib/people.mjs");

const run = promisify(execFile);
const { values: options, positionals: given } = parseArgs({
  allowPositionals: true,
  options: { minutes: { type: "string", default: "3" }, dir: { type: "string", default: join(root, "../shared/clips") } },
});
const usual = ["bench/talking_head_1080p30_19s.mp4", "bench/phone_portrait_hevc_10s.mov", "bench/motion_1080p30_10s.mp4"];
const folder = await mkdtemp(join(tmpdir(), "tarina-sizing-"));

async function secondsOf(film) {
  const { stdout } = await run("ffprobe", ["-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", film]);
  return Number(stdout);
}

/** The same film over and over, nothing encoded anew. */
async function longer(film) {
  const long = join(folder, basename(film));
  await run("ffmpeg", ["-v", "error", "-stream_loop", "-1", "-i", film, "-map", "0:v:0", "-map", "0:a:0?", "-c", "copy", "-t", String(Number(options.minutes) * 60), long]);
  return long;
}

const bytesBelow = async (path) => Number((await run("du", ["-sb", path])).stdout.split("\t")[0]);

async function measure(film) {
  const site = await startServer({ withWorker: false });
  try {
    const staff = await signedIn(site);
    const worker = site.startWorker();
    const [before, peak] = [cpuOf(worker.pid), watchMemory(worker.pid)];
    const visitor = new Visitor(site.url);
    const mine = await personalLink(site, staff);
    await upload(visitor, mine, await readFile(film), `film${extname(film)}`);
    await untilReady(visitor, mine);
    const minutes = (await secondsOf(film)) / 60;
    const per = (value) => Math.round((value / minutes) * 10) / 10;
    const made = { film: basename(film), original_mb: per((await stat(film)).size / 1e6), streams_mb: per((await bytesBelow(join(site.data, "media/packages"))) / 1e6), cpu_seconds: per(cpuOf(worker.pid) - before), peak_mb: Math.round(peak() / 1e6) };
    console.log(`${made.film}: a minute takes ${made.original_mb} MB as it came and ${made.streams_mb} MB as streams, and ${made.cpu_seconds} s of processor; the worker held up to ${made.peak_mb} MB.`);
    return made;
  } finally {
    await site.stop();
  }
}

try {
  const films = given.length > 0 ? given : await Promise.all(usual.map((name) => longer(join(options.dir, name))));
  const all = [];
  for (const film of films) all.push(await measure(film));
  console.log(JSON.stringify(all));
} finally {
  await rm(folder, { recursive: true, force: true });
}
