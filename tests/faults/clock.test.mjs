// The wall clock of a running server jumps by hours, days and years, forth and back (libfaketime): no task is stuck, none is
// done twice, and nothing that somebody sent or may still undo is thrown away. TARINA_CLOCK_JUMPS says how many jumps come
// while a film is being made (20 unless set).
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { createUpload, stateOf } from "../../deploy/samples/visitor.mjs";
import { clip } from "../browser/lib/clips.mjs";
import { Visitor, personalLink, signedIn, untilReady, upload } from "../browser/lib/people.mjs";
import { startServer } from "../browser/lib/server.mjs";
import { rows } from "./lib/after_cut.mjs";
import { shim } from "./lib/power.mjs";
import { askAsWorker } from "./lib/worker_api.mjs";

const jumps = Number(process.env.TARINA_CLOCK_JUMPS ?? 20);
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
const library = ["x86_64", "aarch64"].map((machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketimeMT.so.1`).find((file) => existsSync(file));
const skip = !library ? "libfaketime is not installed" : existsSync(shim) ? false : "a sanitizer must be the first library itself";

let data, folder, env, server, staff;
/** The server's wall clock stands so far from the true one: "+3d", "-2h", "+0". */
function jump(offset) {
  writeFileSync(join(folder, "next"), `${offset}\n`);
  renameSync(join(folder, "next"), join(folder, "clock"));
}
/** A server whose leases last so many seconds, over the same folder. */
async function start(seconds) {
  await server?.stop();
  server = await startServer({ data, config: { lease_seconds: seconds }, withWorker: false, env, log: join(folder, "log") });
  staff = await signedIn(server);
}
before(async () => {
  if (skip) return;
  folder = mkdtempSync(join(tmpdir(), "tarina-clock-"));
  data = mkdtempSync(join(tmpdir(), "tarina-clock-data-"));
  jump("+0");
  // Its steady clock and the times of files stay as they are, as they do when a clock is set.
  env = { LD_PRELOAD: library, FAKETIME_TIMESTAMP_FILE: join(folder, "clock"), FAKETIME_NO_CACHE: "1", FAKETIME_DONT_FAKE_MONOTONIC: "1", DONT_FAKE_MONOTONIC: "1", NO_FAKE_STAT: "1" };
  await start(60);
});
beforeEach(() => skip || jump("+0"));
after(async () => {
  await server?.kill();
  for (const one of [folder, data]) if (one) rmSync(one, { recursive: true, force: true });
});

const tus = { "tus-resumable": "1.0.0" };
const serversDate = async () => new Date((await fetch(server.url)).headers.get("date"));
const head = (path) => fetch(new URL(path, server.url), { method: "HEAD", headers: tus });
const patch = (path, offset, body) => fetch(new URL(path, server.url), { method: "PATCH", headers: { ...tus, "upload-offset": String(offset), "content-type": "application/offset+octet-stream" }, body });
const uploadsNow = () => readdirSync(join(data, "media/uploads"));

/** Waits until the server has swept: an upload that another of the same story has ended is gone then. */
async function swept(mine) {
  const visitor = new Visitor(server.url);
  const ended = (await createUpload(visitor, mine, 1000, "a.mp4")).split("/").at(-1);
  await createUpload(visitor, mine, 1000, "b.mp4");
  while (uploadsNow().includes(ended)) await new Promise((resolve) => setImmediate(resolve));
}

/** A question of a worker's. */
async function call(path, lease, body) {
  const answer = await askAsWorker(server, path, lease, body);
  return { status: answer.status, body: answer.status === 200 ? await answer.json() : undefined };
}

test("the clock of the server can be set, or this shows nothing", { skip }, async () => {
  jump("+30d");
  assert.ok((await serversDate()) - Date.now() > 29 * 86_400_000);
  jump("+0");
  assert.ok(Math.abs((await serversDate()) - Date.now()) < 86_400_000);
});

test(`a film is made once while the clock jumps ${jumps} times`, { skip, timeout: 180_000 + jumps * 1000 }, async () => {
  const offsets = ["+3h", "-3h", "+9d", "-9d", "+10y", "-10y", "+2m", "-2m", "+40s", "+0"];
  const film = readFileSync(await clip({ width: 320, height: 180, seconds: 7 }));
  const visitor = new Visitor(server.url);
  const mine = await personalLink(server, staff);
  await upload(visitor, mine, film);
  const worker = server.startWorker();
  let ready = false;
  const done = untilReady(visitor, mine).then(() => (ready = true));
  for (let n = 0; n < jumps || !ready; n += 1) {
    jump(offsets[n % offsets.length]);
    assert.notEqual((await stateOf(visitor, mine)).phase, "failed");
    await Promise.race([done, visitor.send("GET", "/")]);
  }
  await done;
  worker.kill("SIGTERM"); // the next tests' tasks are not for it
  await new Promise((resolve) => worker.once("exit", resolve));
  const tasks = await rows(data, "SELECT kind, starts, token, state, error_key, error_detail FROM task");
  assert.ok(tasks.length > 2);
  const log = readFileSync(join(folder, "log"), "utf8");
  for (const task of tasks) assert.deepEqual({ ...task, log }, { log, kind: task.kind, starts: 1, token: 1, state: "done", error_key: "", error_detail: "" });
});

test("no jump ends a lease before its term", { skip, timeout: 120_000 }, async () => {
  const bystander = await personalLink(server, staff);
  await upload(new Visitor(server.url), await personalLink(server, staff), randomBytes(10_000));
  const { token, task_id } = (await call("lease", 0, { worker: "works" })).body;
  for (const offset of ["+9d", "-9d", "+10y", "+0"]) {
    jump(offset);
    await swept(bystander);
    assert.equal((await call(`tasks/${task_id}/progress`, token, { fraction: 0.1 })).status, 200, offset);
  }
  assert.equal((await call(`tasks/${task_id}/fail`, token, { failure: { key: "media.damaged", detail: "", permanent: true } })).status, 204);
});

test("a task of a worker that died is given to another after its term, wherever the clock was put meanwhile", { skip, timeout: 60_000 }, async () => {
  await start(2);
  for (const offset of ["-9d", "+9d", "+0"]) {
    const mine = await personalLink(server, staff);
    await upload(new Visitor(server.url), mine, randomBytes(10_000));
    const ours = (await rows(data, "SELECT t.public_id AS id FROM task t ORDER BY t.id DESC LIMIT 1"))[0].id;
    const first = await call("lease", 0, { worker: "dies" });
    assert.equal(first.body.task_id, ours);
    jump(offset);
    const second = await call("lease", 0, { worker: "lives" });
    assert.equal(second.body?.task_id, ours, `after ${offset}`);
    assert.equal((await call(`tasks/${ours}/progress`, first.body.token, { fraction: 0.2 })).status, 409);
    // Reported as failed it waits for a moment, which a jump does not make longer than a moment.
    assert.equal((await call(`tasks/${ours}/fail`, second.body.token, { failure: { key: "worker.failed", detail: "", permanent: false } })).status, 204);
    jump(offset === "-9d" ? "-99d" : "+99d");
    const third = await call("lease", 0, { worker: "dies" });
    assert.equal(third.body?.task_id, ours, `after ${offset} and more`);
    assert.equal((await call(`tasks/${ours}/fail`, third.body.token, { failure: { key: "media.damaged", detail: "", permanent: true } })).status, 204);
    jump("+0");
  }
});

test("an upload under way and the undo of a withdrawal outlast a jump of a month", { skip, timeout: 60_000 }, async () => {
  const film = randomBytes(50_000);
  const mine = await personalLink(server, staff);
  const visitor = new Visitor(server.url);
  const path = await createUpload(visitor, mine, film.length, "video.mp4");
  assert.equal((await patch(path, 0, film.subarray(0, 20_000))).status, 204);
  const withdrawn = await personalLink(server, staff);
  const bystander = await personalLink(server, staff);
  await visitor.send("POST", `/mine/${withdrawn}/withdraw`, { form: [["confirm", "yes"]] });
  jump("+30d");
  await swept(bystander);
  const there = await head(path);
  assert.deepEqual([there.status, there.headers.get("upload-offset")], [200, "20000"]);
  await visitor.send("POST", `/mine/${withdrawn}/undo`, { form: [] });
  assert.equal((await stateOf(visitor, withdrawn)).phase, "empty", "it is a story again");
  assert.equal((await patch(path, 20_000, film.subarray(20_000, 30_000))).status, 204);
  jump("-30d");
  await swept(bystander);
  assert.equal((await head(path)).headers.get("upload-offset"), "30000");
  jump("+0");
  assert.equal((await patch(path, 30_000, film.subarray(30_000))).status, 204);
  const hashes = readdirSync(join(data, "media/originals")).map((name) => sha256(readFileSync(join(data, "media/originals", name))));
  assert.ok(hashes.includes(sha256(film)));
});
