// The power goes at random moments of a server's life: of uploads, publications, commits and migrations. What was not synced
// is lost or torn (lib/power.mjs); a server starts on what is left, every fact that was acknowledged stands, nothing is there
// by half or twice. Some cuts come in the start after a cut. TARINA_POWER_CUTS says how many (8 unless set), TARINA_SEED
// repeats the choices of a run, TARINA_KEEP=FOLDER keeps what a cut left that was found wanting.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash, randomBytes, randomInt } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { root, startServer } from "../browser/lib/server.mjs";
import { config, examine, rows, soundness } from "./lib/after_cut.mjs";
import { live } from "./lib/life.mjs";
import { Disk, randomFrom, readJournal, shim, watching } from "./lib/power.mjs";

const run = promisify(execFile);
const cuts = Number(process.env.TARINA_POWER_CUTS ?? 8);
const seed = Number(process.env.TARINA_SEED ?? randomInt(2 ** 31));
const random = randomFrom(seed);
const below = (limit) => Math.floor(random() * limit);
const cutsOfOneLife = 25;
const options = { skip: existsSync(shim) ? false : "the journal of changes is not built under sanitizers", timeout: 60_000 + cuts * 20_000 };

let folder;
let places = 0;
const place = () => {
  const path = join(folder, String((places += 1)));
  mkdirSync(path);
  return path;
};
before(() => {
  folder = mkdtempSync(join(tmpdir(), "tarina-power-"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** Asserts that nothing is `wrong` with what a cut left at `data`. */
function expectSound(wrong, data, what) {
  if (wrong.length > 0 && process.env.TARINA_KEEP) cpSync(data, join(process.env.TARINA_KEEP, `${seed}-${places}`), { recursive: true });
  assert.deepEqual(wrong, [], `${what}, TARINA_SEED=${seed}`);
}

test("without fsync a program's file is lost, with it its bytes stay, and its name stays when the folder is synced", options, async () => {
  const data = place();
  const journal = join(folder, "programs");
  const disk = Disk.of(data);
  const dd = (name, ...more) => run("dd", ["if=/dev/zero", `of=${join(data, name)}`, "bs=1000", "count=3", ...more], { env: { ...process.env, ...watching(data, journal) } });
  const sync = (path) => run("sync", [path], { env: { ...process.env, ...watching(data, journal) } });
  const left = () => [...disk.after(readJournal(journal), { nothing: true }).root].map(([name, file]) => `${name} ${file.size}`);
  await dd("unsynced");
  assert.deepEqual(left(), []);
  await dd("named", "conv=fsync");
  assert.deepEqual(left(), [], "a synced file without a synced name");
  await sync(data);
  assert.deepEqual(left(), ["unsynced 0", "named 3000"]);
  await run("mv", [join(data, "named"), join(data, "renamed")], { env: { ...process.env, ...watching(data, journal) } });
  assert.deepEqual(left(), ["unsynced 0", "named 3000"], "a rename that was not synced");
  await sync(data);
  assert.deepEqual(left(), ["unsynced 0", "renamed 3000"]);
});

const treeOf = (path, found = {}, prefix = "") => {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const name = prefix + entry.name;
    if (entry.isDirectory()) treeOf(join(path, entry.name), found, `${name}/`);
    else if (!/-shm$|^config.jsonc$/.test(name)) found[name] = createHash("sha256").update(readFileSync(join(path, entry.name))).digest("hex");
  }
  return found;
};

/** A life on an empty folder: what it promised, and what it did to the disk. */
async function newLife() {
  const data = place();
  const journal = join(folder, `journal-${places}`);
  const disk = Disk.of(data);
  const life = await live(data, journal);
  return { ...life, disk, data, all: readJournal(journal) };
}

let life; // the present one

test("the journal misses nothing: played whole, it gives the very folder the server left", options, async () => {
  life ??= await newLife();
  const again = place();
  life.disk.after(life.all).write(again);
  const [played, left] = [treeOf(again), treeOf(life.data)];
  assert.deepEqual([...new Set([...Object.keys(played), ...Object.keys(left)])].filter((name) => played[name] !== left[name]), []);
  assert.ok(life.all.length > 500, `${life.all.length} changes`);
});

const lies = [
  ["of the record's log", (path) => path.endsWith("catalog.sqlite-wal")],
  ["of uploads", (path) => path.startsWith("/media/uploads/")],
  ["of the folder of originals", (path) => path === "/media/originals"],
  ["of segments", (path) => path.startsWith("/media/staging/") && !path.endsWith("m3u8")],
  ["of the folder of packages", (path) => path === "/media/packages"],
];
test("a disk that only pretends to sync is found out, whatever it lies about", options, async () => {
  life ??= await newLife();
  const end = life.phases.at(-1).to;
  for (const [what, deaf] of lies) {
    const data = place();
    life.disk.after(life.all, { nothing: true, deaf }).write(data);
    const wrong = await examine(data, life, end, { log: join(folder, `log-${places}`) });
    assert.notDeepEqual(wrong, [], `nobody noticed that the sync ${what} was a lie`);
    rmSync(data, { recursive: true });
  }
  const data = place();
  life.disk.after(life.all, { nothing: true }).write(data);
  expectSound(await examine(data, life, end, { log: join(folder, `log-${places}`) }), data, "nothing but what was synced");
});

const phases = ["upload", "publish", "commit", "start"];

test(`every acknowledged fact survives ${cuts} cuts over uploads, publications and commits`, options, async (t) => {
  life ??= await newLife();
  const counts = {};
  for (let cut = 0; cut < cuts; cut += 1) {
    if (cut > 0 && cut % cutsOfOneLife === 0) {
      rmSync(life.data, { recursive: true });
      life = await newLife();
    }
    const name = phases[cut % phases.length];
    const { from, to } = life.phases.find((phase) => phase.name === name);
    const within = life.all.filter((record) => record.end > from && record.end <= to);
    const length = within[below(within.length)].end;
    let data = place();
    let what = `cut ${cut}: in ${name}, after ${length} bytes of the journal`;
    let disk = life.disk.after(life.all.filter((record) => record.end <= length), { random }).write(data);
    counts[name] = (counts[name] ?? 0) + 1;
    if (cut + 1 < cuts && random() < 0.3) {
      // The power comes back, and goes again while the server starts.
      const journal = join(folder, `journal-${places}`);
      const log = join(folder, `log-${places}`);
      writeFileSync(journal, "");
      const server = await startServer({ data, config, withWorker: false, env: watching(data, journal), log });
      await server.kill();
      const all = readJournal(journal);
      const second = below(all.length + 1);
      const next = place();
      disk = disk.after(all.slice(0, second), { random }).write(next);
      rmSync(data, { recursive: true });
      data = next;
      what += `, then after ${second} of ${all.length} changes of the start`;
      counts.again = (counts.again ?? 0) + 1;
      cut += 1;
    }
    expectSound(await examine(data, life, length, { onwards: random() < 0.5, log: join(folder, `log-${places}`) }), data, what);
    rmSync(data, { recursive: true });
  }
  t.diagnostic(`seed ${seed}: ${JSON.stringify(counts)}`);
});

const migrations = readdirSync(join(root, "catalog/sql")).sort();

/** A record as an earlier version left it, with rows enough for a migration to be long. */
async function oldRecord(data, version) {
  const number = (n) => String(n).padStart(4, "0");
  const sql = ["PRAGMA journal_mode = WAL;", "BEGIN;", ...migrations.slice(0, version).map((name) => readFileSync(join(root, "catalog/sql", name), "utf8")), `PRAGMA user_version = ${version};`];
  sql.push("INSERT INTO institution VALUES ('osao', 'Osao', 'Osao', 'Osao', 'Osao', '[]', '', '', '', '', '', '', 'V', '', 1, 1);");
  for (const kind of ["uploads", "originals"]) mkdirSync(join(data, "media", kind), { recursive: true });
  for (let n = 1; n <= 300; n += 1) {
    const id = `story${number(n)}`;
    sql.push(`INSERT INTO story (id, public_id, state, title_fi, institution, created_at, changed_at) VALUES (${n}, '${id}', 'draft', 'Tarina ${n}', 'osao', 1, 1);`);
    sql.push(`INSERT INTO consent VALUES (${n}, 1, 1, 0, 0, 0, '1', '${"a".repeat(64)}', 'fi', 'teller', 1, NULL, 0);`);
    sql.push(`INSERT INTO upload (public_id, original, story_id, size, offset, filename, content_type, metadata, created_at, expires_at) VALUES ('upload${number(n)}', 'original${number(n)}', ${n}, 1000, 100, 'a.mp4', 'video/mp4', 'filename YQ==', 1, ${Date.now() + 1e9});`);
    if (n % 30 === 0) writeFileSync(join(data, "media/uploads", `upload${number(n)}`), randomBytes(100));
    else sql.push(`UPDATE upload SET finished_at = 2, offset = 1000 WHERE story_id = ${n};`, `INSERT INTO original (public_id, story_id, filename, content_type, bytes, sha256, created_at) VALUES ('original${number(n)}', ${n}, 'a.mp4', 'video/mp4', 9, '', 2);`);
    if (n % 30 !== 0) writeFileSync(join(data, "media/originals", `original${number(n)}`), "a film...");
  }
  sql.push("COMMIT;");
  const made = run("sqlite3", [join(data, "catalog.sqlite")]);
  made.child.stdin.end(sql.join("\n"));
  await made;
}

const kept = ["SELECT id, public_id, state, title_fi, institution FROM story ORDER BY id", "SELECT story_id, number, watch, text_hash FROM consent ORDER BY story_id",
  "SELECT public_id, original, story_id, size, offset, metadata, finished_at FROM upload ORDER BY public_id", "SELECT public_id, story_id, bytes FROM original ORDER BY id"];
const recordOf = (data) => Promise.all(kept.map((query) => rows(data, query)));

test(`an older record comes through its migration, with ${Math.ceil(cuts / 3)} cuts`, options, async () => {
  let old, all, before;
  for (let cut = 0; cut < Math.ceil(cuts / 3); cut += 1) {
    if (cut % cutsOfOneLife === 0) {
      const data = place();
      const version = 1 + below(migrations.length - 1);
      await oldRecord(data, version);
      before = await recordOf(data);
      old = Disk.of(data);
      const journal = join(folder, `journal-${places}`);
      const server = await startServer({ data, config, withWorker: false, env: watching(data, journal) });
      await server.kill();
      all = readJournal(journal);
      assert.ok(all.some(({ kind }) => kind === "W"));
    }
    const length = below(all.length + 1);
    const data = place();
    old.after(all.slice(0, length), { random }).write(data);
    const log = join(folder, `log-${places}`);
    const wrong = [];
    try {
      const server = await startServer({ data, config, withWorker: false, log });
      await server.kill();
      assert.deepEqual(await recordOf(data), before);
      assert.deepEqual(await rows(data, "PRAGMA user_version"), [{ user_version: migrations.length }]);
      wrong.push(...(await soundness(data)));
    } catch (failure) {
      wrong.push(failure.stack);
    }
    wrong.push(...readFileSync(log, "utf8").split("\n").filter((line) => /\berror\b/.test(line)));
    expectSound(wrong, data, `cut ${cut}: after ${length} of ${all.length} changes of a migration`);
    rmSync(data, { recursive: true });
  }
});
