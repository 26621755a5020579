// Files that rot on the disk: the server finds them at night, says so, and makes streams again where the original stands.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, readdir, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { clip } from "../browser/lib/clips.mjs";
import { Visitor, loadStory } from "../browser/lib/people.mjs";
import { buildFolder, startServer, tarinaServer } from "../browser/lib/server.mjs";
import { inspectPackage } from "../players/players.mjs";

const run = promisify(execFile);
const shim = join(buildFolder, "tests/libdisk_faults.so");
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
const config = { fixity_mib_per_second: 50 };

let folder, data, server, staff, story;
const start = async (more = {}) => {
  const env = existsSync(shim) ? { LD_PRELOAD: shim, TARINA_DISK_FAULT: join(folder, "fault") } : {};
  server = await startServer({ data, config: { ...config, ...more }, withWorker: false, env });
  staff = new Visitor(server.url);
  await staff.signIn(await server.admin());
};
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "tarina-fixity-"));
  data = await mkdtemp(join(tmpdir(), "tarina-fixity-data-"));
  await start();
  const worker = server.startWorker();
  story = await loadStory(staff, { file: await clip({ width: 320, height: 180, seconds: 4 }), title: { fi: "Tarina, joka säilyy" }, exemption: "Videossa ei puhuta." });
  worker.kill("SIGTERM");
});
after(async () => {
  await server?.stop();
  for (const one of [folder, data]) if (one) await rm(one, { recursive: true, force: true });
});

const health = async () => (await fetch(`${server.url}/healthz`)).json();
const asked = async (query) => (await run("sqlite3", ["-readonly", join(data, "catalog.sqlite"), query])).stdout.trim();
const pageOf = async () => (await staff.send("GET", "/admin")).text;
const packageOfStory = () => asked("SELECT public_id FROM package WHERE state = 'published'");
const streamOf = async () => server.url + /\/stream\/[a-z0-9]+\/main\.m3u8/.exec(await (await fetch(`${server.url}/stories/${story.id}`)).text())[0];

async function until(what, holds) {
  for (let left = 600; left > 0; left -= 1) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.fail(`it never came to this: ${what}`);
}
/** A whole walk, from when it is asked for. */
async function verified() {
  const finished = () => asked("SELECT count(*) FROM fixity_walk WHERE number > 0 AND finished_at IS NOT NULL");
  const earlier = await finished();
  await staff.send("POST", "/admin/fixity/verify", { form: {} });
  await until("a walk is through", async () => (await finished()) !== earlier);
}
async function flip(file, at) {
  const bytes = await readFile(file);
  bytes[at] ^= 1;
  await writeFile(file, bytes);
}

test("a damaged, a shortened and a lost file of a stream are found, and a worker makes the video again", { timeout: 120_000 }, async () => {
  const damaged = await packageOfStory();
  const place = join(data, "media/packages", damaged);
  const [rendition] = (await readdir(place)).filter((name) => /^v\d+/.test(name));
  await flip(join(place, rendition, "00001.m4s"), 4000);
  await truncate(join(place, "stills/poster.jpg"), 100);
  await rm(join(place, "main.mpd"));
  const old = await streamOf();
  await verified();
  assert.deepEqual({ ...(await health()).fixity, finished: "" }, { files: "damaged", damaged: 2, missing: 1, unreadable: 0, finished: "" });
  const shown = await pageOf();
  assert.match(shown, /Tallennettuja tiedostoja on vahingoittunut/);
  assert.match(shown, /main\.mpd: puuttuu, stills\/poster\.jpg: vahingoittunut/);
  assert.match(shown, /Videota tehdään uudelleen alkuperäisestä\. Vanha on käytössä siihen asti\./);
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  assert.match(metrics, /^tarina_fixity_findings\{problem="damaged"\} 2$/m);
  assert.match(metrics, /^tarina_fixity_findings\{problem="missing"\} 1$/m);
  assert.match(metrics, /^tarina_fixity_files_verified_total [1-9]\d*$/m);
  assert.match(metrics, /^tarina_fixity_last_finished_timestamp_seconds \d+$/m);
  assert.equal((await fetch(old)).status, 200, "the damaged one stays in use");

  const worker = server.startWorker();
  await until("the new video is published", async () => (await packageOfStory()) !== damaged);
  worker.kill("SIGTERM");
  assert.equal((await fetch(`${server.url}/stories/${story.id}`)).status, 200);
  const played = await inspectPackage(await streamOf());
  assert.ok(played.aligned);
  assert.equal((await health()).fixity.files, "ok");
  assert.match(await pageOf(), /Yksikään tiedosto ei ole vahingoittunut/);
  assert.match(await pageOf(), /Vahingoittunut video on tehty uudelleen/);
  const playlist = await fetch(old);
  assert.equal(playlist.status, 200, "who is watching watches on");
  const [path] = /[\w-]+\/index\.m3u8/.exec(await playlist.text());
  const media = await (await fetch(new URL(path, old))).text();
  const segments = media.match(/^[\w-]+\.m4s$/gm);
  assert.equal((await fetch(new URL(segments.at(-1), new URL(path, old)))).status, 200);
  await verified();
  assert.equal((await health()).fixity.files, "ok");
  const replaced = await asked("SELECT count(*) FROM package WHERE replaced_at IS NOT NULL");
  await server.stop({ keep: true });
  await start();
  assert.equal(replaced, "1");
  assert.ok(existsSync(place), "a start takes nothing away that is still watched");
});

test("a damaged original is told everywhere and brought back from the backup", async () => {
  const backup = join(folder, "backup");
  assert.equal((await tarinaServer(data, "backup", backup)).code, 0);
  const [name] = await readdir(join(data, "media/originals"));
  const original = join(data, "media/originals", name);
  const whole = sha256(await readFile(original));
  await flip(original, 1000);
  const found = await tarinaServer(data, "verify", "--rate", "100");
  assert.equal(found.code, 1);
  assert.match(found.stdout, new RegExp(`^media/originals/${name}: damaged .*of story ${story.id}$`, "m"));
  assert.match(found.stdout, /^\d+ files, \d+ bytes: 1 DAMAGED$/m);
  assert.equal((await health()).fixity.damaged, 1, "the running server knows at once");
  assert.match(await pageOf(), /Alkuperäinen video<\/span>.*Tarina, joka säilyy.*video\.mp4: vahingoittunut.*tarina-server verify --repair-from/s);
  const first = await tarinaServer(data, "backup", join(folder, "too late"));
  assert.match(first.stdout, new RegExp(`^Not in this snapshot: original ${name} was damaged when it was copied$`, "m"));
  for (const spoil of [() => {}, () => rm(original)]) {
    await spoil();
    const again = await tarinaServer(data, "backup", backup, "--keep", "1");
    assert.match(again.stdout, /^1 files are damaged or missing in the data folder and were taken over from an earlier snapshot/m, again.stderr);
    assert.equal((await tarinaServer(data, "verify", backup)).code, 0, "the whole film stays in the backup");
  }
  const mended = await tarinaServer(data, "verify", "--repair-from", backup);
  assert.equal(mended.code, 0, mended.stdout);
  assert.match(mended.stdout, new RegExp(`^media/originals/${name}: brought back$`, "m"));
  assert.equal(sha256(await readFile(original)), whole);
  assert.equal((await health()).fixity.files, "ok");
  assert.notEqual((await tarinaServer(data, "verify", backup, "--rate", "5")).code, 0, "a backup is read as fast as it can be");
  assert.equal((await tarinaServer(data, "verify", backup)).code, 0);
});

test("a file that the disk cannot read is told so, and well again once it can", { skip: existsSync(shim) ? false : "the failing disk is not built under sanitizers" }, async () => {
  const [name] = await readdir(join(data, "media/originals"));
  for (const code of [5, 61]) { // EIO, and ENODATA, which direct reads of a bad sector give
    await writeFile(join(folder, "fault"), `read ${code} /media/originals/${name}\n`);
    await verified();
    assert.equal((await health()).fixity.unreadable, 1);
    assert.match(await pageOf(), /video\.mp4: ei voi lukea/);
  }
  await rm(join(folder, "fault"));
  await verified();
  assert.equal((await health()).fixity.files, "ok");
  assert.match(await pageOf(), /Tiedostot ovat taas kunnossa/);
});

test("a walk that a stop interrupts goes on at the next start, and a missed night is made up for", async () => {
  await server.stop({ keep: true });
  await run("sqlite3", [join(data, "catalog.sqlite"), "UPDATE fixity_walk SET night = night - 1"]);
  const walks = Number(await asked("SELECT max(number) FROM fixity_walk"));
  await start({ fixity_mib_per_second: 1 });
  await until("a walk has begun by itself", async () => Number(await asked("SELECT max(number) FROM fixity_walk")) === walks + 1);
  const ended = new Promise((resolve) => server.process.once("exit", (code) => resolve(code)));
  server.process.kill("SIGTERM");
  assert.equal(await ended, 0);
  await start();
  await until("the walk is through", async () => (await asked(`SELECT finished_at IS NOT NULL FROM fixity_walk WHERE number = ${walks + 1}`)) === "1");
  const files = (await run("find", [join(data, "media/originals"), join(data, "media/packages", await packageOfStory()), "-type", "f"])).stdout.trim().split("\n").length;
  assert.equal(Number(await asked(`SELECT files FROM fixity_walk WHERE number = ${walks + 1}`)), files, "each file once");
  assert.equal(Number(await asked("SELECT max(number) FROM fixity_walk")), walks + 1);
});
