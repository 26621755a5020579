// libfiu lets writes, syncs, renames and reads of the server fail at random with EIO, or come about by half: every request is
// answered, none with more than was done, and what was acknowledged stands. TARINA_IO_ERRORS says over how many uploads (12
// unless set).
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { detailsForm, find } from "../../deploy/samples/visitor.mjs";
import { personalLink, signedIn } from "../browser/lib/people.mjs";
import { startServer } from "../browser/lib/server.mjs";
import { rows, soundness } from "./lib/after_cut.mjs";
import { shim } from "./lib/power.mjs";

const run = promisify(execFile);
const uploads = Number(process.env.TARINA_IO_ERRORS ?? 12);
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
const libraries = ["/usr/lib/fiu/fiu_run_preload.so", "/usr/lib/fiu/fiu_posix_preload.so"];
const skip = !libraries.every((file) => existsSync(file)) ? "libfiu is not installed" : existsSync(shim) ? false : "a sanitizer must be the first library itself";
const EIO = 5;
const points = ["rw/pwrite", "rw/pwrite/reduce", "rw/pwritev", "sync/fsync", "sync/fdatasync", "dir/rename", "rw/ftruncate", "rw/pread"].map((name) => `posix/io/${name}`);

let folder, data, server;
before(async () => {
  if (skip) return;
  folder = mkdtempSync(join(tmpdir(), "tarina-io-"));
  data = mkdtempSync(join(tmpdir(), "tarina-io-data-"));
  server = await startServer({ data, withWorker: false, env: { LD_PRELOAD: libraries.join(" "), FIU_CTRL_FIFO: join(folder, "fiu") } });
});
after(async () => {
  await server?.kill();
  for (const one of [folder, data]) if (one) rmSync(one, { recursive: true, force: true });
});

const tell = (commands) => run("fiu-ctrl", [...commands.flatMap((command) => ["-c", command]), "-f", join(folder, "fiu"), String(server.process.pid)]);
const breakDisk = (probability) => tell(points.map((name) => `enable_random name=${name},probability=${probability},failinfo=${name.endsWith("reduce") ? 0 : EIO}`));
const mendDisk = () => tell(points.map((name) => `disable name=${name}`));

const tus = { "tus-resumable": "1.0.0" };
async function head(path) {
  const answer = await fetch(new URL(path, server.url), { method: "HEAD", headers: tus });
  return answer.status === 200 ? Number(answer.headers.get("upload-offset")) : undefined;
}

test(`what was acknowledged stands after ${uploads} uploads and as many edits on a disk that fails at random`, { skip, timeout: 60_000 + uploads * 10_000 }, async (t) => {
  const staff = await signedIn(server);
  const counts = {};
  const count = (status) => (counts[status] = (counts[status] ?? 0) + 1);
  const mine = [];
  for (let n = 0; n < uploads; n += 1) mine.push(await personalLink(server, staff));
  const stories = (await rows(data, "SELECT public_id FROM story ORDER BY id")).map((row) => row.public_id);
  const titles = new Map();
  const films = [];
  for (let n = 0; n < uploads; n += 1) {
    const film = randomBytes(400_000);
    films.push(film);
    const made = await fetch(new URL("/api/v1/uploads", server.url), { method: "POST", headers: { ...tus, "upload-length": String(film.length), "upload-metadata": `mine ${Buffer.from(mine[n]).toString("base64")}` } });
    assert.equal(made.status, 201);
    const path = made.headers.get("location");
    const address = `/studio/stories/${stories[n]}`;
    const revision = find((await staff.send("GET", address)).text, /name="revision" value="(\d+)"/, "revision");
    const form = detailsForm({ teller: "Aino", institution: "osao", fields: ["09"], tags: [], spoken: "fi", title: { fi: `Tarina ${n}` } }, revision);
    let acknowledged = 0;
    await breakDisk(0.005 + 0.01 * (n % 4));
    try {
      for (let tries = 0; tries < 25 && acknowledged < film.length; tries += 1) {
        const end = Math.min(acknowledged + 100_000, film.length);
        const answer = await fetch(new URL(path, server.url), { method: "PATCH", headers: { ...tus, "upload-offset": String(acknowledged), "content-type": "application/offset+octet-stream" }, body: film.subarray(acknowledged, end) });
        count(answer.status);
        assert.ok([204, 409, 500, 507].includes(answer.status), `${answer.status}`);
        const now = await head(path);
        if (now === undefined) continue; // the record could not be read
        assert.ok(now >= (answer.status === 204 ? end : acknowledged), `it stood at ${acknowledged}, was answered ${answer.status}, and stands at ${now}`);
        acknowledged = now;
      }
      const saved = await staff.send("POST", address, { form, fine: [303, 500, 507] });
      count(saved.status);
      titles.set(stories[n], saved.status === 303 ? [`Tarina ${n}`] : ["", `Tarina ${n}`]);
    } finally {
      await mendDisk();
    }
    const stands = await head(path);
    assert.ok(stands >= acknowledged, `${acknowledged} were acknowledged, ${stands} are there`);
    if (stands < film.length) {
      const rest = await fetch(new URL(path, server.url), { method: "PATCH", headers: { ...tus, "upload-offset": String(stands), "content-type": "application/offset+octet-stream" }, body: film.subarray(stands) });
      assert.equal(rest.status, 204);
    }
  }
  t.diagnostic(`answers: ${JSON.stringify(counts)}`);
  assert.ok((counts[500] ?? 0) > 0, "no request met a broken disk");
  for (const { public_id: story, title_fi: title } of await rows(data, "SELECT public_id, title_fi FROM story")) assert.ok(titles.get(story).includes(title), `${story}: ${title}`);
  const check = async () => {
    const hashes = readdirSync(join(data, "media/originals")).map((name) => sha256(readFileSync(join(data, "media/originals", name))));
    assert.deepEqual(hashes.sort(), films.map(sha256).sort());
  };
  // A full upload whose end met the disk is finished by its client's next word or a start.
  await server.kill();
  server = await startServer({ data, withWorker: false });
  await check();
  assert.equal((await rows(data, "SELECT 1 AS one FROM original")).length, films.length);
  await server.kill();
  assert.deepEqual(await soundness(data), []);
});

test("a search index that is cut off under the server is an answer and no crash, and is soon built again", { timeout: 120_000 }, async (t) => {
  const place = mkdtempSync(join(tmpdir(), "tarina-index-"));
  let one;
  try {
    one = await startServer({ data: place, withWorker: false });
    const search = async () => (await fetch(new URL(`/api/v1/stories?q=${randomBytes(4).toString("hex")}`, one.url))).status;
    assert.equal(await search(), 200);
    truncateSync(join(place, "search.sqlite"), 8192);
    const answers = new Set();
    for (let n = 0; n < 20; n += 1) answers.add(await search());
    assert.deepEqual([...answers].filter((status) => status !== 200), [500]); // until the server has seen to it
    assert.equal((await fetch(new URL("/sign-in", one.url))).status, 200, "what asks nothing of the index is served");
    while ((await search()) !== 200) await pause(100, undefined, { signal: t.signal }); // the test's own end says that it never was
    await one.kill();
    one = await startServer({ data: place, withWorker: false });
    assert.equal(await search(), 200);
  } finally {
    await one?.kill();
    rmSync(place, { recursive: true, force: true });
  }
});
