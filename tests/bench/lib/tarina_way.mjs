// One file through a real server and one worker that has all cores.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { loadStory, upload, Visitor } from "../../browser/lib/people.mjs";
import { stateOf } from "../../../deploy/samples/visitor.mjs";
import { cpuOf, mediaBytes, watchMemory } from "./measure.mjs";

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const textOf = async (url) => {
  const answer = await fetch(url);
  return answer.ok ? answer.text() : "";
};

const rungs = ["v1080", "v720", "v480", "v360"];

/** The tracks whose beginning can be fetched now: what a player is offered, and every rendition. */
async function begunTracks(base) {
  const main = await textOf(`${base}main.m3u8`);
  const offered = [...main.matchAll(/^([a-z0-9-]+)\/index\.m3u8$|URI="([a-z0-9-]+)\/index\.m3u8"/gm)].map((match) => match[1] ?? match[2]);
  const names = [...new Set([...offered, ...rungs])];
  const begun = await Promise.all(names.map(async (name) => (await textOf(`${base}${name}/index.m3u8`)).includes("#EXTINF")));
  const there = new Set(names.filter((_, i) => begun[i]));
  return { there, playable: offered.length > 0 && offered.every((name) => there.has(name)) };
}

/** x264 writes into its first picture how it was set: what the other ways must be set to. */
export function readSettings(folder, name) {
  const opening = readdirSync(join(folder, name)).filter((file) => file.endsWith(".m4s")).sort()[0];
  const options = /options: ([ -~]+)/.exec(readFileSync(join(folder, name, opening), "latin1"))[1];
  const value = (key) => new RegExp(`(?:^| )${key}=(\\S+)`).exec(options)?.[1];
  return { crf: Number(value("crf")), spending: `aq-mode=${value("aq").split(":")[0]}:b-adapt=${value("b_adapt")}:rc-lookahead=${value("rc_lookahead")}:ref=${value("ref")}:trellis=${value("trellis")}`, maxrate: Number(value("vbv_maxrate")), bufsize: Number(value("vbv_bufsize")), gop: Number(value("keyint")), options };
}

function readLadder(folder) {
  const lines = readFileSync(join(folder, "main.m3u8"), "utf8").split("\n");
  const rungs = [];
  lines.forEach((line, i) => {
    const found = /RESOLUTION=(\d+)x(\d+),FRAME-RATE=([\d.]+)/.exec(line);
    if (!found) return;
    const name = lines[i + 1].split("/")[0];
    const rate = found[3].endsWith(".000") ? [Number(found[3]), 1] : [Math.round(Number(found[3]) * 1001), 1001];
    rungs.push({ name, width: Number(found[1]), height: Number(found[2]), rate, ...readSettings(folder, name) });
  });
  const sound = readdirSync(folder).find((name) => /^a\d+$/.test(name));
  return { rungs, sound: sound && { name: sound, kbps: Number(sound.slice(1)), channels: sound === "a96" ? 1 : 2 } };
}

/**
 * {cpu, wall, first, all, memory, bytes}: seconds from the lease of the probe until a player can begin, until
 * the first segment of every rung is there, and until the package is published. `look(folder, ladder)` sees the package before it is removed.
 */
export async function tarinaWay(startServer, file, priority, look = async () => {}) {
  const server = await startServer({ withWorker: false });
  try {
    const staff = new Visitor(server.url);
    await staff.signIn(await server.admin());
    const worker = server.startWorker({ args: ["--priority", priority], stdout: "pipe" });
    let begun;
    let announce;
    const announced = new Promise((resolve) => (announce = resolve));
    createInterface({ input: worker.stdout }).on("line", (line) => {
      if (process.env.TARINA_BENCH_LOG) console.error(line);
      if (/ at a time for /.test(line)) announce();
      if (/probe .*begun/.test(line)) begun ??= performance.now();
    });
    await announced; // its sandbox is proven
    const cpuBefore = cpuOf(worker.pid);
    const memory = watchMemory(worker.pid);
    const seen = new Map(); // track to the time when it could be played
    let first;
    let end;
    let complete = false; // the beginning of everything has been seen
    const follow = async (visitor, mine, bytes) => {
      await upload(visitor, mine, bytes);
      for (;;) {
        const state = await stateOf(visitor, mine);
        if (state.phase === "failed") throw new Error(state.sentence);
        if (state.preview && !complete) {
          const base = new URL(state.preview.replace("main.m3u8", ""), server.url).href;
          const { there, playable } = await begunTracks(base);
          const now = performance.now();
          if (playable) first ??= now;
          for (const name of there) if (!seen.has(name)) seen.set(name, now);
          complete = first !== undefined && seen.has(rungs.at(-1)) && seen.has(rungs[0]);
        }
        if (state.phase === "ready") return (end = performance.now());
        await pause(complete ? 100 : 20); // what is known is not asked again: an idle-priority worker would pay for it
      }
    };
    await loadStory(staff, { file, title: { fi: "Koe" }, summary: {}, description: {}, exemption: "Koevideo", send: follow, publish: false });
    const cpu = cpuOf(worker.pid) - cpuBefore;
    const peak = memory();
    const packages = join(server.data, "media/packages");
    const folder = join(packages, readdirSync(packages).find((name) => existsSync(join(packages, name, "main.m3u8"))));
    const ladder = readLadder(folder);
    await look(folder, ladder);
    const seconds = (time) => (time - begun) / 1000;
    return { cpu, wall: seconds(end), first: seconds(first), all: seconds(Math.max(...ladder.rungs.map(({ name }) => seen.get(name)))), memory: peak, bytes: mediaBytes(folder) };
  } finally {
    await server.stop();
  }
}
