// Viewers at their real pace: each reads the playlists, then one segment every six seconds and at most three ahead; after
// each segment one in twenty takes another rendition. A stall is a segment that came after its time to be shown.
//   tests/bench/viewers [--viewers N] [--minutes M]
// The last line is JSON.
import { Agent, get } from "node:http";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { cpuOf } from "./measure.mjs";

const root = resolve(new URL("../../..", import.meta.url).pathname);
process.env.TARINA_BUILD_DIR ??= join(root, "build/release");
const { startServer } = await import("../../browser/lib/server.mjs");
const { Visitor } = await import("../../browser/lib/people.mjs");
const { publishMadeUp } = await import("./made_up.mjs");

const { values: options } = parseArgs({ options: { viewers: { type: "string", default: "1000" }, minutes: { type: "string", default: "10" } } });
const [viewers, minutes] = [options.viewers, options.minutes].map(Number);
const segment = 6000; // ms
const ahead = 3;
const changing = 0.05;
const kilobytes = { v360: 150, v480: 300, v720: 600, v1080: 1200, a128: 96 };

const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const seen = { requests: 0, bytes: 0, stalls: 0, server_errors: 0, other_errors: 0 };
const latencies = [];

/** Gives the text, or the number of bytes when `text` is false. */
function fetchFrom(agent, url, text = false) {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    get(url, { agent }, (answer) => {
      ++seen.requests;
      if (answer.statusCode >= 500) ++seen.server_errors;
      else if (answer.statusCode !== 200) ++seen.other_errors;
      let bytes = 0;
      const parts = [];
      answer.on("data", (part) => {
        bytes += part.length;
        if (text) parts.push(part);
      });
      answer.on("error", reject);
      answer.on("end", () => {
        if (bytes !== Number(answer.headers["content-length"])) ++seen.other_errors;
        latencies.push(performance.now() - began);
        seen.bytes += bytes;
        resolve(text ? Buffer.concat(parts).toString() : bytes);
      });
    }).on("error", reject);
  });
}

const lines = (playlist, pattern) => playlist.split("\n").filter((line) => pattern.test(line));

async function view(base, until) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    await pause(Math.random() * segment);
    const renditions = lines(await fetchFrom(agent, `${base}main.m3u8`, true), /^v[^#]*index\.m3u8$/);
    const lists = new Map();
    const choose = async () => {
      const one = renditions[Math.floor(Math.random() * renditions.length)];
      const folder = `${base}${one.replace("index.m3u8", "")}`;
      if (!lists.has(one)) {
        lists.set(one, lines(await fetchFrom(agent, base + one, true), /\.m4s$/));
        await fetchFrom(agent, `${folder}init.mp4`);
      }
      return lists.get(one).map((name) => folder + name);
    };
    let segments = await choose();
    let start;
    for (let i = 0; performance.now() < until; ++i) {
      if (start !== undefined) await pause(Math.max(0, start + (i - ahead) * segment - performance.now()));
      if (Math.random() < changing) segments = await choose();
      await fetchFrom(agent, segments[i % segments.length]);
      start ??= performance.now();
      if (performance.now() > start + i * segment + 1) ++seen.stalls;
    }
  } catch (failure) {
    ++seen.other_errors;
    console.error(failure.message);
  } finally {
    agent.destroy();
  }
}

const site = await startServer({ withWorker: false, config: { connections_per_address: 100_000 } });
try {
  const staff = new Visitor(site.url);
  await staff.signIn(await site.admin());
  const story = await publishMadeUp(site, staff, 120, (track) => (kilobytes[track] ?? 300) * 1024);
  const before = cpuOf(site.process.pid);
  const began = performance.now();
  await Promise.all(Array.from({ length: viewers }, () => view(site.url + story.stream, began + minutes * 60_000)));
  const wall = (performance.now() - began) / 1000;
  const cpu = cpuOf(site.process.pid) - before;
  latencies.sort((a, b) => a - b);
  const p99 = latencies[Math.floor(latencies.length * 0.99)];
  console.log(`${viewers} viewers for ${minutes} min: ${seen.requests} requests, ${(seen.bytes / 1e9).toFixed(1)} GB, ${((seen.bytes * 8) / wall / 1e9).toFixed(2)} Gb/s; the server used ${((cpu / wall) * 100).toFixed(1)} % of one core.`);
  console.log(JSON.stringify({ viewers, minutes, ...seen, p99_ms: Math.round(p99 * 10) / 10, cpu_seconds: Math.round(cpu * 100) / 100 }));
  if (seen.stalls + seen.server_errors + seen.other_errors > 0) process.exitCode = 1;
} finally {
  await site.stop();
}
