// The configurations of deploy/proxy with the real programs in front of a real server.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { publishMadeUp } from "../bench/lib/made_up.mjs";
import { openBrowser } from "../browser/lib/browser.mjs";
import { Visitor, personalLink } from "../browser/lib/people.mjs";
import { startServer } from "../browser/lib/server.mjs";
import { ask, keepAlive, startCaddy, startHurry, startNginx, startVarnish } from "./lib/fronts.mjs";

const run = promisify(execFile);
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** A server with a published story, and a folder; both go when the test ends. */
async function prepare(t) {
  const folder = mkdtempSync(join(tmpdir(), "tarina-proxy-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const site = await startServer({ withWorker: false, config: { trusted_proxies: ["127.0.0.1"] } });
  t.after(() => site.stop());
  const staff = new Visitor(site.url);
  await staff.signIn(await site.admin());
  const story = await publishMadeUp(site, staff, 24, () => 100_000);
  return { folder, site, staff, story, origin: new URL(site.url).host };
}

/** The version that curl speaks with it when it may choose. */
async function curlVersion(port) {
  const { stdout } = await run("curl", ["--silent", "--insecure", "--http2", "--output", "/dev/null", "--write-out", "%{http_version} %{http_code}", `https://localhost:${port}/`]);
  return stdout;
}

/** What holds behind every front. */
async function checkFront({ site, story }, port) {
  const front = await ask(port, "/?lang=sv", { headers: { accept: "text/html" } });
  assert.equal(front.status, 200);
  assert.match(front.headers["strict-transport-security"], /max-age=31536000/, "Tarina knows that the visitor uses TLS");
  assert.match(front.headers["set-cookie"][0], /; Secure/);
  assert.equal(await curlVersion(port), "2 200");

  const segment = `${story.stream}v360/00001.m4s`;
  const direct = Buffer.from(await (await fetch(site.url + segment)).arrayBuffer());
  const whole = await ask(port, segment);
  assert.equal(sha256(whole.bytes), sha256(direct));
  assert.equal(whole.headers["cache-control"], "public, max-age=31536000, s-maxage=50, immutable");
  const part = await ask(port, segment, { headers: { range: "bytes=10-19" } });
  assert.equal(part.status, 206);
  assert.equal(part.headers["content-range"], "bytes 10-19/100000");
  assert.deepEqual(part.bytes, direct.subarray(10, 20));
  assert.equal((await ask(port, segment, { headers: { "if-none-match": whole.headers.etag } })).status, 304);
  const preflight = await ask(port, segment, { method: "OPTIONS", headers: { origin: "https://college.example", "access-control-request-method": "GET", "access-control-request-headers": "range" } });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers["access-control-allow-origin"], "*");

  const form = { method: "POST", body: "email=a&password=b" };
  const from = (origin) => ask(port, "/sign-in", { ...form, headers: { origin, "content-type": "application/x-www-form-urlencoded" } });
  assert.equal((await from("https://elsewhere.example")).status, 403);
  assert.notEqual((await from(`https://localhost:${port}`)).status, 403);
}

/** Whoever makes too many lists is told so, whatever address he claims; others are not. */
async function checkAddresses(port) {
  const agent = keepAlive();
  const make = (forged, more = {}) => ask(port, "/api/v1/lists", { method: "POST", agent, headers: { "content-type": "application/json", "x-forwarded-for": forged, "x-forwarded-proto": "http" }, body: JSON.stringify({ title: "Lista" }), ...more });
  const answers = await Promise.all(Array.from({ length: 64 }, (_, i) => make(`192.0.2.${i}`)));
  assert.ok(answers.filter(({ status }) => status === 201).length >= 60);
  assert.ok(answers.some(({ status }) => status === 429), "claimed addresses do not count");
  assert.equal((await make("192.0.2.1", { local: "127.0.0.2", agent: undefined })).status, 201, "the real one does");
  agent.destroy();
}

/** An upload reaches Tarina while it is sent, survives a lost connection, and is asked for with 100 Continue. */
async function checkUpload({ site }, port) {
  const mine = await personalLink(site);
  const film = randomBytes(24_000_000);
  const tus = { "tus-resumable": "1.0.0" };
  const metadata = `mine ${Buffer.from(mine).toString("base64")},filename ${Buffer.from("film.mp4").toString("base64")}`;
  const made = await ask(port, "/api/v1/uploads", { method: "POST", headers: { ...tus, "upload-length": String(film.length), "upload-metadata": metadata } });
  assert.equal(made.status, 201);
  const path = new URL(made.headers.location, `https://localhost:${port}`).pathname;
  const patch = (offset, length) => {
    const sent = request({ host: "127.0.0.1", port, path, method: "PATCH", rejectUnauthorized: false, servername: "localhost", headers: { host: `localhost:${port}`, ...tus, "upload-offset": String(offset), "content-type": "application/offset+octet-stream", "content-length": String(length), expect: "100-continue" } });
    sent.on("error", () => {}); // one is torn down on purpose
    sent.flushHeaders();
    return sent;
  };
  const offset = async () => Number((await ask(port, path, { method: "HEAD", headers: tus })).headers["upload-offset"]);

  const torn = patch(0, film.length);
  await once(torn, "continue");
  torn.write(film.subarray(0, 12_000_000));
  const uploads = join(site.data, "media/uploads");
  const arrived = () => Math.max(0, ...readdirSync(uploads).map((name) => statSync(join(uploads, name)).size));
  while (arrived() < 8_000_000) await new Promise((resolve) => setImmediate(resolve)); // only half of the body was ever sent
  torn.destroy();
  const kept = await offset();
  assert.ok(kept >= 4_000_000 && kept <= 12_000_000, `${kept} bytes are safe`);
  const rest = patch(kept, film.length - kept);
  await once(rest, "continue");
  rest.end(film.subarray(kept));
  const [answer] = await once(rest, "response");
  answer.resume();
  assert.equal(answer.statusCode, 204);
  assert.equal(answer.headers["upload-offset"], String(film.length));
  const originals = join(site.data, "media/originals");
  assert.ok(readdirSync(originals).some((name) => sha256(readFileSync(join(originals, name))) === sha256(film)));
}

/** Segments are given to others for less than a minute and a withdrawn story's no longer; previews never. */
async function checkEdge({ site, staff, story }, port, asked) {
  const segment = `${story.stream}v360/00002.m4s`;
  const playlist = `${story.stream}main.m3u8`;
  assert.match((await fetch(site.url + segment)).headers.get("cache-control"), /s-maxage=50\b/, "50 seconds are the server's word; here they last one");
  const first = await ask(port, segment);
  const many = await Promise.all(Array.from({ length: 20 }, () => ask(port, segment)));
  assert.ok(many.some(({ headers }) => headers["x-cache"] === "HIT"));
  for (const { bytes } of many) assert.deepEqual(bytes, first.bytes);
  assert.equal(asked.get(segment).filter((status) => status === 200).length, 1, "the server sends it once");
  const part = await ask(port, segment, { headers: { range: "bytes=50-59" } });
  assert.equal(part.status, 206);
  assert.deepEqual(part.bytes, first.bytes.subarray(50, 60));
  for (const coding of ["gzip", "br"]) {
    const { headers } = await ask(port, playlist, { headers: { "accept-encoding": coding } });
    assert.ok([undefined, coding].includes(headers["content-encoding"]), "nobody gets a coding that another asked for");
  }
  // When its time is over a segment that still holds costs the server no body.
  while (!asked.get(segment).includes(304)) assert.equal((await ask(port, segment)).status, 200);

  const preview = `${story.preview}v360/00001.m4s`;
  for (let i = 1; i <= 3; ++i) {
    const answer = await ask(port, preview);
    assert.equal(answer.status, 200);
    assert.notEqual(answer.headers["x-cache"], "HIT");
    assert.equal(asked.get(preview).length, i, "a preview is asked for each time");
  }

  await staff.send("POST", `/studio/stories/${story.id}/withdraw`, { form: { confirm: story.id } });
  for (const path of [segment, playlist]) {
    let answer;
    do answer = await ask(port, path);
    while (answer.status === 200);
    assert.equal(answer.status, 410);
  }
}

test("nginx with our configuration speaks TLS and HTTP/2 and tells who asks", async (t) => {
  const all = await prepare(t);
  const { port, plain, finish } = await startNginx(t, all.folder, all.origin);
  await checkFront(all, port);
  await checkAddresses(port);
  await checkUpload(all, port);
  const moved = await fetch(`http://127.0.0.1:${plain}/fi`, { redirect: "manual" });
  assert.equal(moved.status, 308);

  const token = randomBytes(16).toString("hex");
  for (const path of ["/mine/", "/invite/", "/stream/p-"]) await ask(port, path + token);
  await fetch(`http://127.0.0.1:${plain}/mine/${token}`, { redirect: "manual" });
  await finish(); // everything it had to log is written
  const logs = readdirSync(all.folder, { withFileTypes: true }).filter((entry) => entry.isFile() && /log$/.test(entry.name));
  assert.ok(logs.length > 0);
  for (const { name } of logs) assert.ok(!readFileSync(join(all.folder, name), "latin1").includes(token), name);
});

test("nginx with our configuration keeps streams for others, and a withdrawn one no longer than a minute", async (t) => {
  const all = await prepare(t);
  const { origin, asked } = await startHurry(t, all.site.url);
  const { port } = await startNginx(t, all.folder, origin);
  await checkEdge(all, port, asked);
});

test("Caddy with our configuration speaks HTTP/1.1, 2 and 3 and tells who asks", async (t) => {
  const all = await prepare(t);
  const { port, spki } = await startCaddy(t, all.folder, all.origin);
  await checkFront(all, port);
  await checkAddresses(port);
  await checkUpload(all, port);

  const browser = await openBrowser([`--origin-to-force-quic-on=localhost:${port}`, `--ignore-certificate-errors-spki-list=${spki}`]);
  t.after(() => browser.close());
  const page = await browser.newPage();
  await page.goto(`https://localhost:${port}/`);
  const seen = await page.evaluate(async (segment) => {
    const whole = await (await fetch(segment)).arrayBuffer();
    const part = await (await fetch(segment, { headers: { range: "bytes=5-9" } })).arrayBuffer();
    const by = (kind) => performance.getEntriesByType(kind).map(({ nextHopProtocol }) => nextHopProtocol);
    return { size: whole.byteLength, part: part.byteLength, page: by("navigation"), others: by("resource") };
  }, `${all.story.stream}v360/00003.m4s`);
  assert.equal(seen.size, 100_000);
  assert.equal(seen.part, 5);
  assert.deepEqual(seen.page, ["h3"]);
  assert.ok(seen.others.length > 0 && seen.others.every((protocol) => protocol === "h3"), seen.others.join());
});

test("Varnish with our configuration behind Caddy tells who asks and lets uploads through as they come", async (t) => {
  const all = await prepare(t);
  const varnish = await startVarnish(t, all.folder, all.origin);
  const { port } = await startCaddy(t, all.folder, `127.0.0.1:${varnish.port}`);
  await checkFront(all, port);
  await checkAddresses(port);
  await checkUpload(all, port);
});

test("Varnish with our configuration keeps streams for others, and a withdrawn one no longer than a minute", async (t) => {
  const all = await prepare(t);
  const { origin, asked } = await startHurry(t, all.site.url);
  const varnish = await startVarnish(t, all.folder, origin);
  const { port } = await startCaddy(t, all.folder, `127.0.0.1:${varnish.port}`);
  await checkEdge(all, port, asked);
});
