// The whole way of a story while the server is killed in the upload and again in the encoding, and a worker in the encoding,
// at random moments: it ends published once, with nothing lost. TARINA_KILLS says how many stories (2 unless set).
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { stateOf } from "../../deploy/samples/visitor.mjs";
import { clip, subtitles } from "../browser/lib/clips.mjs";
import { Visitor, loadStory, untilReady } from "../browser/lib/people.mjs";
import { root, startServer } from "../browser/lib/server.mjs";
import { wrongPackages } from "./lib/record.mjs";
import { inspectPackage, playInFfmpeg } from "../players/players.mjs";

const tus = createRequire(join(root, "web/package.json"))("tus-js-client");
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
const rounds = Number(process.env.TARINA_KILLS ?? 2);
const config = { lease_seconds: 2 };

let data;
let server;
let staff;
before(async () => {
  data = await mkdtemp(join(tmpdir(), "tarina-way-"));
  server = await startServer({ data, config, withWorker: false });
  staff = new Visitor(server.url);
  await staff.signIn(await server.admin());
});
after(async () => {
  await server?.kill();
  await rm(data, { recursive: true, force: true });
});

async function killAndRestart() {
  const port = Number(new URL(server.url).port);
  await server.kill();
  server = await startServer({ data, config, port, withWorker: false });
}

/** Uploads with tus-js-client; the server dies once about `at` (0…1) of the file were sent. */
function uploadDisturbed(at) {
  return (visitor, mine, bytes) => new Promise((resolve, reject) => {
    let restarted;
    const upload = new tus.Upload(bytes, {
      endpoint: `${visitor.base}/api/v1/uploads`,
      metadata: { mine, filename: "video.mp4", filetype: "video/mp4" },
      chunkSize: 64 * 1024,
      retryDelays: Array(200).fill(50),
      onError: reject,
      onSuccess: () => Promise.resolve(restarted).then(() => (restarted ? resolve() : reject(new Error("the server was never killed"))), reject),
      onProgress(sent) {
        if (!restarted && sent >= at * bytes.length) restarted = killAndRestart();
      },
    });
    upload.start();
  });
}

/** Waits until the story is `at` (0…1) done; fails when it is done before. */
async function untilDone(at, visitor, mine) {
  for (;;) {
    const state = await stateOf(visitor, mine);
    assert.notEqual(state.phase, "ready", "the worker finished before anybody could be killed");
    assert.notEqual(state.phase, "failed", state.sentence);
    if ((state.fraction ?? 0) >= at) return;
    await new Promise((resolve) => setTimeout(resolve, 10)); // between two looks
  }
}

/** Starts a worker, kills it once the story is `at` (0…1) done, starts another; then the server dies under that one. */
function encodeDisturbed(at) {
  return async (visitor, mine) => {
    const first = server.startWorker();
    await untilDone(at, visitor, mine);
    first.kill("SIGKILL");
    const second = server.startWorker();
    await untilDone(at + Math.random() * (0.9 - at), visitor, mine);
    server.process.kill("SIGKILL");
    await new Promise((resolve) => server.process.once("exit", resolve));
    server = await startServer({ data, config, port: Number(new URL(server.url).port), withWorker: false });
    await untilReady(visitor, mine);
    second.kill("SIGTERM");
    await new Promise((resolve) => second.once("exit", resolve));
  };
}

for (let round = 1; round <= rounds; round++) {
  const uploadAt = Math.random() * 0.95;
  const encodeAt = Math.random() * 0.8;
  test(`story ${round} is published once though the server died at ${Math.round(uploadAt * 100)} % of the upload and a worker and the server again from ${Math.round(encodeAt * 100)} % of the encoding`, async () => {
    const file = await clip({ seconds: 26 });
    const bytes = await readFile(file);
    const title = `Sitkeä tarina ${round}`;
    const captions = subtitles(["Kone kaatui kesken kaiken.", "Tarina jäi silti talteen."], 4);
    const story = await loadStory(staff, { file, title: { fi: title }, subtitles: [{ language: "fi", kind: "captions", text: captions }], send: uploadDisturbed(uploadAt), wait: encodeDisturbed(encodeAt) });

    const originals = await readdir(join(data, "media/originals"));
    assert.equal(originals.length, round, "one original a story");
    for (const name of originals) assert.equal(sha256(await readFile(join(data, "media/originals", name))), sha256(bytes));
    assert.equal((await readdir(join(data, "media/packages"))).length, round, "one package a story");
    assert.deepEqual(await readdir(join(data, "media/uploads")), []);
    assert.deepEqual(await readdir(join(data, "media/staging")), []);
    assert.deepEqual(await wrongPackages(data), []);

    const found = await (await fetch(`${server.url}/api/v1/stories?q=${encodeURIComponent(title)}`)).json();
    assert.equal(found.items.filter((item) => item.title === title).length, 1, "published once");
    const page = await (await fetch(`${server.url}/stories/${story.id}`)).text();
    const stream = server.url + /\/stream\/[a-z0-9]+\/main\.m3u8/.exec(page)[0];
    const inspected = await inspectPackage(stream);
    assert.ok(inspected.aligned, "key frames of all renditions agree");
    for (const track of inspected.tracks) assert.ok(track.gap < 0.002 && track.rising, `${track.playlist} has a gap of ${track.gap} s`);
    const { ok, detail } = await playInFfmpeg(stream);
    assert.ok(ok, detail);
  });
}
