// Tarina against nginx over the same files and the same bytes of ranges, in alternating rounds under wrk: requests a second,
// the 99th percentile of latency, and the server's own processor time for each request. Medians; the last line is JSON.
//   tests/bench/serve [--rounds N] [--seconds S] [--connections N] [--only REGEX] [--tls]
// nginx has the same number of workers, sendfile, keep-alive without end and no access log. The ratio of a size is the
// median over rounds of Tarina's figure by nginx's figure of the same round, so that what else the machine does cancels out.
// Both as they come: nginx keeps the system's congestion control, which the last line names, and Tarina asks for Reno on a loopback
// address, as here. Where the system's is BBR that makes a difference; on equal terms, in a network of its own:
//   unshare -n sh -c "ip link set lo up && sysctl -qw net.ipv4.tcp_congestion_control=reno && exec tests/bench/serve"
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs, promisify } from "node:util";
import { cpuOf, median } from "./measure.mjs";
import { prepareTls, startNginx } from "./nginx.mjs";

const run = promisify(execFile);
const root = resolve(new URL("../../..", import.meta.url).pathname);
process.env.TARINA_BUILD_DIR ??= join(root, "build/release");
const { startServer } = await import("../../browser/lib/server.mjs");
const { Visitor } = await import("../../browser/lib/people.mjs");
const { publishMadeUp } = await import("./made_up.mjs");

const { values: options } = parseArgs({ options: { rounds: { type: "string", default: "7" }, seconds: { type: "string", default: "4" }, connections: { type: "string", default: "32" }, only: { type: "string", default: "." }, tls: { type: "boolean", default: false } } });
if (!existsSync(join(process.env.TARINA_BUILD_DIR, "server/tarina-server"))) throw new Error("build tarina-server with the preset release first");
const [rounds, seconds, connections] = [options.rounds, options.seconds, options.connections].map(Number);
const threads = cpus().length;

const kinds = [
  { name: "4k", bytes: 4 << 10, file: 0 },
  { name: "200k", bytes: 200 << 10, file: 1 },
  { name: "1m", bytes: 1 << 20, file: 2 },
  { name: "4m", bytes: 4 << 20, file: 3 },
  { name: "range", bytes: 200 << 10, file: 3, range: [1 << 20, (1 << 20) + (200 << 10) - 1] },
].filter(({ name }) => new RegExp(options.only).test(name));
const sizes = [4 << 10, 200 << 10, 1 << 20, 4 << 20];

const folder = await mkdtemp(join(tmpdir(), "tarina-serve-"));
const script = join(folder, "report.lua");
await writeFile(script, `done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('{"requests":%d,"us":%d,"bytes":%d,"p99_us":%d,"wrong":%d}\\n', summary.requests, summary.duration, summary.bytes,
    latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end`);

async function wrk(url, kind, time) {
  const header = kind.range ? ["-H", `Range: bytes=${kind.range[0]}-${kind.range[1]}`] : [];
  const { stdout } = await run("wrk", ["-t", String(threads), "-c", String(connections), "-d", `${time}s`, ...header, "-s", script, url]);
  return JSON.parse(stdout.slice(stdout.lastIndexOf("{")));
}

/** Figures of one server for one kind; `pids`: all of its processes. */
async function measure(url, kind, pids) {
  await wrk(url, kind, 0.5 < seconds ? 1 : seconds); // windows open, caches full
  const before = pids.reduce((sum, pid) => sum + cpuOf(pid), 0);
  const told = await wrk(url, kind, seconds);
  const cpu = pids.reduce((sum, pid) => sum + cpuOf(pid), 0) - before;
  if (told.wrong > 0 || told.bytes < told.requests * kind.bytes * 0.9) throw new Error(`${url}: ${JSON.stringify(told)}`);
  return { rps: (told.requests / told.us) * 1e6, p99: told.p99_us / 1000, cpu: (cpu / told.requests) * 1e6 };
}

const over = options.tls ? await prepareTls(folder) : {};
const site = await startServer({ withWorker: false, config: { connections_per_address: 100_000, io_threads: threads, ...over.config } });
const nginx = await startNginx({ folder, workers: threads, tls: over.tls });
const ours = over.url ?? site.url;
try {
  const staff = new Visitor(site.url);
  await staff.signIn(await site.admin());
  const story = await publishMadeUp(site, staff, 24, (track, index) => (track === "v360" && sizes[index]) || 1000);
  const packages = join(site.data, "media/packages");
  nginx.serve(join(packages, (await readdir(packages))[0]));
  const ways = {
    nginx: { base: `${nginx.url}/`, pids: () => nginx.workers() },
    Tarina: { base: ours + story.stream, pids: () => [site.process.pid] },
    "Tarina, signed": { base: ours + story.preview, pids: () => [site.process.pid] },
  };
  const figures = Object.fromEntries(kinds.map(({ name }) => [name, Object.fromEntries(Object.keys(ways).map((way) => [way, []]))]));
  for (let round = 0; round < rounds; ++round)
    for (const kind of kinds) {
      const order = Object.entries(ways);
      if (round % 2 === 1) order.reverse();
      for (const [name, way] of order) figures[kind.name][name].push(await measure(`${way.base}v360/0000${kind.file + 1}.m4s`, kind, way.pids()));
    }

  console.log(["".padEnd(24), "req/s", "p99 ms", "CPU us"].map((head, i) => (i ? head.padStart(12) : head)).join(""));
  for (const { name } of kinds)
    for (const way of Object.keys(ways)) {
      const of = (key) => median(figures[name][way].map((one) => one[key]));
      console.log([of("rps").toFixed(0), of("p99").toFixed(2), of("cpu").toFixed(2)].reduce((line, text) => line + text.padStart(12), `${name} ${way}`.padEnd(24)));
    }
  const ratio = (name, key, ours, theirs) => median(figures[name][ours].map((one, round) => one[key] / figures[name][theirs][round][key]));
  const rounded = (value) => Math.round(value * 1000) / 1000;
  const outcome = Object.fromEntries(kinds.map(({ name }) => [`cpu_ratio_${name}`, rounded(ratio(name, "cpu", "Tarina", "nginx"))]));
  outcome.rps_ratio_min = rounded(Math.min(...kinds.map(({ name }) => ratio(name, "rps", "Tarina", "nginx"))));
  outcome.private_cost = rounded(median(kinds.map(({ name }) => ratio(name, "cpu", "Tarina, signed", "Tarina"))));
  console.log(`\n${rounds} rounds of ${seconds} s, ${threads} threads, ${connections} connections. private_cost: processor time behind a signed address by that of an open one.`);
  console.log(JSON.stringify({ ...outcome, rounds, tls: options.tls, congestion_control: { nginx: readFileSync("/proc/sys/net/ipv4/tcp_congestion_control", "utf8").trim(), tarina: "reno" } }));
} finally {
  await nginx.stop();
  await site.stop();
  await rm(folder, { recursive: true, force: true });
}
