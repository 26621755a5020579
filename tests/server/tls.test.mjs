// The built-in TLS, as clients we did not write meet it: Node's, OpenSSL's and curl's.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { connect as connectPlain } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { connect, getCiphers } from "node:tls";
import { promisify } from "node:util";
import { publishMadeUp } from "../bench/lib/made_up.mjs";
import { freePort } from "../bench/lib/nginx.mjs";
import { Visitor, personalLink } from "../browser/lib/people.mjs";
import { startServer } from "../browser/lib/server.mjs";
import { makeCertificate } from "../bench/lib/certificate.mjs";
import { ask } from "./lib/fronts.mjs";

const run = promisify(execFile);
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
const size = 6_000_000;

let folder, site, port, hasty, hasty_port, story, segment, direct;
const log = [];

/** A certificate of its own name becomes the configured one. */
function install(name) {
  const { certificate, key } = makeCertificate(folder, name);
  copyFileSync(certificate, join(folder, "tls.pem"));
  copyFileSync(key, join(folder, "tls.key"));
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "tarina-tls-"));
  install("first");
  [port, hasty_port] = [await freePort(), await freePort()];
  const config = { tls_certificate: join(folder, "tls.pem"), tls_key: join(folder, "tls.key"), tls_port: port, connections_per_address: 220, log_level: "info" };
  site = await startServer({ withWorker: false, config, onLog: (line) => log.push(line) });
  hasty = await startServer({ withWorker: false, config: { ...config, tls_port: hasty_port, header_deadline_seconds: 1, idle_timeout_seconds: 1 } });
  const staff = new Visitor(site.url);
  await staff.signIn(await site.admin());
  story = await publishMadeUp(site, staff, 24, (track) => (track === "v360" ? size : 10_000));
  segment = `${story.stream}v360/00001.m4s`;
  direct = Buffer.from(await (await fetch(site.url + segment)).arrayBuffer());
});
after(async () => {
  await site?.stop();
  await hasty?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const openConnections = async () => Number(/^tarina_connections_open (\d+)/m.exec(await (await fetch(`${site.url}/metrics`)).text())[1]);

/** A finished handshake, or the error it ended with. */
function shakeHands(options = {}) {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false, servername: "localhost", ...options });
    socket.once("secureConnect", () => resolve(socket));
    socket.once("error", reject);
  });
}

const servedName = async () => {
  const socket = await shakeHands();
  const { CN } = socket.getPeerCertificate().subject;
  socket.destroy();
  return CN;
};

/** Everything a connection gives until it ends. */
async function readAll(socket) {
  const parts = [];
  socket.on("data", (part) => parts.push(part));
  await once(socket, "end");
  return Buffer.concat(parts);
}

test("only TLS 1.2 and 1.3 and modern ciphers are spoken, and nothing but HTTP/1.1", async () => {
  /** What s_client reports of a handshake, whether it came to an end or not. */
  const says = (words) => {
    const started = run("openssl", ["s_client", "-connect", `127.0.0.1:${port}`, ...words]);
    started.child.stdin.end();
    return started.then(({ stdout }) => stdout, (failure) => failure.stdout + failure.stderr);
  };
  assert.match(await says(["-tls1_2"]), /Protocol\s*: TLSv1\.2/);
  assert.match(await says(["-tls1_3"]), /New, TLSv1\.3, Cipher is TLS_/);
  for (const old of ["-tls1", "-tls1_1"]) assert.match(await says([old, "-cipher", "ALL:@SECLEVEL=0"]), /Cipher is \(NONE\)/);

  const all = getCiphers().map((name) => name.toUpperCase()).filter((name) => !name.startsWith("TLS_"));
  assert.ok(all.length > 40);
  const spoken = [];
  for (const cipher of all) {
    const socket = await shakeHands({ ciphers: `${cipher}:@SECLEVEL=0`, maxVersion: "TLSv1.2" }).catch(() => undefined);
    if (socket) spoken.push(socket.getCipher().name);
    socket?.destroy();
  }
  assert.deepEqual(spoken.sort(), ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305"]);

  const chosen = async (ALPNProtocols) => {
    const socket = await shakeHands({ ALPNProtocols });
    socket.destroy();
    return socket.alpnProtocol;
  };
  assert.equal(await chosen(["h2", "http/1.1"]), "http/1.1");
  assert.equal(await chosen(undefined), false);
  await assert.rejects(chosen(["h2"]), /no application protocol/i);
  const { stdout } = await run("curl", ["--silent", "--insecure", "--http2", "--output", "/dev/null", "--write-out", "%{http_version} %{http_code}", `https://localhost:${port}/healthz`]);
  assert.equal(stdout, "1.1 200");
});

test("the visitor's HTTPS is known: HSTS and secure cookies there, and there alone", async () => {
  const secure = await ask(port, "/?lang=sv", { headers: { accept: "text/html", "x-forwarded-for": "192.0.2.1", "x-forwarded-proto": "http" } });
  assert.equal(secure.status, 200);
  assert.match(secure.headers["strict-transport-security"], /^max-age=31536000/);
  assert.match(secure.headers["set-cookie"][0], /; Secure/);
  const plain = await fetch(`${site.url}/?lang=sv`, { headers: { accept: "text/html", "x-forwarded-proto": "https" } });
  assert.equal(plain.headers.get("strict-transport-security"), null);
  assert.doesNotMatch(plain.headers.get("set-cookie"), /Secure/);
  for (let i = 0; i < 3; ++i) { // kept by now
    assert.ok((await ask(port, `${story.stream}v360/00002.m4s`)).headers["strict-transport-security"]);
    assert.equal((await fetch(`${site.url}${story.stream}v360/00002.m4s`)).headers.get("strict-transport-security"), null);
  }
});

test("two hundred at once get every byte, and ranges", async () => {
  const small = `${story.stream}a128/00001.m4s`;
  const sound = Buffer.from(await (await fetch(site.url + small)).arrayBuffer());
  const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => ask(port, i % 20 === 0 ? segment : small, { agent: false })));
  for (const [i, { status, bytes }] of answers.entries()) {
    assert.equal(status, 200);
    assert.ok(bytes.equals(i % 20 === 0 ? direct : sound));
  }
  const part = await ask(port, segment, { headers: { range: "bytes=1000000-4999999" } });
  assert.equal(part.status, 206);
  assert.ok(part.bytes.equals(direct.subarray(1_000_000, 5_000_000)));
});

test("an upload of some megabytes arrives as it was sent", async () => {
  const mine = await personalLink(site);
  const film = randomBytes(9_000_000);
  const tus = { "tus-resumable": "1.0.0" };
  const made = await ask(port, "/api/v1/uploads", { method: "POST", headers: { ...tus, "upload-length": String(film.length), "upload-metadata": `mine ${Buffer.from(mine).toString("base64")}` } });
  assert.equal(made.status, 201);
  assert.match(new URL(made.headers.location, `https://localhost:${port}`).href, /^https:/);
  const { pathname } = new URL(made.headers.location, `https://localhost:${port}`);
  const sent = await ask(port, pathname, { method: "PATCH", headers: { ...tus, "upload-offset": "0", "content-type": "application/offset+octet-stream", "content-length": String(film.length) }, body: film });
  assert.equal(sent.status, 204);
  const originals = join(site.data, "media/originals");
  assert.ok(readdirSync(originals).some((name) => sha256(readFileSync(join(originals, name))) === sha256(film)));
});

test("who speaks no TLS is answered in words or not at all, and who says nothing is not waited for", async () => {
  const plain = connectPlain({ host: "127.0.0.1", port });
  plain.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const answer = (await readAll(plain)).toString();
  assert.match(answer, /^HTTP\/1\.1 400 Bad Request\r\n[^]*\r\n\r\nThis port speaks HTTPS, not HTTP\.\n$/);
  const [head, body] = answer.split("\r\n\r\n");
  assert.equal(Number(/Content-Length: (\d+)/.exec(head)[1]), body.length);
  const garbage = connectPlain({ host: "127.0.0.1", port });
  garbage.write(randomBytes(4000));
  garbage.on("error", () => {});
  await once(garbage, "close");
  for (const beginning of [Buffer.alloc(0), Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01])]) {
    const slow = connectPlain({ host: "127.0.0.1", port: hasty_port });
    slow.write(beginning);
    slow.resume();
    await once(slow, "close"); // at the deadline for heads
  }
  assert.match(await (await fetch(`${hasty.url}/metrics`)).text(), /^tarina_deadlines_missed_total [1-9]/m);
});

test("a connection ends with a farewell from us, and however the visitor likes", async () => {
  const idle = await shakeHands({ port: hasty_port });
  idle.resume();
  await once(idle, "end"); // close_notify came: idle for a second
  const get = (path, more = "") => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`;
  // One who has said all and still listens
  const half = await shakeHands({ allowHalfOpen: true });
  half.end(get(segment, "Connection: close\r\n"));
  const answer = await readAll(half);
  assert.ok(answer.subarray(answer.indexOf("\r\n\r\n") + 4).equals(direct));
  half.destroy();
  // Ones who drop their connection without a word, in the middle and when they have everything
  for (let i = 0; i < 20; ++i) {
    const rude = await shakeHands();
    rude.on("error", () => {});
    rude.write(get(segment));
    await once(rude, "data");
    rude.destroy();
  }
  while ((await openConnections()) > 1) await new Promise((resolve) => setImmediate(resolve)); // only the one that asks
});

test("one address may hold so many connections and no more", async () => {
  const held = [];
  let refused;
  while (!refused) {
    const socket = await shakeHands({ localAddress: "127.0.0.3" }).catch((failure) => (refused = failure, undefined));
    if (!socket) break;
    socket.on("error", () => {});
    held.push(socket);
    assert.ok(held.length <= 220);
  }
  assert.ok(held.length > 100);
  for (const socket of held) socket.destroy();
  await (await shakeHands({ localAddress: "127.0.0.4" })).destroy();
  for (let again; !again;) again = await shakeHands({ localAddress: "127.0.0.3" }).then((socket) => socket.destroy(), () => undefined); // once they are gone
});

test("SIGHUP brings a new certificate without touching what runs, and a broken one changes nothing", async () => {
  assert.equal(await servedName(), "first");
  const running = await new Promise((resolve, reject) => request({ host: "127.0.0.1", port, path: segment, rejectUnauthorized: false, headers: { host: "localhost" } }, resolve).on("error", reject).end());
  const begun = await once(running, "data").then(([part]) => part);
  running.pause();
  install("second");
  site.process.kill("SIGHUP");
  while ((await servedName()) !== "second");
  const logged = async (pattern) => {
    while (!log.some((line) => pattern.test(line))) await new Promise((resolve) => setImmediate(resolve));
  };
  for (const [file, words] of [["tls.pem", /the TLS certificate stays as it was: the certificate \S+tls\.pem cannot be used/], ["tls.key", /the TLS certificate stays as it was: the key \S+tls\.key cannot be used/]]) {
    install("third");
    writeFileSync(join(folder, file), "broken");
    site.process.kill("SIGHUP");
    await logged(words);
    assert.equal(await servedName(), "second");
  }
  const parts = [begun];
  running.on("data", (part) => parts.push(part)).resume();
  await once(running, "end");
  assert.ok(Buffer.concat(parts).equals(direct));
  install("fourth");
  site.process.kill("SIGHUP");
  while ((await servedName()) !== "fourth");
  assert.match(await (await fetch(`${site.url}/metrics`)).text(), /^tarina_tls_certificate_end_seconds \d+/m);
});

test("a server that is told to stop finishes what it began to send", async () => {
  const running = await new Promise((resolve, reject) => request({ host: "127.0.0.1", port, path: segment, rejectUnauthorized: false, headers: { host: "localhost" } }, resolve).on("error", reject).end());
  const begun = await once(running, "data").then(([part]) => part);
  running.pause();
  const waiting = await shakeHands().catch(() => undefined);
  waiting?.resume();
  site.process.kill("SIGTERM");
  const gone = once(site.process, "exit");
  while (await shakeHands().then((socket) => socket.destroy() && true, ({ code }) => code !== "ECONNREFUSED")); // nobody new
  const parts = [begun];
  running.on("data", (part) => parts.push(part)).resume();
  await once(running, "end");
  assert.ok(Buffer.concat(parts).equals(direct));
  assert.deepEqual(await gone, [0, null]);
});
