// The power is cut while a backup is written (lib/power.mjs), after the first snapshot and within the second: every snapshot
// that has its name is whole, and the next backup is sound whatever the cut left. TARINA_POWER_CUTS says how many cuts (12
// unless set).
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { buildFolder, tarinaServer } from "../browser/lib/server.mjs";
import { siteWithStories } from "../browser/lib/site.mjs";
import { Disk, randomFrom, records, shim, watching } from "./lib/power.mjs";

const run = promisify(execFile);
const cuts = Number(process.env.TARINA_POWER_CUTS ?? 12);
const seed = Number(process.env.TARINA_SEED ?? Date.now() % 1_000_000);
const random = randomFrom(seed);
const skip = existsSync(shim) ? false : "a sanitizer must be the first library itself";

let folder, site;
before(async () => {
  if (skip) return;
  folder = mkdtempSync(join(tmpdir(), "tarina-backup-cuts-"));
  site = await siteWithStories();
});
after(async () => {
  await site?.server.stop();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

/** A backup whose changes of its folder are noted; gives the folder as it was, and the changes. */
async function backedUp(place, journal) {
  mkdirSync(place, { recursive: true });
  const old = Disk.of(place);
  await run(join(buildFolder, "server/tarina-server"), ["--data", site.server.data, "backup", place], { env: { ...process.env, ...watching(place, journal) } });
  const all = records(readFileSync(journal));
  assert.ok(all.some(({ kind }) => kind === "W"));
  return { old, all };
}

test(`what ${cuts} power cuts leave of a backup is whole, and the next one is sound`, { skip, timeout: 120_000 + cuts * 5_000 }, async (t) => {
  const place = join(folder, "backups");
  const lives = [await backedUp(place, join(folder, "first"))];
  lives.push(await backedUp(place, join(folder, "second")));
  const counts = { none: 0, snapshots: 0 };
  for (let cut = 0; cut < cuts; cut += 1) {
    const { old, all } = lives[cut % 3 === 2 ? 1 : 0]; // the first writes the objects
    const length = cut === 0 ? all.length : Math.floor(random() * (all.length + 1));
    const left = join(folder, `cut-${cut}`);
    mkdirSync(left);
    old.after(all.slice(0, length), cut === 0 ? { nothing: true } : { random }).write(left);
    const what = `seed ${seed}, cut ${cut}: after ${length} of ${all.length} changes`;
    const finished = existsSync(join(left, "snapshots")) ? readdirSync(join(left, "snapshots")).filter((name) => !name.startsWith(".")) : [];
    if (length === all.length || finished.length > 0) {
      assert.ok(finished.length > 0, `${what}: a backup that said it was done is gone`);
      const told = await tarinaServer(left, "verify", left);
      assert.equal(told.code, 0, `${what}: ${told.stdout}${told.stderr}`);
    }
    counts[finished.length > 0 ? "snapshots" : "none"] += 1;
    const again = await tarinaServer(site.server.data, "backup", left);
    assert.equal(again.code, 0, `${what}: ${again.stderr}`);
    const sound = await tarinaServer(left, "verify", left);
    assert.equal(sound.code, 0, `${what}, after the next backup: ${sound.stdout}`);
    rmSync(left, { recursive: true });
  }
  t.diagnostic(`seed ${seed}: ${JSON.stringify(counts)}`);
});
