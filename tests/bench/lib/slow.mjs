// slowhttptest's slow heads (-H), slow bodies (-B) and slow readers (-X) against Tarina, and a healthy visitor beside them.
//   tests/bench/slow [--connections N] [--only HBX]
// Demanded: the visitor's 99th percentile stays under a second, and the slow ones are closed when their deadlines end.
// The cap of connections from one address, which would end this at once, is lifted. The last line is JSON.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

const root = resolve(new URL("../../..", import.meta.url).pathname);
process.env.TARINA_BUILD_DIR ??= join(root, "build/release");
const { startServer } = await import("../../browser/lib/server.mjs");
const { Visitor } = await import("../../browser/lib/people.mjs");
const { publishMadeUp } = await import("./made_up.mjs");

const { values: options } = parseArgs({ options: { connections: { type: "string", default: "1000" }, only: { type: "string", default: "HBX" } } });
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

const site = await startServer({ withWorker: false, config: { connections_per_address: 100_000 } });
const gauge = async (name) => Number(new RegExp(`^${name} (\\d+)`, "m").exec(await (await fetch(`${site.url}/metrics`)).text())[1]);

/** Asks for a page on a new connection again and again until `stop.now`; gives the times in ms. */
async function probe(stop) {
  const times = [];
  while (!stop.now) {
    const began = performance.now();
    const answer = await fetch(`${site.url}/healthz`, { headers: { connection: "close" } });
    await answer.arrayBuffer();
    if (answer.status !== 200) throw new Error(`the healthy visitor got ${answer.status}`);
    times.push(performance.now() - began);
    await pause(20);
  }
  return times.sort((a, b) => a - b);
}

/** `args`: of slowhttptest; `seconds`: what it may last, longer than the server's deadline for such peers. */
async function attack(name, args, seconds) {
  const stop = { now: false };
  const probing = probe(stop);
  const child = spawn("slowhttptest", ["-c", options.connections, "-r", "500", "-l", String(seconds), "-p", "5", ...args], { stdio: "ignore" });
  const gone = once(child, "exit");
  let most = 0;
  const began = performance.now();
  while (child.exitCode === null && performance.now() - began < (seconds - 3) * 1000) {
    most = Math.max(most, await gauge("tarina_connections_open"));
    await pause(250);
  }
  const left = await gauge("tarina_connections_open"); // with the visitor's own
  child.kill("SIGINT");
  await gone;
  stop.now = true;
  const times = await probing;
  const outcome = { most, left, p99_ms: Math.round(times[Math.floor(times.length * 0.99)] * 10) / 10, worst_ms: Math.round(times.at(-1) * 10) / 10, probes: times.length };
  console.log(`${name}: ${outcome.most} connections at most, ${left} after ${Math.round((performance.now() - began) / 1000)} s; the healthy visitor's p99 ${outcome.p99_ms} ms, worst ${outcome.worst_ms} ms of ${times.length}`);
  return outcome;
}

try {
  const staff = new Visitor(site.url);
  await staff.signIn(await site.admin());
  const story = await publishMadeUp(site, staff, 24, () => 4 << 20);
  const attacks = {
    // A head a few bytes every three seconds: the head's deadline is ten.
    H: [["-H", "-i", "3", "-u", site.url], 30],
    // A body of 8 KB a few bytes every three seconds: it must average 512 bytes a second after thirty of waiting.
    B: [["-B", "-i", "3", "-s", "8192", "-u", `${site.url}/sign-in`], 60],
    // Reads 32 bytes every five seconds from a window of 10 to 20 bytes: the answer must average 512 bytes a second after sixty.
    X: [["-X", "-n", "5", "-z", "32", "-w", "10", "-y", "20", "-k", "1", "-u", `${site.url}${story.stream}v360/00001.m4s`], 90],
  };
  const outcomes = {};
  for (const [name, [args, seconds]] of Object.entries(attacks)) if (options.only.includes(name)) outcomes[name] = await attack(`slowhttptest -${name}`, args, seconds);
  console.log(JSON.stringify(outcomes));
  if (Object.values(outcomes).some((one) => !(one.p99_ms < 1000) || one.left > 20)) process.exitCode = 1;
} finally {
  await site.stop();
}
