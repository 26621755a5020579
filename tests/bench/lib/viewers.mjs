// Viewers at their real pace; see viewer.mjs.
//   tests/bench/viewers [--viewers N] [--minutes M]
// The last line is JSON.
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { cpuOf } from "./measure.mjs";
import { Audience } from "./viewer.mjs";

const root = resolve(new URL("../../..", import.meta.url).pathname);
process.env.TARINA_BUILD_DIR ??= join(root, "build/release");
const { startServer } = await import("../../browser/lib/server.mjs");
const { Visitor } = await import("../../browser/lib/people.mjs");
const { publishMadeUp } = await import("./made_up.mjs");

const { values: options } = parseArgs({ options: { viewers: { type: "string", default: "1000" }, minutes: { type: "string", default: "10" } } });
const [viewers, minutes] = [options.viewers, options.minutes].map(Number);
const kilobytes = { v360: 150, v480: 300, v720: 600, v1080: 1200, a128: 96 };
const audience = new Audience({ latencies: true });
const { seen, latencies } = audience;

const site = await startServer({ withWorker: false, config: { connections_per_address: 100_000 } });
try {
  const staff = new Visitor(site.url);
  await staff.signIn(await site.admin());
  const story = await publishMadeUp(site, staff, 120, (track) => (kilobytes[track] ?? 300) * 1024);
  const before = cpuOf(site.process.pid);
  const began = performance.now();
  await Promise.all(Array.from({ length: viewers }, () => audience.view(site.url + story.stream, began + minutes * 60_000)));
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
