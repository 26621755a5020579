// Memory of idle keep-alive connections: each has fetched one segment and stays. Tarina and nginx, one after the other.
//   tests/bench/idle [--connections N] [--tls]
// User memory is what the server's own pages grew by (anonymous resident pages), so the kernel's socket buffers are not in it.
// The last line is JSON: bytes each.
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import { once } from "node:events";
import { cpus, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { prepareTls, startNginx } from "./nginx.mjs";

const root = resolve(new URL("../../..", import.meta.url).pathname);
process.env.TARINA_BUILD_DIR ??= join(root, "build/release");
const { startServer } = await import("../../browser/lib/server.mjs");
const { Visitor } = await import("../../browser/lib/people.mjs");
const { publishMadeUp } = await import("./made_up.mjs");

const { values: options } = parseArgs({ options: { connections: { type: "string", default: "10000" }, tls: { type: "boolean", default: false } } });
const count = Number(options.connections);

async function anonymousBytes(pids) {
  let sum = 0;
  for (const pid of pids) sum += Number(/RssAnon:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, "utf8"))[1]) * 1024;
  return sum;
}

/** A connection that has fetched `path` and then says nothing; rejects when it is not answered with 200. */
function idleConnection(url, path) {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = (options.tls ? connectTls : connect)({ host: hostname, port: Number(port), rejectUnauthorized: false }, () => socket.write(`GET ${path} HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`));
    let seen = "";
    let left = -1;
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("closed before it was answered")));
    socket.on("data", (bytes) => {
      seen += bytes.toString("latin1");
      const end = seen.indexOf("\r\n\r\n");
      if (end < 0) return;
      if (!seen.startsWith("HTTP/1.1 200")) return reject(new Error(seen.slice(0, 100)));
      left = Number(/content-length: (\d+)/i.exec(seen)[1]) - (seen.length - end - 4);
      if (left === 0) resolve(socket);
    });
  });
}

async function grown(name, url, path, pids) {
  for (let i = 0; i < 8; ++i) (await idleConnection(url, path)).destroy(); // whatever is made once
  const sockets = [];
  const open = async (wanted) => {
    while (sockets.length < wanted) sockets.push(...(await Promise.all(Array.from({ length: Math.min(200, wanted - sockets.length) }, () => idleConnection(url, path)))));
    return anonymousBytes(pids());
  };
  // The first ones take memory that was used and freed before: the rest shows what one costs.
  const half = Math.floor(count / 2);
  const before = await open(half);
  const bytes = ((await open(count)) - before) / (count - half);
  if (sockets.some((socket) => socket.destroyed)) throw new Error(`${name} closed idle connections`);
  for (const socket of sockets) socket.destroy();
  await Promise.all(sockets.map((socket) => socket.closed || once(socket, "close")));
  console.log(`${name.padEnd(10)}${bytes.toFixed(0).padStart(8)} bytes each, ${count} connections`);
  return Math.round(bytes);
}

const folder = await mkdtemp(join(tmpdir(), "tarina-idle-"));
const over = options.tls ? await prepareTls(folder) : {};
const site = await startServer({ withWorker: false, config: { connections_per_address: 100_000, idle_timeout_seconds: 600, ...over.config } });
const nginx = await startNginx({ folder, workers: cpus().length, connections: 16384, tls: over.tls });
try {
  const staff = new Visitor(site.url);
  await staff.signIn(await site.admin());
  const story = await publishMadeUp(site, staff, 24, () => 1000);
  const packages = join(site.data, "media/packages");
  nginx.serve(join(packages, (await readdir(packages))[0]));
  const tarina = await grown("Tarina", over.url ?? site.url, `${story.stream}v360/00001.m4s`, () => [site.process.pid]);
  const theirs = await grown("nginx", nginx.url, "/v360/00001.m4s", () => nginx.workers());
  console.log(JSON.stringify({ connections: count, tls: options.tls, tarina_bytes: tarina, nginx_bytes: theirs }));
} finally {
  await nginx.stop();
  await site.stop();
  await rm(folder, { recursive: true, force: true });
}
