// How soon whoever comes back takes a stalled upload over: a PATCH that holds an upload and sends nothing, and then a HEAD
// or another PATCH from a connection of its own, timed to its answer.
//   tests/bench/preempt [--rounds N]
// The last line is JSON, in milliseconds.
import { connect } from "node:net";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { median } from "./measure.mjs";

const root = resolve(new URL("../../..", import.meta.url).pathname);
process.env.TARINA_BUILD_DIR ??= join(root, "build/release");
const { startServer } = await import("../../browser/lib/server.mjs");
const { Visitor, personalLink } = await import("../../browser/lib/people.mjs");
const { createUpload } = await import("../../../deploy/samples/visitor.mjs");

const { values: options } = parseArgs({ options: { rounds: { type: "string", default: "60" } } });
const rounds = Number(options.rounds);

async function open(url) {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  await once(socket, "connect");
  socket.on("error", () => {}); // a connection that was taken over may be reset
  return socket;
}

/** Sends and gives the first line of what comes back. */
async function ask(socket, text) {
  socket.write(text);
  const [bytes] = await once(socket, "data");
  return bytes.toString("latin1").split("\r\n", 1)[0];
}

const head = (method, path, more = "") => `${method} ${path} HTTP/1.1\r\nHost: a\r\nTus-Resumable: 1.0.0\r\n${more}\r\n`;
const patch = (path, offset, length, more = "") => head("PATCH", path, `Content-Type: application/offset+octet-stream\r\nUpload-Offset: ${offset}\r\nContent-Length: ${length}\r\n${more}`);

const site = await startServer({ withWorker: false });
const times = { head: [], patch: [] };
try {
  const path = await createUpload(new Visitor(site.url), await personalLink(site), 1 << 20, "video.mp4");
  let offset = 0;
  for (let round = 0; round < 2 * rounds; ++round) {
    const stalled = await open(site.url);
    const held = await ask(stalled, patch(path, offset, 1000, "Expect: 100-continue\r\n"));
    if (!held.includes("100")) throw new Error(`the stalled request was answered ${held}`);
    const other = await open(site.url);
    const which = round % 2 === 0 ? "head" : "patch";
    const began = performance.now();
    const answer = await ask(other, which === "head" ? head("HEAD", path) : `${patch(path, offset, 1)}x`);
    times[which].push(performance.now() - began);
    if (!answer.includes(which === "head" ? " 200 " : " 204 ")) throw new Error(`${which} was answered ${answer}`);
    if (which === "patch") ++offset;
    stalled.destroy();
    other.destroy();
  }
  const figures = { rounds };
  for (const [which, list] of Object.entries(times)) {
    figures[`${which}_median_ms`] = Math.round(median(list) * 100) / 100;
    figures[`${which}_max_ms`] = Math.round(Math.max(...list) * 100) / 100;
    console.log(`${which.toUpperCase().padEnd(6)} takes over in ${figures[`${which}_median_ms`]} ms (median), ${figures[`${which}_max_ms`]} ms (longest of ${list.length})`);
  }
  console.log(JSON.stringify(figures));
  if (Math.max(...times.head, ...times.patch) > 1000) process.exitCode = 1;
} finally {
  await site.stop();
}
