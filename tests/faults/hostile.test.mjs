// Files made to break out or to blow up, through the real server and the real worker with its sandbox: each is refused with
// a plain reason (or is a story after all), nothing is fetched, nothing read, nothing runs away, and the next good film is
// encoded as ever. TARINA_HOSTILE=all sends every disguise under every ending and the longest bombs (minutes).
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { clip } from "../browser/lib/clips.mjs";
import { Visitor, invitation, upload, untilReady } from "../browser/lib/people.mjs";
import { startServer } from "../browser/lib/server.mjs";
import { bombs } from "./lib/bombs.mjs";
import { disguises } from "./lib/disguises.mjs";

const all = process.env.TARINA_HOSTILE === "all";
const endings = ["mp4", "mov", "mkv", "avi", "webm", "m3u8", "ts", "mpg"];
const mostMegabytes = 1024; // resident, of one task
const mostSeconds = 120; // of processor, of one task

let folder;
let server;
let staff;
let secret; // a file that nobody may read
const sentinel = `vartija-${crypto.randomUUID()}`;
const visits = []; // to the canary
const canaries = [];
const log = []; // of the worker

async function startCanary() {
  const tcp = createServer((socket) => {
    visits.push("TCP");
    socket.destroy();
  });
  await new Promise((resolve) => tcp.listen(0, "127.0.0.1", resolve));
  const { port } = tcp.address();
  const udp = createSocket("udp4", () => visits.push("UDP"));
  await new Promise((resolve) => udp.bind(port, "127.0.0.1", resolve));
  canaries.push(tcp, udp);
  return port;
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "tarina-hostile-"));
  secret = join(folder, "salaisuus.ts");
  await writeFile(secret, `${sentinel}\n`.repeat(200));
  server = await startServer({ withWorker: false });
  const worker = server.startWorker({ stdout: "pipe" });
  createInterface({ input: worker.stdout }).on("line", (line) => log.push(line));
  staff = new Visitor(server.url);
  await staff.signIn(await server.admin());
});
after(async () => {
  await server?.stop();
  for (const canary of canaries) canary.close();
  await rm(folder, { recursive: true, force: true });
});

/** Uploads bytes as a story's film; gives the plain sentence of its refusal, or null when it became a story. */
async function send(bytes, filename) {
  const visitor = new Visitor(server.url);
  const invite = await invitation(staff, { institution: "osao", teller: "Aino", language: "fi" });
  const agreed = await visitor.send("POST", `/invite/${invite}`, { form: [["show_name", "yes"], ["shown_name", "Aino"], ["age", "yes"], ["use", "watch"]] });
  const mine = /\/mine\/([a-z0-9]{32,})/.exec(agreed.location)[1];
  await upload(visitor, mine, bytes, filename);
  try {
    await untilReady(visitor, mine);
    return null;
  } catch (failure) {
    if (/: \d{3} |fetch failed/.test(failure.message)) throw failure;
    return failure.message;
  }
}

/** The worker's last words come through a pipe of their own. */
async function refusalLogged(from) {
  while (!tasksSince(from).some((task) => task.failed)) await new Promise((resolve) => setImmediate(resolve));
}

/** What the worker said since `from` of the tasks that ended: [{kind, failed, seconds, megabytes, words}]. */
function tasksSince(from) {
  return log.slice(from).map((line) => /\] (\w+) \w+: (done|failed).*?, ([\d.]+) s of processor, (\d+) MB(.*)/.exec(line)).filter(Boolean)
    .map(([, kind, ended, seconds, megabytes, words]) => ({ kind, failed: ended === "failed", seconds: Number(seconds), megabytes: Number(megabytes), words }));
}

function checkBudget(tasks, name) {
  for (const task of tasks) {
    assert.ok(task.megabytes <= mostMegabytes, `${name}: ${task.kind} took ${task.megabytes} MB`);
    assert.ok(task.seconds <= mostSeconds, `${name}: ${task.kind} took ${task.seconds} s of processor`);
    assert.doesNotMatch(task.words, /worker\.(crashed|failed)/, name);
  }
}

async function sentinelFiles(where) {
  const found = [];
  for (const entry of await readdir(where, { withFileTypes: true, recursive: false })) {
    const path = join(where, entry.name);
    if (entry.isDirectory()) found.push(...(await sentinelFiles(path)));
    else if (entry.isFile() && (await readFile(path)).includes(sentinel)) found.push(path);
  }
  return found;
}

async function stillWell() {
  const began = log.length;
  assert.equal(await send(await readFile(await clip({ seconds: 3, width: 160, height: 90 })), "hyvä.mp4"), null);
  assert.ok(tasksSince(began).every((task) => !task.failed));
  assert.ok((await fetch(`${server.url}/healthz`)).ok);
}

test("what only looks like a film is refused under every name, and nothing is fetched or read for it", async () => {
  const port = await startCanary();
  const files = disguises(port, secret);
  assert.ok(files.length >= 40);
  for (const [i, [name, bytes, stem]] of files.entries()) {
    for (const ending of all ? endings : [endings[i % endings.length]]) {
      const began = log.length;
      const refusal = await send(bytes, `${stem ?? `${name}.`}${ending}`);
      assert.ok(refusal, `${name}.${ending} became a story`);
      await refusalLogged(began);
      const tasks = tasksSince(began);
      assert.deepEqual(tasks.map((task) => task.failed), [true], `${name}: one failed task`);
      checkBudget(tasks, name);
    }
  }
  await stillWell();
  assert.deepEqual(visits, []);
  assert.deepEqual(await sentinelFiles(server.data), []);
  assert.ok(!log.some((line) => line.includes(sentinel)));
});

test("the canary and the search for the secret notice what they are there for", async () => {
  const port = await startCanary();
  await fetch(`http://127.0.0.1:${port}/`).catch(() => {});
  const udp = createSocket("udp4");
  await new Promise((resolve) => udp.send("x", port, "127.0.0.1", resolve));
  udp.close();
  while (new Set(visits).size < 2) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(await sentinelFiles(folder), [secret]);
});

test("what would blow up takes no more than a task may, and fails once with a plain reason or is a story", async () => {
  for (const [name, bytes, may] of await bombs(folder, all)) {
    const began = log.length;
    const refusal = await send(bytes, `${name.replaceAll(/\W+/g, "-")}.mp4`);
    if (refusal) await refusalLogged(began);
    const tasks = tasksSince(began);
    const most = (key) => Math.max(0, ...tasks.map((task) => task[key]));
    console.log(`${name}: ${refusal ?? "a story"}; ${tasks.length} tasks, at most ${most("seconds")} s of processor and ${most("megabytes")} MB`);
    if (name.startsWith("300 streams")) assert.ok(tasks[0].words.includes("media.too_many_streams"), tasks[0].words);
    if (!may) assert.ok(refusal, `${name} became a story`);
    if (refusal) assert.equal(tasks.filter((task) => task.failed).length, 1, `${name}: one failed task`);
    checkBudget(tasks, name);
  }
  await stillWell();
});
