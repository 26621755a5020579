// One long story over one worker and over two, each kept to a core of its own, in alternating rounds. Prints the seconds
// from the lease of the probe to the story being ready; the last line is JSON.
//   tests/bench/scaling [--minutes N] [--height N] [--rounds N] [FILE]
// Without a file a film of that length is made by repeating the bench clip of a talking head.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename } from "node:fs/promises";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs, promisify } from "node:util";
import { loadStory, upload, Visitor } from "../../browser/lib/people.mjs";
import { stateOf } from "../../../deploy/samples/visitor.mjs";
import { cpuOf, median } from "./measure.mjs";

const root = resolve(new URL("../../..", import.meta.url).pathname);
process.env.TARINA_BUILD_DIR ??= join(root, "build/release");
const { startServer } = await import("../../browser/lib/server.mjs");
const { values: options, positionals } = parseArgs({ allowPositionals: true, options: { minutes: { type: "string", default: "10" }, height: { type: "string", default: "480" }, rounds: { type: "string", default: "1" } } });
const run = promisify(execFile);
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

async function longFilm() {
  const source = join(process.env.TARINA_CLIPS ?? join(root, "../shared/clips"), "bench/talking_head_1080p30_19s.mp4");
  if (!existsSync(source)) throw new Error(`no ${source}; name a film`);
  const film = join(root, `build/clips/talk-${options.minutes}min-${options.height}.mp4`);
  if (existsSync(film)) return film;
  await mkdir(join(root, "build/clips"), { recursive: true });
  const [short, part] = [`${film}.short.mp4`, `${film}.part.mp4`];
  await run("ffmpeg", ["-nostdin", "-v", "error", "-y", "-i", source, "-vf", `scale=-2:${options.height}`, "-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-c:a", "aac", short]);
  await run("ffmpeg", ["-nostdin", "-v", "error", "-y", "-stream_loop", "-1", "-i", short, "-t", String(60 * options.minutes), "-c", "copy", part]);
  await rename(part, film);
  return film;
}

/** {wall, cpu} in seconds. */
async function measure(film, workers) {
  const server = await startServer({ withWorker: false, config: { upload_max_bytes: 8 * 2 ** 30 } });
  try {
    const staff = new Visitor(server.url);
    await staff.signIn(await server.admin());
    let begun;
    const started = [];
    const ready = [];
    for (let n = 0; n < workers; ++n) {
      const worker = server.startWorker({ args: ["--priority", "normal"], jobs: 1, stdout: "pipe", core: n });
      started.push(worker);
      ready.push(new Promise((done) => createInterface({ input: worker.stdout }).on("line", (line) => {
        if (/ at a time for /.test(line)) done();
        if (/probe .*begun/.test(line)) begun ??= performance.now();
      })));
    }
    await Promise.all(ready);
    const before = started.map(({ pid }) => cpuOf(pid));
    let end;
    const follow = async (visitor, mine, bytes) => {
      await upload(visitor, mine, bytes);
      for (;;) {
        const state = await stateOf(visitor, mine);
        if (state.phase === "failed") throw new Error(state.sentence);
        if (state.phase === "ready") return (end = performance.now());
        await pause(200);
      }
    };
    await loadStory(staff, { file: film, title: { fi: "Koe" }, summary: {}, description: {}, exemption: "Koevideo", send: follow, publish: false });
    return { wall: (end - begun) / 1000, cpu: started.reduce((sum, { pid }, n) => sum + cpuOf(pid) - before[n], 0) };
  } finally {
    await server.stop();
  }
}

const film = positionals[0] ? resolve(positionals[0]) : await longFilm();
console.log(`${film.split("/").at(-1)}, ${((await readFile(film)).length / 1e6).toFixed(0)} MB`);
const found = { 1: [], 2: [] };
for (let round = 0; round < Number(options.rounds); ++round) {
  for (const workers of round % 2 ? [2, 1] : [1, 2]) {
    const one = await measure(film, workers);
    found[workers].push(one);
    console.log(`${workers} worker${workers > 1 ? "s" : ""}: ${one.wall.toFixed(1)} s, ${one.cpu.toFixed(1)} s of processor`);
  }
}
const wall = (workers) => median(found[workers].map((one) => one.wall));
console.log(JSON.stringify({ speed_up: Math.round((wall(1) / wall(2)) * 1000) / 1000, one_worker_s: Math.round(wall(1) * 10) / 10, two_workers_s: Math.round(wall(2) * 10) / 10 }));
