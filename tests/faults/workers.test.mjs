// Two workers that are killed with SIGKILL at random moments, again and again: every story is finished once, from the same
// bytes come the same bytes, nothing is left lying about, and a crawler that reads what is public meets no error at all.
// Then a film that kills whoever touches it, and workers that fall asleep over their lease.
// TARINA_WORKER_KILLS says how many workers are killed, two over each story (4 unless set), TARINA_WORKER_STOPS how many
// fall asleep (1 unless set).
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { stateOf } from "../../deploy/samples/visitor.mjs";
import { clip } from "../browser/lib/clips.mjs";
import { Visitor, invitation, loadStory, untilReady, upload } from "../browser/lib/people.mjs";
import { startServer } from "../browser/lib/server.mjs";
import { Crawler } from "./lib/crawler.mjs";
import { rows, wrongPackages } from "./lib/record.mjs";
import { askAsWorker } from "./lib/worker_api.mjs";

const kills = Number(process.env.TARINA_WORKER_KILLS ?? 4);
const stories = Math.ceil(kills / 2);
const stops = Number(process.env.TARINA_WORKER_STOPS ?? 1);
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)); // between two looks
let data;
let server;
let staff;
let file; // ten seconds: two segments, a remux for the preview; small, since what is tried here is not the encoding
let film;
let crawler;
before(async () => {
  data = await mkdtemp(join(tmpdir(), "tarina-workers-"));
  server = await startServer({ data, config: { lease_seconds: 3 }, withWorker: false });
  staff = new Visitor(server.url);
  await staff.signIn(await server.admin());
  file = await clip({ width: 320, height: 180, seconds: 10 });
  film = await readFile(file);
  crawler = new Crawler(server, { pause: 10 });
  crawler.start();
});
after(async () => {
  await crawler?.stop();
  await server?.kill();
  await rm(data, { recursive: true, force: true });
});

/** Starts a worker whose lines are kept and can be waited for. */
function startWorker(name, jobs = 2) {
  const child = server.startWorker({ args: ["--name", name, "--cache", join(data, "cache", name), "--priority", "normal"], jobs, stdout: "pipe" });
  const lines = [];
  const tasks = new Set();
  let wake = () => {};
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    const [, task, what] = /(\w+): (begun|done|dropped|failed)/.exec(line) ?? [];
    if (what === "begun") tasks.add(task);
    else tasks.delete(task);
    wake();
  });
  let ended = false;
  child.once("exit", () => {
    ended = true;
    wake();
  });
  return {
    name,
    lines,
    tasks, // it has begun and not ended
    pid: child.pid,
    signal: (name) => child.kill(name),
    gone: new Promise((resolve) => child.once("exit", resolve)),
    async until(pattern) {
      while (!lines.some((line) => pattern.test(line))) {
        assert.ok(!ended, `${name} ended: ${lines.at(-1)}`);
        await new Promise((resolve) => (wake = resolve));
      }
    },
  };
}

async function send(bytes) {
  const visitor = new Visitor(server.url);
  const invite = await invitation(staff, { institution: "osao", teller: "Aino", language: "fi" });
  const agreed = await visitor.send("POST", `/invite/${invite}`, { form: [["show_name", "yes"], ["shown_name", "Aino"], ["age", "yes"], ["use", "watch"]] });
  const mine = /\/mine\/([a-z0-9]{32,})/.exec(agreed.location)[1];
  await upload(visitor, mine, bytes);
  return { visitor, mine };
}

/** {"v360/00001.m4s": sha256, …} of every package, and the playlists and manifest the server writes from the facts. */
async function packages() {
  const root = join(data, "media/packages");
  const all = [];
  const hash = async (folder, prefix, into) => {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (entry.isDirectory()) await hash(join(folder, entry.name), `${prefix}${entry.name}/`, into);
      else into[prefix + entry.name] = createHash("sha256").update(await readFile(join(folder, entry.name))).digest("hex");
    }
    return into;
  };
  for (const name of await readdir(root)) all.push(await hash(join(root, name), "", {}));
  return all;
}

/** What viewers are told of a story's streams: every playlist and the manifest. */
async function facts({ visitor, mine }) {
  const { preview } = await stateOf(visitor, mine);
  const base = preview.replace(/main\.m3u8$/, "");
  const main = (await visitor.send("GET", `${base}main.m3u8`)).text;
  const texts = [main, (await visitor.send("GET", `${base}main.mpd`)).text];
  for (const [path] of main.matchAll(/[\w-]+\/index\.m3u8/g)) texts.push((await visitor.send("GET", base + path)).text);
  return texts;
}

async function untilPublished(count) {
  while ((await readdir(join(data, "media/packages"))).length < count) await pause(10);
}

/** How often the failed tasks of the newest story were begun, and what was said of their ends. */
const troubles = () => rows(data, "SELECT kind, worker, starts, orderly_ends, error_key, error_detail FROM task WHERE state IN ('failed', 'quarantined') ORDER BY id DESC LIMIT 5");

/** Publishes a story whose making `wait(visitor, mine)` looks on. */
async function publish(wait) {
  const { id } = await loadStory(staff, { file, title: { fi: "Sitkeä tarina" }, exemption: "music", wait });
  crawler.add(id);
}

test(`${stories} stories are each finished once and alike though two workers are killed at random moments of each`, { timeout: 60_000 + kills * 30_000 }, async (t) => {
  const workers = [startWorker("worker-1"), startWorker("worker-2")];
  let expected;
  await publish(async (visitor, mine) => {
    await untilReady(visitor, mine);
    expected = await facts({ visitor, mine });
  });
  let next = 3;
  let killed = 0;
  let at_work = 0;
  const kill = (victim) => {
    at_work += workers[victim].tasks.size > 0;
    workers[victim].signal("SIGKILL");
    workers[victim] = startWorker(`worker-${next++}`);
    killed += 1;
  };
  const begun = performance.now();
  for (let n = 1; n <= stories; n++)
    await publish(async (visitor, mine) => {
      const together = Math.random() < 0.3; // both at once: nobody is left
      for (let death = 0; death < 2 && killed < kills; death += 1) {
        const at = Math.random() * 0.95;
        for (;;) {
          const state = await stateOf(visitor, mine);
          if (state.phase === "failed") assert.fail(`${state.sentence} ${JSON.stringify(await troubles())}`);
          if (state.phase === "ready" || (state.fraction ?? 0) >= at) break;
          await pause(10);
        }
        const busy = [0, 1].filter((one) => workers[one].tasks.size > 0);
        const victim = busy.length === 1 ? busy[0] : Math.floor(Math.random() * 2);
        kill(victim);
        if (!together || killed >= kills) continue;
        kill(1 - victim);
        break;
      }
      await untilReady(visitor, mine);
      assert.deepEqual(await facts({ visitor, mine }), expected, `story ${n}`);
    });
  t.diagnostic(`${killed} workers killed, ${at_work} of them at work, in ${Math.round((performance.now() - begun) / 1000)} s; crawler: ${JSON.stringify(crawler.figures)}`);
  assert.equal(killed, kills);
  await untilPublished(stories + 1);
  const made = await packages();
  assert.equal(made.length, stories + 1, "one package a story");
  assert.ok(Object.keys(made[0]).length > 5);
  for (const one of made) assert.deepEqual(one, made[0]);
  assert.deepEqual(await wrongPackages(data), []);
  assert.equal((await readdir(join(data, "media/originals"))).length, stories + 1);
  assert.deepEqual(await readdir(join(data, "media/staging")), []);
  await crawler.round();
  assert.deepEqual(crawler.findings, []);
  for (const worker of workers) {
    worker.signal("SIGTERM");
    await worker.gone;
  }
});

async function untilFailed(phase, signal) {
  while (!signal.aborted && (await phase()) !== "failed") await pause(20);
}

test("a film that kills its workers is put aside with a plain reason after three deaths, the others go on, and a button tries again", async () => {
  const poison = await send(film);
  const phase = async () => (await stateOf(poison.visitor, poison.mine)).phase;
  let deaths = 0;
  while ((await phase()) !== "failed") {
    const worker = startWorker(`victim-${++deaths}`, 1);
    assert.ok(deaths < 40);
    // Quarantine may come while this one only asks.
    const over = new AbortController();
    await Promise.race([worker.until(/: begun/), untilFailed(phase, over.signal)]);
    over.abort();
    worker.signal("SIGKILL");
    await worker.gone;
  }
  const good = await send(film);
  assert.ok(deaths >= 3);
  const state = await stateOf(poison.visitor, poison.mine);
  assert.match(state.sentence, /kaatui kolme kertaa/);
  assert.match((await poison.visitor.send("GET", `/mine/${poison.mine}`)).text, new RegExp(`action="/mine/${poison.mine}/retry"`));
  const worker = startWorker("survivor");
  await untilReady(good.visitor, good.mine);
  await poison.visitor.send("POST", `/mine/${poison.mine}/retry`, { form: {} });
  await untilReady(poison.visitor, poison.mine);
  worker.signal("SIGTERM");
  await worker.gone;
});

/** Stops or wakes a worker, and its tasks' own processes with it when `wholly`. */
async function signalAll(worker, signal, wholly) {
  const children = wholly ? (await readFile(`/proc/${worker.pid}/task/${worker.pid}/children`, "utf8")).trim().split(" ").filter(Boolean) : [];
  worker.signal(signal);
  for (const child of children)
    try {
      process.kill(Number(child), signal);
    } catch (failure) {
      if (failure.code !== "ESRCH") throw failure; // it had ended
    }
}

const leasesOf = (worker) => rows(data, `SELECT public_id AS id, token FROM task WHERE state = 'leased' AND worker = '${worker.name}'`);

/** Everything a worker might send, under a lease that is over: refused. */
async function assertRefused({ id, token }) {
  for (const [method, path, body] of [["POST", "progress", '{"fraction":0.5}'], ["PUT", "outputs/v360/init.mp4", "late"], ["POST", "complete", '{"result":{"texts":[]}}'], ["POST", "fail", '{"failure":{"key":"media.broken","detail":"late","permanent":true}}']]) {
    const answer = await askAsWorker(server, `tasks/${id}/${path}`, token, body, method);
    assert.equal(answer.status, 409, `${path}: ${await answer.text()}`);
  }
}

test(`${stops} times a worker falls asleep past its lease: another one's work stands, and the sleeper is refused when it wakes and is of use again`, { timeout: 60_000 + stops * 60_000 }, async (t) => {
  const before = (await readdir(join(data, "media/packages"))).length;
  const workers = [startWorker("sleeper-1", 1), startWorker("sleeper-2", 1)];
  const begun = performance.now();
  let made = 0;
  const kinds = {};
  for (let slept = 0; slept < stops; ) {
    assert.ok(made < 20 + 3 * stops, "no sleeper held a lease");
    made += 1;
    await publish(async (visitor, mine) => {
      // A random one of the story's tasks, or the first there is.
      const at = Math.random() * 0.9;
      let sleeper;
      let held = [];
      const wholly = Math.random() < 0.5;
      while (held.length === 0) {
        const state = await stateOf(visitor, mine);
        if (state.phase === "ready") return;
        sleeper = (state.fraction ?? 0) < at ? null : workers.find(({ tasks }) => tasks.size > 0);
        if (!sleeper) {
          await pause(10);
          continue;
        }
        await signalAll(sleeper, "SIGSTOP", wholly);
        held = await leasesOf(sleeper);
        if (held.length === 0) await signalAll(sleeper, "SIGCONT", wholly);
      }
      await untilReady(visitor, mine);
      const [task] = await rows(data, `SELECT token, kind FROM task WHERE public_id = '${held[0].id}'`);
      if (task.token > held[0].token) await assertRefused(held[0]); // otherwise its last word was on the way already
      await signalAll(sleeper, "SIGCONT", wholly);
      if (task.token === held[0].token) return;
      await sleeper.until(new RegExp(`${held[0].id}: dropped`));
      kinds[task.kind] = (kinds[task.kind] ?? 0) + 1;
      slept += 1;
    });
  }
  t.diagnostic(`${stops} sleepers in ${Math.round((performance.now() - begun) / 1000)} s over ${JSON.stringify(kinds)}`);
  for (const worker of workers) assert.ok(!worker.lines.some((line) => /: failed/.test(line)));
  await untilPublished(before + made);
  assert.deepEqual(await wrongPackages(data), []);
  assert.deepEqual(await readdir(join(data, "media/staging")), []);
  for (const worker of workers) {
    worker.signal("SIGTERM");
    await worker.gone;
  }
  await crawler.round();
  t.diagnostic(`crawler: ${JSON.stringify(crawler.figures)}`);
  assert.deepEqual(crawler.findings, []);
});
