// kill -9 of the server, again and again: at a random moment of every upload, and of all that goes on beside it. A stand-in
// worker brings packages to their end, stories are described, published and taken back, an editor saves again and again, a
// crawler reads what is public. What was acknowledged is there, and everything happened once.
// TARINA_UPLOAD_KILLS says how many uploads, each with one death (8 unless set).
import assert from "node:assert/strict";
import { randomBytes, createHash } from "node:crypto";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Visitor, detailsForm, find, invitation, stateOf } from "../../deploy/samples/visitor.mjs";
import { madeUpWorker } from "../bench/lib/made_up.mjs";
import { tarinaServer } from "../browser/lib/server.mjs";
import { Crawler } from "./lib/crawler.mjs";
import { MortalServer } from "./lib/mortal_server.mjs";
import { endGrace, rows, sha256OfFile, wrongPackages } from "./lib/record.mjs";
import { Draft, RawTus, TusClient } from "./lib/senders.mjs";

const kills = Number(process.env.TARINA_UPLOAD_KILLS ?? 8);
const most_beside = 6; // stories on their way to the public at a time
const most_public = 8; // then the oldest is taken back, so that a thousand films fit on a disk
const film_seconds = 12;
const between = (from, to) => from + Math.random() * (to - from);
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

let data, server, staff, crawler;
before(async () => {
  data = await mkdtemp(join(tmpdir(), "tarina-kills-"));
  server = await MortalServer.start({ data, config: { lease_seconds: 3 } });
  staff = new Visitor(server.url);
  await staff.signIn(await server.admin());
  crawler = new Crawler(server, { pause: 2 });
});
after(async () => {
  await crawler?.stop();
  await server?.end();
  await rm(data, { recursive: true, force: true });
});

/** Repeats where a death took along what is shown one time only. */
async function untilUndisturbed(step) {
  for (;;) {
    const deaths = server.kills;
    try {
      return await step();
    } catch (failure) {
      if (server.kills === deaths) throw failure;
      await server.up();
    }
  }
}

/** A new story's personal page and id, by the way an alumnus gets there. */
async function personalPage() {
  const invite = await untilUndisturbed(() => invitation(staff, { institution: "osao", teller: "Aino", language: "fi" }));
  const visitor = new Visitor(server.url);
  const form = [["show_name", "no"], ["age", "yes"], ["use", "watch"], ["use", "feeds"]];
  const location = await server.attempt("agreement", async (tries) => {
    const { location } = await visitor.send("POST", `/invite/${invite}`, { form });
    if (location) return location;
    assert.ok(tries > 0, "an invitation nobody used is taken");
    return (await visitor.send("POST", `/invite/${invite}/continue`, { form: {} })).location;
  });
  const mine = find(location, /\/mine\/([a-z0-9]{32,})/, "personal page");
  const page = await server.attempt("page", () => visitor.send("GET", `/mine/${mine}`));
  return { visitor, mine, id: find(page.text, /data-scope="([a-z0-9]+)"/, "story") };
}

const pool = randomBytes(64 << 20);
function someBytes() {
  const size = Math.floor(Math.random() < 0.1 ? between(8 << 20, 48 << 20) : between(100_000, 8 << 20));
  const from = Math.floor(between(0, pool.length - size));
  return pool.subarray(from, from + size);
}

/** Where the server dies: while the upload is created, in its body, or about its end, where it is hashed, moved and recorded. */
function momentOfDeath(size) {
  const chance = Math.random();
  if (chance < 0.08) return { at: -1, later: between(0, 6), name: "creation" };
  if (chance < 0.75) return { at: between(0, size), later: 0, name: "body" };
  return { at: size, later: between(0, 12 + size / 200_000), name: "end" };
}

const died = { creation: 0, body: 0, end: 0 };
async function uploadThroughDeath(mine, bytes, Kind) {
  const moment = momentOfDeath(bytes.length);
  const sender = new Kind(server, mine, bytes);
  let death = null;
  const die = () => {
    if (!death) death = pause(moment.later).then(() => server.kill());
  };
  if (moment.at < 0) die();
  await server.attempt(`upload (${moment.name})`, () => sender.go((sent) => sent >= moment.at && die()));
  die(); // where the server was quicker
  await death;
  died[moment.name] += 1;
  assert.equal(sender.known, bytes.length);
}

/** What the record and the store have of a story's film. */
async function checkOriginal(id, bytes) {
  const kept = await rows(data, `SELECT o.public_id AS id, o.sha256, o.bytes FROM original o JOIN story s ON s.id = o.story_id WHERE s.public_id = '${id}'`);
  assert.equal(kept.length, 1, "one original a story");
  assert.equal(kept[0].bytes, bytes.length);
  assert.equal(kept[0].sha256, sha256(bytes));
  assert.equal(await sha256OfFile(join(data, "media/originals", kept[0].id)), kept[0].sha256);
}

const shown = async (id) => {
  const answer = await fetch(`${server.url}/api/v1/stories/${id}`);
  return { status: answer.status, story: answer.ok ? await answer.json() : (await answer.text(), null) };
};
const described = (title) => ({ teller: "", institution: "osao", tags: ["kestävä"], fields: ["09"], language: "fi", spoken: "fi", exemption: "music", title: { fi: title }, summary: { fi: "Tarina, joka kesti kaiken." } });

/** Saves the title; the answer may be lost, the words may not. */
async function describe(id, title) {
  const address = `/studio/stories/${id}`;
  await server.attempt("details", async () => {
    const { text } = await staff.send("GET", address);
    await staff.send("POST", address, { form: detailsForm(described(title), find(text, /name="revision" value="(\d+)"/, "revision")) });
  });
}

const publicStories = [];
const withdrawn = [];

/** From the finished upload to the public, and the oldest public one back. */
async function bringOut({ visitor, mine, id }, title) {
  await describe(id, title);
  for (;;) {
    const state = await server.attempt("state", () => stateOf(visitor, mine));
    assert.notEqual(state.phase, "failed", state.sentence);
    if (state.phase === "ready") break;
    await pause(30);
  }
  await server.attempt("publishing", async (tries) => {
    const { status, text } = await staff.send("POST", `/studio/stories/${id}/publish`, { form: {}, fine: tries ? [303, 409] : [303] });
    if (status === 409) assert.equal((await shown(id)).status, 200, `refused and not public: ${text}`);
  });
  const { status, story } = await server.attempt("reading", () => shown(id));
  assert.equal(status, 200);
  assert.equal(story.title.fi ?? story.title, title);
  crawler.add(id);
  publicStories.push({ visitor, mine, id, title });
  if (publicStories.length <= most_public) return;
  const old = publicStories.shift();
  crawler.forget(old.id);
  await server.attempt("withdrawal", (tries) => old.visitor.send("POST", `/mine/${old.mine}/withdraw`, { form: [["confirm", "yes"]], fine: tries ? [200, 302, 303, 409, 410] : [200, 302, 303] }));
  withdrawn.push(old.id);
  await endGrace(data, old.id);
}

/** Saves one story again and again: what it says is the last acknowledged title, or one whose answer was lost after it. */
async function keepEditing(id, going) {
  const address = `/studio/stories/${id}`;
  let possible = [""]; // the acknowledged one first
  let saved = 0;
  while (going()) {
    const next = `Muokattu ${saved + 1}`;
    await server.attempt("edit", async () => {
      const { text } = await staff.send("GET", address);
      const title = find(text, /name="title_fi"[^>]*?value="([^"]*)"/, "title");
      assert.ok(possible.includes(title), `"${title}" is none of ${possible}`);
      possible = [title, next];
      await staff.send("POST", address, { form: detailsForm(described(next), find(text, /name="revision" value="(\d+)"/, "revision")) });
      possible = [next];
    });
    saved += 1;
    await pause(15);
  }
  return saved;
}

async function keepMaking(going) {
  const token = (await readFile(join(data, "secrets/worker-token"), "utf8")).trim();
  const worker = madeUpWorker(server.url, token, film_seconds, (_, index) => 3_000 + index, { attempt: (request) => server.attempt("worker", request) });
  while (going()) {
    try {
      await worker.one();
    } catch (failure) {
      if (failure.status !== 409) throw failure; // the lease was lost: somebody will take the task again
    }
  }
}

test(`${kills} uploads, in each of which the server is killed, come through whole, and what goes on beside them loses and doubles nothing`, { timeout: 120_000 + kills * 20_000 }, async (t) => {
  const begun = performance.now();
  const edited = await personalPage();
  let going = true;
  let failed = null;
  const fail = (failure) => {
    failed ??= failure;
  };
  const editor = keepEditing(edited.id, () => going);
  const maker = keepMaking(() => going);
  for (const one of [editor, maker]) one.catch(fail);
  crawler.start();
  const kinds = [RawTus, Draft, RawTus, TusClient];
  let beside = [];
  let bytes_sent = 0;
  try {
    for (let n = 0; n < kills; n += 1) {
      const page = await personalPage();
      const bytes = someBytes();
      await uploadThroughDeath(page.mine, bytes, kinds[n % kinds.length]);
      bytes_sent += bytes.length;
      await checkOriginal(page.id, bytes);
      const out = bringOut(page, `Kestävä tarina ${n}`);
      out.catch(fail);
      beside.push(out);
      while (beside.length >= most_beside) await beside.shift();
      for (const { id } of publicStories.slice(-1)) assert.equal((await server.attempt("reading", () => shown(id))).status, 200);
      for (const id of withdrawn.slice(-1)) assert.equal((await server.attempt("reading", () => shown(id))).status, 410);
      if (failed) throw failed;
    }
    await Promise.all(beside);
  } finally {
    going = false;
    await Promise.allSettled([...beside, maker]);
    t.diagnostic(`${server.kills} deaths in ${Math.round((performance.now() - begun) / 1000)} s: ${JSON.stringify(died)}; broke off: ${JSON.stringify(server.hit)}`);
    t.diagnostic(`starts: ${Math.round(server.starts.total / server.kills)} ms, the slowest ${Math.round(server.starts.slowest)} ms; ${Math.round(bytes_sent / 1e6)} MB uploaded`);
  }
  if (failed) throw failed;
  await crawler.round();
  t.diagnostic(`${await editor} edits; crawler: ${JSON.stringify(crawler.figures)}`);
  assert.deepEqual(crawler.findings, []);
  assert.equal(server.kills, kills);

  for (const { id, title } of publicStories) assert.equal((await shown(id)).story.title.fi ?? (await shown(id)).story.title, title);
  for (const id of withdrawn) assert.equal((await shown(id)).status, 410);
  const listed = await (await fetch(`${server.url}/api/v1/stories?limit=100`)).json();
  assert.deepEqual(listed.items.map(({ id }) => id).sort(), publicStories.map(({ id }) => id).sort());
  // What was taken back is erased by the sweep, even where a death came in between.
  for (const folder of ["originals", "packages"]) while ((await readdir(join(data, "media", folder))).length > publicStories.length) await pause(50);
  for (const folder of ["originals", "packages"]) assert.equal((await readdir(join(data, "media", folder))).length, publicStories.length, folder);
  assert.deepEqual(await readdir(join(data, "media/strays")), []);
  assert.deepEqual(await readdir(join(data, "media/staging")), []);
  const waiting = await rows(data, "SELECT public_id AS id FROM upload WHERE finished_at IS NULL ORDER BY 1"); // whose address was lost in their creation
  assert.deepEqual((await readdir(join(data, "media/uploads"))).sort(), waiting.map(({ id }) => id));
  assert.deepEqual(await wrongPackages(data), []);
  await server.end();
  const sound = await tarinaServer(data, "check");
  assert.equal(sound.code, 0, sound.stdout);
});
