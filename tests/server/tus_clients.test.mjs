// Clients that we did not write, against the real server: tus-js-client in Node, Uppy in Chromium on another site's page.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, before, test } from "node:test";
import { openBrowser, openContext } from "../browser/lib/browser.mjs";
import { personalLink } from "../browser/lib/people.mjs";
import { root, startServer } from "../browser/lib/server.mjs";

const require = createRequire(join(root, "web/package.json"));
const tus = require("tus-js-client");
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
const film = randomBytes(12_000_000);

let data, server, browser, page_server, page_origin;
const originals = () => readdir(join(data, "media/originals"));
const unfinished = () => readdir(join(data, "media/uploads"));

/** The page of another site: Uppy, and a film to send. */
async function serveUppy() {
  const bundle = await require("esbuild").build({
    stdin: { contents: 'export { default as Uppy } from "@uppy/core"; export { default as Tus } from "@uppy/tus";', resolveDir: join(root, "web") },
    bundle: true, format: "iife", globalName: "uppy_parts", write: false,
  });
  const script = bundle.outputFiles[0].text;
  page_server = createServer((request, response) => {
    if (request.url === "/film") response.end(film);
    else if (request.url === "/uppy.js") response.setHeader("content-type", "text/javascript").end(script);
    else response.setHeader("content-type", "text/html").end('<!doctype html><link rel="icon" href="data:,"><script src="/uppy.js"></script>');
  });
  await new Promise((resolve) => page_server.listen(0, "127.0.0.1", resolve));
  page_origin = `http://127.0.0.1:${page_server.address().port}`;
}

before(async () => {
  await serveUppy();
  data = await mkdtemp(join(tmpdir(), "tarina-tus-"));
  server = await startServer({ data, withWorker: false, config: { upload_origins: [page_origin] } });
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await server?.stop();
  page_server?.close();
  if (data) await rm(data, { recursive: true, force: true });
});

/** What a test's upload became: the one original more than before, which is the film. */
async function becameTheFilm(known) {
  const fresh = (await originals()).filter((one) => !known.includes(one));
  assert.equal(fresh.length, 1);
  assert.equal(sha256(await readFile(join(data, "media/originals", fresh[0]))), sha256(film));
}

/** Runs one tus-js-client upload to its end; `onStart` gets it. */
function sendWith(options, source = film, onStart = () => {}) {
  return new Promise((resolve, reject) => {
    const upload = new tus.Upload(source, { endpoint: `${server.url}/api/v1/uploads`, retryDelays: null, onError: reject, onSuccess: () => resolve(upload), ...options });
    onStart(upload);
    upload.start();
  });
}

const metadataOf = (mine) => ({ mine, filename: "oma video.mp4", filetype: "video/mp4" });

for (const [name, options] of [
  ["in one request", {}],
  ["in pieces of 1 MB", { chunkSize: 1_000_000 }],
  ["with its first bytes in the creation", { uploadDataDuringCreation: true, chunkSize: 5_000_000 }],
  ["through proxies that know no PATCH", { overridePatchMethod: true, chunkSize: 5_000_000 }],
])
  test(`tus-js-client uploads ${name}`, async () => {
    const known = await originals();
    await sendWith({ metadata: metadataOf(await personalLink(server)), ...options });
    await becameTheFilm(known);
  });

test("tus-js-client uploads three parts side by side, which become one", async () => {
  const known = await originals();
  const metadata = metadataOf(await personalLink(server));
  await sendWith({ metadata, metadataForPartialUploads: { mine: metadata.mine }, parallelUploads: 3 });
  await becameTheFilm(known);
});

test("tus-js-client uploads a stream whose length nobody knows before its end", async () => {
  const known = await originals();
  const pieces = Array.from({ length: 12 }, (_, i) => film.subarray(i * 1_000_000, (i + 1) * 1_000_000));
  await sendWith({ metadata: metadataOf(await personalLink(server)), uploadLengthDeferred: true, chunkSize: 3_000_000 }, Readable.from(pieces));
  await becameTheFilm(known);
});

test("tus-js-client stops in the middle and another one goes on from there", async () => {
  const known = await originals();
  const metadata = metadataOf(await personalLink(server));
  const url = await new Promise((resolve, reject) => {
    const upload = new tus.Upload(film, {
      endpoint: `${server.url}/api/v1/uploads`, metadata, chunkSize: 1_000_000, retryDelays: null, onError: reject,
      onChunkComplete: (_, accepted) => accepted >= 4_000_000 && upload.abort().then(() => resolve(upload.url)),
    });
    upload.start();
  });
  let first = Infinity;
  await sendWith({ metadata, uploadUrl: url, chunkSize: 1_000_000, onChunkComplete: (size, accepted) => (first = Math.min(first, accepted - size)) });
  assert.ok(first >= 4_000_000, `it began again at ${first}`);
  await becameTheFilm(known);
});

test("tus-js-client gives an upload up, and nothing of it stays", async () => {
  const metadata = metadataOf(await personalLink(server));
  const known = await originals();
  const url = await new Promise((resolve, reject) => {
    const upload = new tus.Upload(film, {
      endpoint: `${server.url}/api/v1/uploads`, metadata, chunkSize: 1_000_000, retryDelays: null, onError: reject,
      onChunkComplete: (_, accepted) => accepted >= 4_000_000 && upload.abort(true).then(() => resolve(upload.url), reject),
    });
    upload.start();
  });
  const answer = await fetch(url, { method: "HEAD", headers: { "tus-resumable": "1.0.0" } });
  assert.equal(answer.status, 404);
  assert.ok(!(await unfinished()).includes(url.split("/").at(-1)));
  assert.deepEqual(await originals(), known);
});

/** A page with Uppy and the film in it, not started. `starts` notes what it asks of the server. */
async function uppyPage(mine, context) {
  const page = await context.newPage();
  page.asked = [];
  page.on("request", (request) => request.url().startsWith(server.url) && page.asked.push(request.method()));
  await page.goto(page_origin);
  await page.evaluate(
    async ({ endpoint, mine }) => {
      const { Uppy, Tus } = globalThis.uppy_parts;
      const uppy = new Uppy().use(Tus, { endpoint, chunkSize: 1_000_000, retryDelays: [100, 100, 100], allowedMetaFields: ["mine", "name", "type"] });
      const bytes = await (await fetch("/film")).blob();
      const file = new File([bytes], "oma video.mp4", { type: "video/mp4", lastModified: 1 });
      uppy.addFile({ name: file.name, type: file.type, data: file, meta: { mine } });
      /** Resolves once so many bytes are there. */
      const reached = (wanted) => new Promise((resolve) => uppy.on("upload-progress", (_, { bytesUploaded }) => bytesUploaded >= wanted && resolve()));
      globalThis.test = { uppy, reached, id: uppy.getFiles()[0].id };
    },
    { endpoint: `${server.url}/api/v1/uploads`, mine },
  );
  return page;
}

const siteContext = () => openContext(browser, page_origin, { origins: [server.url] });

test("Uppy on another site's page uploads, pauses and goes on", async () => {
  const known = await originals();
  const context = await siteContext();
  const page = await uppyPage(await personalLink(server), context);
  const outcome = await page.evaluate(async () => {
    const { uppy, reached, id } = globalThis.test;
    const whole = uppy.upload();
    await reached(3_000_000);
    uppy.pauseResume(id);
    const paused = uppy.getFile(id).isPaused;
    uppy.pauseResume(id);
    const { successful, failed } = await whole;
    return { paused, successful: successful.length, failed: failed.length };
  });
  assert.deepEqual(outcome, { paused: true, successful: 1, failed: 0 });
  await becameTheFilm(known);
  assert.deepEqual(context.complaints, []);
  await context.close();
});

test("Uppy goes on after its page was loaded anew", async () => {
  const known = await originals();
  const context = await siteContext();
  const mine = await personalLink(server);
  const page = await uppyPage(mine, context);
  await page.evaluate(async () => {
    void globalThis.test.uppy.upload();
    await globalThis.test.reached(4_000_000);
  });
  await page.close();
  const again = await uppyPage(mine, context);
  const successful = await again.evaluate(async () => (await globalThis.test.uppy.upload()).successful.length);
  assert.equal(successful, 1);
  assert.equal(again.asked.filter((method) => method === "POST").length, 0, "it began a new upload");
  await becameTheFilm(known);
  await context.close();
});

test("Uppy gives an upload up, and nothing of it stays", async () => {
  const context = await siteContext();
  const page = await uppyPage(await personalLink(server), context);
  const ended = page.waitForResponse((response) => response.request().method() === "DELETE");
  const before = await originals();
  await page.evaluate(async () => {
    void globalThis.test.uppy.upload();
    await globalThis.test.reached(3_000_000);
    globalThis.test.uppy.cancelAll();
  });
  const answer = await ended;
  assert.equal(answer.status(), 204);
  assert.ok(!(await unfinished()).includes(answer.url().split("/").at(-1)));
  assert.deepEqual(await originals(), before);
  await context.close();
});

test("a page of a site that nobody named uploads nothing", async () => {
  const stranger = createServer((_, response) => response.setHeader("content-type", "text/html").end("<!doctype html>"));
  await new Promise((resolve) => stranger.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${stranger.address().port}`;
  const context = await openContext(browser, origin, { origins: [server.url] });
  const page = await context.newPage();
  await page.goto(origin);
  const outcome = await page.evaluate(
    (endpoint) => fetch(endpoint, { method: "POST", headers: { "tus-resumable": "1.0.0", "upload-length": "10" } }).then((answer) => answer.status, () => "refused"),
    `${server.url}/api/v1/uploads`,
  );
  assert.equal(outcome, "refused");
  await context.close();
  stranger.close();
});
