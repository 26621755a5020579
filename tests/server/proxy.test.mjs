// The configurations of deploy/proxy with the real programs in front of a real server: only names, ports and folders change.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:http2";
import { get, request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { publishMadeUp } from "../bench/lib/made_up.mjs";
import { freePort } from "../bench/lib/nginx.mjs";
import { Visitor } from "../browser/lib/people.mjs";
import { root, startServer } from "../browser/lib/server.mjs";

/** One HTTPS request; gives {status, headers, text}. */
function ask(port, path, { method = "GET", headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port, path, method, headers: { host: `localhost:${port}`, ...headers }, rejectUnauthorized: false }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("end", () => resolve({ status: answer.statusCode, headers: answer.headers, text: Buffer.concat(parts).toString("latin1") }));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/** Status of a GET over HTTP/2. */
async function askHttp2(port, path) {
  const session = connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
  const stream = session.request({ ":path": path, ":authority": `localhost:${port}` });
  const [headers] = await once(stream, "response");
  stream.resume();
  await once(stream, "end");
  session.close();
  return headers[":status"];
}

test("nginx with our configuration speaks TLS and HTTP/2, tells who asks, and keeps streams for others", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "tarina-proxy-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const [port, plain] = [await freePort(), await freePort()];
  const base = `https://localhost:${port}`;
  const site = await startServer({ withWorker: false, config: { trusted_proxies: ["127.0.0.1"] } });
  t.after(() => site.stop());
  const staff = new Visitor(site.url);
  await staff.signIn(await site.admin());
  const story = await publishMadeUp(site, staff, 24, () => 100_000);

  execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", join(folder, "key"), "-out", join(folder, "cert"), "-days", "2", "-subj", "/CN=localhost"], { stdio: "ignore" });
  const ours = readFileSync(join(root, "deploy/proxy/nginx.conf"), "utf8")
    .replace("127.0.0.1:8080", new URL(site.url).host)
    .replace("/var/cache/nginx/tarina", join(folder, "cache"))
    .replace("listen 80;", `listen 127.0.0.1:${plain};`)
    .replace("listen 443 ssl", `listen 127.0.0.1:${port} ssl`)
    .replace("/etc/ssl/tarina.pem", join(folder, "cert"))
    .replace("/etc/ssl/tarina.key", join(folder, "key"))
    .replaceAll("tarina.example.fi", "localhost");
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${folder}/${name};`).join(" ");
  writeFileSync(join(folder, "nginx.conf"), `daemon off; pid ${folder}/pid; error_log ${folder}/log; user root; events {} http { access_log off; ${paths}\n${ours}\n}\n`);
  const nginx = spawn("nginx", ["-c", join(folder, "nginx.conf"), "-e", join(folder, "log")], { stdio: "inherit" });
  const gone = once(nginx, "exit");
  t.after(async () => {
    nginx.kill("SIGTERM");
    await gone;
  });
  for (let up = false; !up;) {
    up = await new Promise((resolve) => get({ host: "127.0.0.1", port, path: "/healthz", rejectUnauthorized: false }, (answer) => resolve(answer.resume() !== undefined)).on("error", () => resolve(false)));
    assert.equal(nginx.exitCode, null, "nginx runs");
  }

  const front = await ask(port, "/", { headers: { accept: "text/html" } });
  assert.equal(front.status, 200);
  assert.match(front.headers["strict-transport-security"], /max-age=31536000/, "Tarina knows that the visitor uses TLS");
  assert.equal(await askHttp2(port, "/"), 200);
  const moved = await fetch(`http://127.0.0.1:${plain}/fi`, { redirect: "manual" });
  assert.equal(moved.status, 308);

  const segment = `${story.stream}v360/00001.m4s`;
  const first = await ask(port, segment);
  const again = await ask(port, segment);
  assert.equal(again.status, 200);
  assert.equal(first.headers["x-cache"], "MISS");
  assert.equal(again.headers["x-cache"], "HIT");
  assert.equal(again.text, first.text);
  const part = await ask(port, segment, { headers: { range: "bytes=10-19" } });
  assert.equal(part.status, 206);
  assert.equal(part.text, first.text.slice(10, 20));
  const preview = await ask(port, `${story.preview}main.m3u8`);
  assert.equal(preview.status, 200);
  assert.notEqual((await ask(port, `${story.preview}main.m3u8`)).headers["x-cache"], "HIT", "a preview is nobody else's");

  const creation = { "tus-resumable": "1.0.0", "upload-length": "10", "upload-metadata": "mine bm9ib2R5" };
  const refused = await ask(port, "/api/v1/uploads", { method: "POST", headers: creation });
  assert.ok(refused.status >= 400 && refused.status < 500, "uploads reach Tarina, which wants a personal link");
  const foreign = await ask(port, "/sign-in", { method: "POST", headers: { origin: "https://elsewhere.example", "content-type": "application/x-www-form-urlencoded" }, body: "email=a&password=b" });
  assert.equal(foreign.status, 403);
  const own = await ask(port, "/sign-in", { method: "POST", headers: { origin: base, "content-type": "application/x-www-form-urlencoded" }, body: "email=a&password=b" });
  assert.notEqual(own.status, 403);
});
