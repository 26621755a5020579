// A disk that is full or broken: the server answers so, goes on serving, and no byte it acknowledged is lost.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { personalLink } from "../browser/lib/people.mjs";
import { buildFolder, startServer } from "../browser/lib/server.mjs";

const shim = join(buildFolder, "tests/libdisk_faults.so");
const options = { skip: existsSync(shim) ? false : "the failing disk is not built under sanitizers" };
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
const film = randomBytes(3_000_000);
const half = 1_000_000;

let folder, data, server;
before(async () => {
  if (options.skip) return;
  folder = await mkdtemp(join(tmpdir(), "tarina-disk-"));
  data = await mkdtemp(join(tmpdir(), "tarina-disk-data-"));
  const preload = { LD_PRELOAD: shim, TARINA_DISK_FAULT: join(folder, "fault"), TARINA_DISK_LOG: join(folder, "log"), TARINA_DISK_FOLDER: data };
  server = await startServer({ data, withWorker: false, env: preload });
});
after(async () => {
  await server?.stop();
  for (const one of [folder, data]) if (one) await rm(one, { recursive: true, force: true });
});

const breakDisk = (rule) => writeFile(join(folder, "fault"), `${rule}\n`);
const mendDisk = () => rm(join(folder, "fault"), { force: true });
const base64 = (text) => Buffer.from(text).toString("base64");

const ask = (method, path, headers = {}, body = undefined) =>
  fetch(new URL(path, server.url), { method, headers: { "tus-resumable": "1.0.0", ...headers }, body });
const append = (path, offset, body) => ask("PATCH", path, { "upload-offset": String(offset), "content-type": "application/offset+octet-stream" }, body);
const offsetOf = async (path) => Number((await ask("HEAD", path)).headers.get("upload-offset"));

async function create(mine, headers = {}) {
  const answer = await ask("POST", "/api/v1/uploads", { "upload-length": String(film.length), "upload-metadata": `mine ${base64(mine)}`, ...headers });
  return { status: answer.status, path: answer.headers.get("location") };
}

async function becameTheFilm(known) {
  const fresh = (await readdir(join(data, "media/originals"))).filter((one) => !known.includes(one));
  assert.equal(fresh.length, 1);
  assert.equal(sha256(await readFile(join(data, "media/originals", fresh[0]))), sha256(film));
}

const full = 28, broken = 5; // ENOSPC, EIO
for (const [name, rule, status] of [
  ["the media disk is full at a write", `write ${full} /media/uploads/`, 507],
  ["the media disk is full when it should be synced", `sync ${full} /media/uploads/`, 507],
  ["the media disk fails a write", `write ${broken} /media/uploads/`, 500],
  ["the media disk fails to sync", `sync ${broken} /media/uploads/`, 500],
  ["the media disk fails to rename", `rename ${broken} /media/originals/`, 500],
  ["the media disk fails to sync the folder", `sync ${broken} /media/originals`, 500],
  ["the record's disk is full", `write ${full} catalog.sqlite`, 507],
  ["the record's disk fails a write", `write ${broken} catalog.sqlite`, 500],
  ["the record's disk fails to sync", `sync ${broken} catalog.sqlite`, 500],
])
  test(`where ${name}, the uploader hears ${status}, everybody else is served, and the upload goes on afterwards`, options, async () => {
    const known = await readdir(join(data, "media/originals"));
    const { path } = await create(await personalLink(server));
    assert.equal((await append(path, 0, film.subarray(0, half))).status, 204);
    await breakDisk(rule);
    try {
      assert.equal((await append(path, half, film.subarray(half))).status, status);
      assert.equal((await fetch(server.url)).status, 200);
    } finally {
      await mendDisk();
    }
    const offset = await offsetOf(path);
    assert.ok(offset === half || offset === film.length, `it stands at ${offset}`);
    if (offset < film.length) assert.equal((await append(path, offset, film.subarray(offset))).status, 204);
    assert.equal(await offsetOf(path), film.length);
    await becameTheFilm(known);
  });

test("where the disk refuses a new upload, none is left behind, and the next one is taken", options, async () => {
  const mine = await personalLink(server);
  const before = await readdir(join(data, "media/uploads"));
  for (const [rule, status] of [[`sync ${broken} /media/uploads`, 500], [`write ${full} catalog.sqlite`, 507]]) {
    await breakDisk(rule);
    const { status: heard, path } = await create(mine);
    await mendDisk();
    assert.equal(heard, status);
    assert.equal(path, null);
  }
  const { status, path } = await create(mine);
  assert.equal(status, 201);
  assert.equal((await ask("DELETE", path)).status, 204);
  await server.stop({ keep: true });
  server = await startServer({ data, withWorker: false, env: { LD_PRELOAD: shim, TARINA_DISK_FAULT: join(folder, "fault"), TARINA_DISK_LOG: join(folder, "log"), TARINA_DISK_FOLDER: data } });
  assert.deepEqual(await readdir(join(data, "media/uploads")), before); // what a failed creation left is swept at a start
});

test("where the disk is full while parts are put together, the parts stay and the next try succeeds", options, async () => {
  const known = await readdir(join(data, "media/originals"));
  const mine = await personalLink(server);
  const parts = [];
  for (const bytes of [film.subarray(0, half), film.subarray(half)]) {
    const { path } = await create(mine, { "upload-length": String(bytes.length), "upload-concat": "partial" });
    assert.equal((await append(path, 0, bytes)).status, 204);
    parts.push(path);
  }
  const join_parts = () => ask("POST", "/api/v1/uploads", { "upload-concat": `final;${parts.join(" ")}`, "upload-metadata": `mine ${base64(mine)}` });
  await breakDisk(`write ${full} /media/uploads/`);
  const refused = await join_parts();
  await mendDisk();
  assert.equal(refused.status, 507);
  assert.equal((await join_parts()).status, 201);
  await becameTheFilm(known);
});

test("bytes are synced before they are recorded, and the original has its name for good before it is recorded", options, async () => {
  const { path } = await create(await personalLink(server));
  const id = path.split("/").at(-1);
  await rm(join(folder, "log"), { force: true });
  assert.equal((await append(path, 0, film)).status, 204);
  // Read when the answer is there: what came later does not count.
  const lines = (await readFile(join(folder, "log"), "utf8")).trim().split("\n");
  let at = -1;
  for (const step of [
    new RegExp(`^write /media/uploads/${id}$`),
    new RegExp(`^sync /media/uploads/${id}$`),
    /^write \/catalog\.sqlite-wal$/,
    /^sync \/catalog\.sqlite-wal$/, // the offset
    new RegExp(`^sync /media/uploads/${id}$`),
    /^rename \/media\/originals\/[a-z0-9]+$/,
    /^sync \/media\/originals$/,
    /^sync \/media\/uploads$/,
    /^write \/catalog\.sqlite-wal$/,
    /^sync \/catalog\.sqlite-wal$/, // the original, the package, the probe
  ]) {
    at = lines.findIndex((line, index) => index > at && step.test(line));
    assert.ok(at >= 0, `${step} does not follow in\n${lines.join("\n")}`);
  }
  // Nothing of the upload is written after the sync that its offset stands for.
  const recorded = lines.findIndex((line) => /^sync \/catalog/.test(line));
  assert.ok(!lines.slice(recorded).some((line) => line === `write /media/uploads/${id}`));
});
