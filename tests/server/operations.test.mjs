// What a service manager relies on: units that systemd itself finds sound, one socket through restarts, notices, reload.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { Agent, get } from "node:http";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { programs, root } from "../browser/lib/server.mjs";
import { makeCertificate } from "../bench/lib/certificate.mjs";
import { ask as askOverTls } from "./lib/fronts.mjs";

const run = promisify(execFile);

let folder;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "tarina-operations-"));
});
after(() => rm(folder, { recursive: true, force: true }));

test("systemd finds every unit sound and the services well shut in", async () => {
  const units = join(root, "deploy/systemd");
  const names = (await readdir(units)).filter((name) => /\.(service|socket|timer)$/.test(name));
  assert.ok(names.length >= 7);
  for (const name of names) {
    const text = await readFile(join(units, name), "utf8");
    await writeFile(join(folder, name), text.replaceAll("/usr/bin/tarina-server", programs.server).replaceAll("/usr/bin/tarina-worker", programs.worker).replace(/^Documentation=.*$/m, ""));
  }
  const env = { ...process.env, SYSTEMD_UNIT_PATH: `${folder}:` };
  const { stderr } = await run("systemd-analyze", ["verify", "--man=no", "--recursive-errors=no", ...names.map((name) => join(folder, name))], { env });
  assert.equal(stderr.split("\n").filter((line) => line.includes("tarina")).join("\n"), "");
  // Exposure from 0 (shut in) to 10 (open), in tenths; systemd calls anything under 2.0 "OK" and 9.6 is a bare service's.
  for (const [name, most] of [["tarina.service", 20], ["tarina-backup.service", 60], ["tarina-worker.service", 50]])
    await run("systemd-analyze", ["security", "--offline=true", `--threshold=${most}`, join(folder, name)], { env });
});

async function ready(child) {
  for await (const line of createInterface({ input: child.stdout })) if (/listens at/.test(line)) return;
  throw new Error("the server ended before it was ready");
}

async function config(data, more = {}) {
  await writeFile(join(data, "config.jsonc"), JSON.stringify({ data, web: join(root, "web"), log_level: "info", disk_floor_bytes: 1 << 20, ...more }));
}

function ask(port, agent) {
  return new Promise((resolve, reject) => {
    get({ port, host: "127.0.0.1", path: "/healthz", agent }, (answer) => {
      answer.resume();
      answer.once("end", () => resolve(answer.statusCode));
      answer.once("error", reject);
    }).once("error", reject);
  });
}

test("restarts on handed-over sockets refuse nobody", async (t) => {
  const data = await mkdtemp(join(folder, "data-"));
  const { certificate, key } = makeCertificate(data);
  const tls = { tls_certificate: certificate, tls_key: key };
  await config(data, tls);
  const manager = spawn("python3", [join(root, "tests/server/lib/socket_manager.py"), programs.server, join(data, "config.jsonc")], { stdio: ["pipe", "pipe", process.env.TARINA_LOG ? "inherit" : "ignore"] });
  t.after(() => manager.stdin.end()); // it takes its server along
  const lines = createInterface({ input: manager.stdout })[Symbol.asyncIterator]();
  const expect = async (pattern) => {
    for (;;) {
      const { value, done } = await lines.next();
      if (done) throw new Error("the manager ended");
      const found = pattern.exec(value);
      if (found) return found;
    }
  };
  const port = Number((await expect(/^port (\d+)/))[1]);
  const tls_port = Number((await expect(/^tls port (\d+)/))[1]);
  await expect(/^notice .*READY=1/);
  assert.equal((await askOverTls(tls_port, "/healthz")).status, 200);
  let asking = true;
  const answers = new Map();
  const visitors = Array.from({ length: 8 }, async () => {
    while (asking) {
      const status = await ask(port, new Agent({ keepAlive: false }));
      const secure = await askOverTls(tls_port, "/healthz", { agent: false });
      for (const one of [status, secure.status]) answers.set(one, (answers.get(one) ?? 0) + 1);
    }
  });
  for (let restart = 0; restart < 3; restart += 1) {
    manager.stdin.write("restart\n");
    await expect(/^notice .*STOPPING=1/);
    await expect(/^notice .*READY=1/);
    for (const before = answers.get(200) ?? 0; (answers.get(200) ?? 0) < before + 16;) await new Promise((resolve) => setImmediate(resolve));
  }
  asking = false;
  await Promise.all(visitors);
  assert.deepEqual([...answers.keys()], [200]);
  assert.ok(answers.get(200) > 24);

  manager.stdin.write("watch\n"); // a watchdog of 400 ms from the next start on
  manager.stdin.write("restart\n");
  await expect(/^notice .*WATCHDOG=1/);
  await expect(/^notice .*WATCHDOG=1/);

  await config(data, { ...tls, log_level: "warn", port: 1 });
  manager.stdin.write("reload\n");
  await expect(/^notice .*RELOADING=1/);
  await expect(/^notice .*READY=1/);
  assert.equal(await ask(port, new Agent({ keepAlive: false })), 200);
  manager.stdin.end();
  await once(manager, "exit");
});

test("the log can be one JSON object a line, and a reload says what waits for a restart", async () => {
  const data = await mkdtemp(join(folder, "data-"));
  await config(data, { log_format: "json", port: 0 });
  const child = spawn(programs.server, ["--config", join(data, "config.jsonc"), "serve"], { stdio: ["ignore", "pipe", "pipe"] });
  const log = [];
  const lines = createInterface({ input: child.stderr });
  lines.on("line", (line) => log.push(JSON.parse(line)));
  await ready(child);
  await config(data, { log_format: "json", port: 0, idle_timeout_seconds: 7 });
  child.kill("SIGHUP");
  while (!log.some((line) => line.message === "the configuration was read again")) await once(lines, "line");
  assert.ok(log.some((line) => line.level === "warning" && line.message === "the new value of idle_timeout_seconds counts from the next start"));
  await writeFile(join(data, "config.jsonc"), "{ broken");
  child.kill("SIGHUP");
  while (!log.some((line) => line.level === "error" && line.message.startsWith("the configuration stays as it was"))) await once(lines, "line");
  child.kill("SIGTERM");
  await once(child, "exit");
  for (const line of log) assert.deepEqual(Object.keys(line), ["time", "level", "message"]);
});
