// Backups of a server under load: uploads, transcodes, publications, withdrawals and viewers go on while snapshots are
// taken; each is restored and compared. TARINA_BACKUPS says how many snapshots (3 unless set).
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFile, cp, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { clip, subtitles } from "../browser/lib/clips.mjs";
import { Visitor, loadStory } from "../browser/lib/people.mjs";
import { siteWithStories } from "../browser/lib/site.mjs";
import { startServer, tarinaServer } from "../browser/lib/server.mjs";
import { endGrace } from "./lib/record.mjs";

const run = promisify(execFile);
const rounds = Number(process.env.TARINA_BACKUPS ?? 3);
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

let site, folder, backups;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "tarina-backups-"));
  backups = join(folder, "backups");
  site = await siteWithStories();
});
after(async () => {
  await site?.server.stop();
  await rm(folder, { recursive: true, force: true });
});

// Of a story, each row begins with its name: what was withdrawn between snapshot and restore is left out by that.
const facts = [
  "SELECT public_id, title_fi, title_sv, summary_fi, description_fi, shown_name, institution, occupation, published_at FROM story WHERE state <> 'withdrawn' ORDER BY 1",
  "SELECT s.public_id, c.number, c.watch, c.class_download, c.embed, c.feeds, c.text_hash, c.ended_at FROM consent c JOIN story s ON s.id = c.story_id WHERE s.state <> 'withdrawn' ORDER BY 1, 2",
  "SELECT s.public_id, t.* FROM track t JOIN story s ON s.id = t.story_id WHERE s.state <> 'withdrawn' ORDER BY 1, 2",
  "SELECT s.public_id, v.* FROM track_version v JOIN track t ON t.id = v.track_id JOIN story s ON s.id = t.story_id WHERE s.state <> 'withdrawn' ORDER BY 1, 2, 3",
  "SELECT s.public_id, o.public_id, o.sha256, o.bytes FROM original o JOIN story s ON s.id = o.story_id WHERE s.state <> 'withdrawn' ORDER BY 1, 2",
  "SELECT public_id, email, name, role, password_hash FROM person ORDER BY 1",
];
/** Rows of every fact, without the stories named. */
async function rowsOf(file, without = []) {
  const { stdout } = await run("sqlite3", ["-readonly", file, ...facts.map((query) => `${query};`)], { maxBuffer: 1 << 26 });
  return stdout.split("\n").filter((line) => !without.some((id) => line.startsWith(id)));
}

/** Every playlist and segment of a story, whole. */
async function crawl(base, id) {
  const page = await (await fetch(`${base}/stories/${id}`)).text();
  const key = /\/stream\/([a-z0-9]+)\//.exec(page)[1];
  const main = await fetch(`${base}/stream/${key}/main.m3u8`);
  assert.equal(main.status, 200);
  let files = 0;
  for (const [, name] of (await main.text()).matchAll(/^([a-z0-9]+\/index\.m3u8)$/gm)) {
    const list = await fetch(`${base}/stream/${key}/${name}`);
    assert.equal(list.status, 200, name);
    for (const [, , file] of (await list.text()).matchAll(/(^|URI=")([a-z0-9]+\.(?:m4s|mp4))/gm)) {
      const segment = await fetch(`${base}/stream/${key}/${name.replace("index.m3u8", file)}`);
      assert.equal(segment.status, 200, file);
      assert.equal((await segment.arrayBuffer()).byteLength, Number(segment.headers.get("content-length")));
      files += 1;
    }
  }
  assert.ok(files > 0, "the story has segments");
}

async function published(base) {
  return (await (await fetch(`${base}/api/v1/stories?limit=100`)).json()).items.map((item) => item.id).sort();
}

test("snapshots taken under load are whole, and each comes back as it was", { timeout: 600_000 + rounds * 60_000 }, async (t) => {
  let busy = true;
  const withdrawn = [];
  const load = (async () => {
    const file = await clip({ width: 320, height: 180, seconds: 3 });
    for (let number = 1; busy; number += 1) {
      const { id, mine } = await loadStory(site.staff, { file, title: { fi: `Kuorman tarina ${number}` }, subtitles: [{ language: "fi", kind: "captions", text: subtitles([`Tarina numero ${number}.`], 2) }] });
      if (number % 2 === 0) {
        withdrawn.push(id);
        await new Visitor(site.server.url).send("POST", `/mine/${mine}/withdraw`, { form: [["confirm", "yes"]] });
        if (number % 4 === 0) await endGrace(site.server.data, id); // its files go while snapshots are taken
      }
    }
  })();
  const viewer = (async () => {
    while (busy) await crawl(site.server.url, site.stories.landscape.id);
  })();
  load.catch(() => {});
  viewer.catch(() => {});
  try {
    for (let round = 1; round <= rounds; round += 1) {
      const before = await published(site.server.url);
      const taken = await tarinaServer(site.server.data, "backup", backups, "--keep", "100");
      assert.equal(taken.code, 0, taken.stderr);
      const name = /Snapshot (\S+):/.exec(taken.stdout)[1];
      const data = join(folder, `restored-${round}`);
      const restored = await tarinaServer(data, "restore", backups);
      assert.equal(restored.code, 0, restored.stderr);
      t.diagnostic(restored.stdout.trim());
      const gone = await run("sqlite3", ["-readonly", join(data, "catalog.sqlite"), "SELECT public_id FROM story WHERE state = 'withdrawn'"]);
      const without = gone.stdout.split("\n").filter(Boolean);
      assert.deepEqual(await rowsOf(join(data, "catalog.sqlite"), without), await rowsOf(join(backups, "snapshots", name, "catalog.sqlite"), without));
      const second = await startServer({ data, withWorker: false });
      try {
        const here = await published(second.url);
        for (const id of before) assert.ok(here.includes(id) || without.includes(id) || withdrawn.includes(id), `story ${id} came back`);
        for (const id of here) await crawl(second.url, id);
        const address = `/api/v1/stories/${site.stories.landscape.id}/subtitles/fi-captions.vtt`;
        assert.equal(await (await fetch(second.url + address)).text(), await (await fetch(site.server.url + address)).text());
      } finally {
        await second.stop();
      }
      const checked = await tarinaServer(data, "check");
      assert.equal(checked.code, 0, checked.stdout);
      await rm(data, { recursive: true, force: true });
    }
  } finally {
    busy = false;
    await Promise.all([load, viewer]);
  }
  const sound = await tarinaServer(site.server.data, "verify", backups);
  assert.equal(sound.code, 0, sound.stdout);
  assert.match(sound.stdout, new RegExp(`${rounds} snapshots, \\d+ files: all sound`));
});

test("a story taken back after the newest snapshot stays taken back", async () => {
  const { id, mine } = await loadStory(site.staff, { file: await clip({ width: 320, height: 180, seconds: 3 }), title: { fi: "Tarina, joka perutaan" }, subtitles: [{ language: "fi", kind: "captions", text: subtitles(["Perun tämän."], 2) }] });
  await tarinaServer(site.server.data, "backup", backups);
  await new Visitor(site.server.url).send("POST", `/mine/${mine}/withdraw`, { form: [["confirm", "yes"]] });
  assert.equal((await fetch(`${site.server.url}/stories/${id}`)).status, 410);
  const noted = await tarinaServer(site.server.data, "backup", backups, "--withdrawals-only");
  assert.match(noted.stdout, /withdrawn stories are noted/);
  const data = join(folder, "after-withdrawal");
  const restored = await tarinaServer(data, "restore", backups);
  assert.match(restored.stdout, / 1 stories withdrawn since are withdrawn again/);
  const second = await startServer({ data, withWorker: false });
  try {
    assert.equal((await fetch(`${second.url}/stories/${id}`)).status, 410);
    assert.ok(!(await published(second.url)).includes(id));
  } finally {
    await second.stop();
  }
});

test("a use that was unticked after the newest snapshot stays unticked, and what stands on the disk stays", async () => {
  const { id, mine } = await loadStory(site.staff, { file: await clip({ width: 320, height: 180, seconds: 3 }), uses: ["watch", "embed"], title: { fi: "Tarina vain täällä" }, subtitles: [{ language: "fi", kind: "captions", text: subtitles(["Vain täällä."], 2) }] });
  const embed = async (server) => (await fetch(`${server.url}/embed/${id}`)).status;
  assert.equal(await embed(site.server), 200);
  await tarinaServer(site.server.data, "backup", backups);
  await new Visitor(site.server.url).send("POST", `/mine/${mine}/consents`, { form: [["use", "watch"]] });
  assert.notEqual(await embed(site.server), 200);
  await tarinaServer(site.server.data, "backup", backups, "--withdrawals-only");
  const data = join(folder, "after-unticking");
  const [original] = await readdir(join(site.server.data, "media/originals"));
  await mkdir(join(data, "media"), { recursive: true });
  await cp(join(site.server.data, "media/originals"), join(data, "media/originals"), { recursive: true });
  const { ino } = await stat(join(data, "media/originals", original));
  const restored = await tarinaServer(data, "restore", backups);
  assert.match(restored.stdout, /; 1 shown in fewer places/, restored.stderr);
  assert.equal((await stat(join(data, "media/originals", original))).ino, ino, "a whole file is not written again");
  const second = await startServer({ data, withWorker: false });
  try {
    assert.notEqual(await embed(second), 200);
    assert.equal((await fetch(`${second.url}/stories/${id}`)).status, 200);
  } finally {
    await second.stop();
  }
});

test("a second snapshot copies only what is new, and pruning keeps what is needed", async () => {
  await tarinaServer(site.server.data, "backup", backups);
  const again = await tarinaServer(site.server.data, "backup", backups, "--keep", "1");
  assert.match(again.stdout, / 0 of them new/);
  assert.equal((await readdir(join(backups, "snapshots"))).length, 1);
  const sound = await tarinaServer(site.server.data, "verify", backups);
  assert.equal(sound.code, 0, sound.stdout);
});

test("a damaged backup is told by verify, and restore brings back nothing of it", async () => {
  const [name] = await readdir(join(backups, "snapshots"));
  const manifest = JSON.parse(await readFile(join(backups, "snapshots", name, "manifest.json"), "utf8"));
  const victim = manifest.files.find((file) => file.path.includes("/packages/") && file.size > 1000);
  const object = join(backups, "objects", victim.sha256.slice(0, 2), victim.sha256);
  const bytes = await readFile(object);
  assert.equal(sha256(bytes), victim.sha256);
  bytes[500] ^= 1;
  await writeFile(object, bytes);
  const told = await tarinaServer(site.server.data, "verify", backups);
  assert.equal(told.code, 1);
  assert.ok(told.stdout.includes(`${victim.path} is damaged`), told.stdout);
  const data = join(folder, "from-damaged");
  const refused = await tarinaServer(data, "restore", backups);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /missing or damaged/);
  await assert.rejects(stat(join(data, "catalog.sqlite")), { code: "ENOENT" });
  assert.equal((await tarinaServer(site.server.data, "backup", backups)).code, 0);
  const mended = await tarinaServer(site.server.data, "verify", backups);
  assert.equal(mended.code, 0, `a backup copies anew what was damaged: ${mended.stdout}`);
  await writeFile(join(data, "catalog.sqlite-wal"), "of an earlier record");
  assert.match((await tarinaServer(data, "restore", backups)).stderr, /holds catalog\.sqlite-wal of an earlier record/);
  await rm(join(data, "catalog.sqlite-wal"));
  const modes = async () => (await Promise.all([folder, tmpdir()].map((one) => stat(one)))).map((one) => one.mode);
  const before = await modes();
  const restored = await tarinaServer(`${data}/`, "restore", backups);
  assert.equal(restored.code, 0, `the same folder takes the mended backup: ${restored.stderr}`);
  assert.deepEqual(await modes(), before, "the folders above it belong to others");
  await appendFile(join(data, "note"), "kept");
  const twice = await tarinaServer(data, "restore", backups);
  assert.equal(twice.code, 1);
  assert.match(twice.stderr, /holds a record already/);
});
