// Two workers that are killed with SIGKILL at random moments, again and again: every story is finished once, from the same
// bytes come the same bytes, and nothing is left lying about. Then a film that kills whoever touches it, and a worker that
// falls asleep over its lease. TARINA_WORKER_KILLS says how many stories are disturbed (4 unless set).
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { stateOf } from "../../deploy/samples/visitor.mjs";
import { clip } from "../browser/lib/clips.mjs";
import { Visitor, invitation, untilReady, upload } from "../browser/lib/people.mjs";
import { startServer } from "../browser/lib/server.mjs";

const stories = Number(process.env.TARINA_WORKER_KILLS ?? 4);
let data;
let server;
let staff;
let film; // ten seconds: two segments, a remux for the preview
before(async () => {
  data = await mkdtemp(join(tmpdir(), "tarina-workers-"));
  server = await startServer({ data, config: { lease_seconds: 2 }, withWorker: false });
  staff = new Visitor(server.url);
  await staff.signIn(await server.admin());
  film = await readFile(await clip({ seconds: 10 }));
});
after(async () => {
  await server?.kill();
  await rm(data, { recursive: true, force: true });
});

/** Starts a worker whose lines are kept and can be waited for. */
function startWorker(name, jobs = 2) {
  const child = server.startWorker({ args: ["--name", name, "--cache", join(data, "cache", name), "--priority", "normal"], jobs, stdout: "pipe" });
  const lines = [];
  let wake = () => {};
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
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
  while ((await readdir(join(data, "media/packages"))).length < count) await new Promise((resolve) => setImmediate(resolve));
}

test(`${stories} stories are each finished once and alike though one of two workers is killed at a random moment of each`, async () => {
  const workers = [startWorker("worker-1"), startWorker("worker-2")];
  const undisturbed = await send(film);
  await untilReady(undisturbed.visitor, undisturbed.mine);
  const expected = await facts(undisturbed);
  let next = 3;
  for (let n = 1; n <= stories; n++) {
    const story = await send(film);
    const at = Math.random() * 0.95;
    for (;;) {
      const state = await stateOf(story.visitor, story.mine);
      assert.notEqual(state.phase, "failed", state.sentence);
      if (state.phase === "ready" || (state.fraction ?? 0) >= at) break;
    }
    const victim = Math.floor(Math.random() * 2);
    workers[victim].signal("SIGKILL");
    workers[victim] = startWorker(`worker-${next++}`);
    await untilReady(story.visitor, story.mine);
    assert.deepEqual(await facts(story), expected, `story ${n}, killed at ${at}`);
  }
  await untilPublished(stories + 1);
  const made = await packages();
  assert.equal(made.length, stories + 1, "one package a story");
  assert.ok(Object.keys(made[0]).length > 5);
  for (const one of made) assert.deepEqual(one, made[0]);
  assert.equal((await readdir(join(data, "media/originals"))).length, stories + 1);
  assert.deepEqual(await readdir(join(data, "media/staging")), []);
  for (const worker of workers) {
    worker.signal("SIGTERM");
    await worker.gone;
  }
});

async function untilFailed(phase, signal) {
  while (!signal.aborted && (await phase()) !== "failed");
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

test("a worker asleep past its lease is refused when it wakes, and is of use again", async () => {
  const before = (await readdir(join(data, "media/packages"))).length;
  const sleeper = startWorker("sleeper", 1);
  const story = await send(film);
  await sleeper.until(/: begun/);
  sleeper.signal("SIGSTOP");
  const other = startWorker("other");
  await untilReady(story.visitor, story.mine);
  other.signal("SIGTERM");
  await other.gone;
  sleeper.signal("SIGCONT");
  await sleeper.until(/: dropped/);
  assert.ok(!sleeper.lines.some((line) => /: failed/.test(line)));
  const next = await send(film);
  await untilReady(next.visitor, next.mine);
  await untilPublished(before + 2);
  assert.deepEqual(await readdir(join(data, "media/staging")), []);
  sleeper.signal("SIGTERM");
  await sleeper.gone;
});
