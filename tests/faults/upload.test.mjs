// Uploads to a server that is killed half way: the real tus-js-client resumes, and what is stored is the file.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
