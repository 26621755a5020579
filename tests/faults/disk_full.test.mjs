// A disk that really is full, a small tmpfs: uploads and edits are refused with 507, everybody is served, and when there is
// room again everything goes on where it stood. TARINA_DISK_FILLS says how often the disk is filled (2 unless set).
import assert from "node:assert/strict";
import { execFileSync, execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { createUpload, detailsForm, find } from "../../deploy/samples/visitor.mjs";
import { Visitor, personalLink, signedIn } from "../browser/lib/people.mjs";
import { startServer } from "../browser/lib/server.mjs";
import { rows, soundness } from "./lib/after_cut.mjs";

const run = promisify(execFile);
const fills = Number(process.env.TARINA_DISK_FILLS ?? 2);
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
const folder = mkdtempSync(join(tmpdir(), "tarina-small-"));
let refused = false;
try {
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=16m", "tmpfs", folder], { stdio: "ignore" });
} catch {
  refused = "mounting a tmpfs is not permitted here";
}

let server, staff;
before(async () => {
  if (refused) return;
  server = await startServer({ data: folder, withWorker: false, config: { disk_floor_bytes: 0 } });
  staff = await signedIn(server);
});
after(async () => {
  await server?.kill();
  if (!refused) await run("umount", ["-l", folder]);
  rmSync(folder, { recursive: true, force: true });
});

const tus = { "tus-resumable": "1.0.0" };
const patch = async (path, offset, body) => (await fetch(new URL(path, server.url), { method: "PATCH", headers: { ...tus, "upload-offset": String(offset), "content-type": "application/offset+octet-stream" }, body })).status;
const offsetOf = async (path) => Number((await fetch(new URL(path, server.url), { method: "HEAD", headers: tus })).headers.get("upload-offset"));

/** Takes the last byte that the disk has. */
function fill() {
  const path = join(folder, "ballast");
  let size = 0;
  for (const piece of [1 << 20, 4096, 1]) {
    for (;;) {
      try {
        writeFileSync(path, Buffer.alloc(piece), { flag: "a" });
        size += piece;
      } catch (failure) {
        assert.equal(failure.code, "ENOSPC");
        break;
      }
    }
  }
  assert.ok(size > 0);
  return () => existsSync(path) && unlinkSync(path);
}

for (let round = 1; round <= fills; round += 1)
  test(`uploads and edits go on after the disk was full, time ${round}`, { skip: refused, timeout: 120_000 }, async () => {
    const film = randomBytes(3_000_000);
    const mine = await personalLink(server, staff);
    const visitor = new Visitor(server.url);
    const path = await createUpload(visitor, mine, film.length, "video.mp4");
    const { text } = await visitor.send("GET", `/mine/${mine}`);
    const story = find(text, /data-scope="([a-z0-9]+)"/, "story");
    const save = async (title, fine = [303]) => {
      const address = `/studio/stories/${story}`;
      const revision = find((await staff.send("GET", address)).text, /name="revision" value="(\d+)"/, "revision");
      const form = detailsForm({ teller: "Aino", institution: "osao", fields: ["09"], tags: [], spoken: "fi", title: { fi: title } }, revision);
      return (await staff.send("POST", address, { form, fine })).status;
    };
    const titleNow = async () => (await rows(folder, `SELECT title_fi FROM story WHERE public_id = '${story}'`))[0].title_fi;
    assert.equal(await patch(path, 0, film.subarray(0, 1_000_000)), 204);
    await save("Ennen");
    const make_room = fill();
    let title = "Ennen";
    try {
      assert.equal(await patch(path, 1_000_000, film.subarray(1_000_000)), 507);
      // The record's log has some room left in the page it stands in, if it has: then what it takes stands.
      for (let n = 1; n <= 5; n += 1)
        if ((await save(`Täynnä ${n} ${"x".repeat(100)}`, [303, 507])) === 303) title = `Täynnä ${n} ${"x".repeat(100)}`;
      const fresh = await fetch(`${server.url}/api/v1/uploads`, { method: "POST", headers: { ...tus, "upload-length": "1000000", "upload-metadata": `mine ${Buffer.from(mine).toString("base64")}` } });
      assert.equal(fresh.status, 507);
      for (const page of ["/", "/stories", `/mine/${mine}`, "/api/v1/stories"]) assert.equal((await fetch(server.url + page)).status, 200, page);
      assert.equal(await titleNow(), title);
    } finally {
      make_room();
    }
    const stands = await offsetOf(path);
    assert.ok(stands >= 1_000_000 && stands < film.length, `it stands at ${stands}`);
    assert.equal(await patch(path, stands, film.subarray(stands)), 204);
    assert.equal(await titleNow(), title);
    await save("Jälkeen");
    assert.equal(await titleNow(), "Jälkeen");
    const originals = readdirSync(join(folder, "media/originals"));
    assert.equal(originals.length, 1);
    assert.equal(sha256(readFileSync(join(folder, "media/originals", originals[0]))), sha256(film));
    await server.kill();
    assert.deepEqual(await soundness(folder), []);
    rmSync(join(folder, "media/originals", originals[0])); // room for the next round, whose record has forgotten nothing
    server = await startServer({ data: folder, withWorker: false, config: { disk_floor_bytes: 0 } });
    staff.base = server.url;
  });

test("a server starts on a full disk or says why not, and starts when there is room", { skip: refused, timeout: 60_000 }, async () => {
  await server.kill();
  const make_room = fill();
  const log = join(tmpdir(), `tarina-full-${process.pid}`);
  try {
    const started = await startServer({ data: folder, withWorker: false, config: { disk_floor_bytes: 0 }, log }).catch((failure) => failure);
    if (started instanceof Error) assert.match(`${started.code ?? ""} ${existsSync(log) ? readFileSync(log, "utf8") : ""}`, /ENOSPC|full|No space/);
    else {
      assert.equal((await fetch(started.url)).status, 200);
      await started.kill();
    }
  } finally {
    make_room();
    rmSync(log, { force: true });
  }
  server = await startServer({ data: folder, withWorker: false, config: { disk_floor_bytes: 0 } });
  assert.equal((await fetch(server.url)).status, 200);
});
