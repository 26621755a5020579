// Uploads to a server that is killed half way: the real tus-js-client resumes, and what is stored is the file.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { test } from "node:test";
import { personalLink } from "../browser/lib/people.mjs";
import { root, startServer } from "../browser/lib/server.mjs";

const tus = createRequire(join(root, "web/package.json"))("tus-js-client");
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

for (const [name, chunkSize] of [["in one request", Number.POSITIVE_INFINITY], ["in requests of 5 MB", 5_000_000]]) {
  test(`tus-js-client resumes ${name} after the server was killed at half of the file`, async () => {
    const data = await mkdtemp(join(tmpdir(), "tarina-fault-"));
    let server = await startServer({ data, withWorker: false });
    try {
      const mine = await personalLink(server);
      const bytes = randomBytes(48_000_000);
      const port = Number(new URL(server.url).port);
      let killed;
      await new Promise((resolve, reject) => {
        const upload = new tus.Upload(bytes, {
          endpoint: `${server.url}/api/v1/uploads`,
          metadata: { mine, filename: "oma video.mp4", filetype: "video/mp4" },
          chunkSize,
          retryDelays: Array(100).fill(100),
          onError: reject,
          onSuccess: resolve,
          onProgress(sent) {
            if (killed || sent < bytes.length / 2) return;
            killed = server.kill().then(async () => {
              server = await startServer({ data, port, withWorker: false });
            });
            killed.catch(reject);
          },
        });
        upload.start();
      });
      assert.ok(killed, "the server was never killed");
      await killed;
      const originals = await readdir(join(data, "media/originals"));
      assert.equal(originals.length, 1);
      assert.equal(sha256(await readFile(join(data, "media/originals", originals[0]))), sha256(bytes));
      assert.deepEqual(await readdir(join(data, "media/uploads")), []);
    } finally {
      await server.kill();
      await rm(data, { recursive: true, force: true });
    }
  });
}

/** Sends `bytes` from `offset` and kills the server when a random part of them has gone out; true when the answer came first. */
async function sendUntilKilled(server, path, bytes, offset) {
  const rest = bytes.subarray(offset);
  const last_words = Math.floor(Math.random() * (rest.length + 1));
  let killed = null;
  async function* body() {
    for (let at = 0; at < rest.length; at += 65_536) {
      if (!killed && at + 65_536 > last_words) killed = server.kill();
      yield rest.subarray(at, at + 65_536);
    }
  }
  const headers = { "tus-resumable": "1.0.0", "upload-offset": String(offset), "content-type": "application/offset+octet-stream" };
  const answered = await fetch(new URL(path, server.url), { method: "PATCH", headers, body: Readable.toWeb(Readable.from(body())), duplex: "half" }).then((answer) => answer.status === 204, () => false);
  await (killed ?? server.kill());
  return answered;
}

const kills = Number(process.env.TARINA_UPLOAD_KILLS ?? 12);

test(`no acknowledged byte is lost over ${kills} requests, in each of which the server is killed`, async () => {
  const data = await mkdtemp(join(tmpdir(), "tarina-kills-"));
  let server = await startServer({ data, withWorker: false });
  const port = Number(new URL(server.url).port);
  const head = (path) => fetch(new URL(path, server.url), { method: "HEAD", headers: { "tus-resumable": "1.0.0" } });
  try {
    for (let done = 0; done < kills;) {
      const bytes = randomBytes(4_000_000 + Math.floor(Math.random() * 24_000_000));
      const mine = await personalLink(server);
      const metadata = `mine ${Buffer.from(mine).toString("base64")}`;
      const made = await fetch(new URL("/api/v1/uploads", server.url), { method: "POST", headers: { "tus-resumable": "1.0.0", "upload-length": String(bytes.length), "upload-metadata": metadata } });
      const path = made.headers.get("location");
      const before = await readdir(join(data, "media/originals"));
      // Three deaths an upload, then it goes on to its end undisturbed.
      let offset = 0;
      for (let death = 0; death < 3 && offset < bytes.length; ++death, ++done) {
        const answered = await sendUntilKilled(server, path, bytes, offset);
        server = await startServer({ data, port, withWorker: false });
        const now = Number((await head(path)).headers.get("upload-offset"));
        assert.ok(now >= offset && now <= bytes.length, `it stood at ${offset} and stands at ${now}`);
        if (answered) assert.equal(now, bytes.length);
        offset = now;
      }
      if (offset < bytes.length) {
        const answer = await fetch(new URL(path, server.url), { method: "PATCH", headers: { "tus-resumable": "1.0.0", "upload-offset": String(offset), "content-type": "application/offset+octet-stream" }, body: bytes.subarray(offset) });
        assert.equal(answer.status, 204);
      }
      const fresh = (await readdir(join(data, "media/originals"))).filter((one) => !before.includes(one));
      assert.equal(fresh.length, 1);
      assert.equal(sha256(await readFile(join(data, "media/originals", fresh[0]))), sha256(bytes));
      await rm(join(data, "media/originals", fresh[0])); // a thousand of them would fill a disk
    }
  } finally {
    await server.kill();
    await rm(data, { recursive: true, force: true });
  }
});
