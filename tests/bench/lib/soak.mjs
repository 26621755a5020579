// A busy server over a long time: viewers at their pace, searches, pages, lesson lists that change, short films that come in,
// are encoded, described and withdrawn again, a slow uploader who gives up, and a backup every two minutes. Every two seconds the
// server's memory and descriptors are looked at; the slope is of all that time. Before it come eight minutes in which everything
// but the viewing is done five times as often, until caches and heap are what they stay.
//   tests/bench/soak [--minutes N] [--warm-up N] [--viewers N] [--pace N]
// `--pace 4` does everything but the viewing four times as often, to see sooner what grows.
// The last line is JSON. Memory is what belongs to the process alone (RssAnon, and Pss beside it): mapped database pages that
// the kernel may take back at any time are not growth. What requests take for a moment comes and goes with how busy the machine
// is; `rss_floor_…` is what stays between them, the lowest of each minute.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { sample, slope } from "./growth.mjs";
import { Audience, pause } from "./viewer.mjs";

const root = resolve(new URL("../../..", import.meta.url).pathname);
process.env.TARINA_BUILD_DIR ??= join(root, "build/release");
const { startServer, tarinaServer } = await import("../../browser/lib/server.mjs");
const { Visitor, loadStory, personalLink } = await import("../../browser/lib/people.mjs");
const { createUpload, detailsForm, find } = await import("../../../deploy/samples/visitor.mjs");
const { publishMadeUp } = await import("./made_up.mjs");

const { values: options } = parseArgs({ options: { minutes: { type: "string", default: "30" }, viewers: { type: "string", default: "40" }, pace: { type: "string", default: "1" }, "warm-up": { type: "string", default: "8" } } });
const minutes = Number(options.minutes);
const pace = Number(options.pace);
const pace_of_warm_up = 5;
const words = ["sairaanhoitaja", "kampaaja", "opiskelin", "työpaikalla", "lähihoitajana", "hitsaus", "koulu", "verkossa", "ensimmäinen", "kokki"];
const film = join(root, "tests/fixtures/video/counted.mp4");
const at_rest = 6; // films that stay published; older ones are withdrawn

const folder = await mkdtemp(join(tmpdir(), "tarina-soak-"));
const site = await startServer({ withWorker: false, config: { connections_per_address: 10_000 } });
const done = { films: 0, withdrawn: 0, edits: 0, searches: 0, lists: 0, list_edits: 0, given_up: 0, backups: 0 };
const troubles = [];
const began = performance.now();
const warm_up = Number(options["warm-up"]); // minutes
const settled_at = began + warm_up * 60_000;
const until = settled_at + minutes * 60_000;
const now_every = (every) => every / (performance.now() < settled_at ? Math.max(pace, pace_of_warm_up) : pace);

/** Does `act` again and again until the end, `every` ms from beginning to beginning at a pace of one; what fails is noted and goes on. */
async function repeat(name, every, act) {
  for (let next = performance.now(); performance.now() < until; ) {
    try {
      await act();
    } catch (failure) {
      troubles.push(`${name}: ${failure.message}`);
    }
    next = Math.max(next + now_every(every), performance.now());
    await pause(Math.min(next, until) - performance.now());
  }
}

/** Looks every two seconds, whatever the pace. */
async function watch(look) {
  for (; performance.now() < until; await pause(2_000)) look();
}

const one_of = (list) => list[Math.floor(Math.random() * list.length)];
const subtitles = (n) => `WEBVTT\n\n00:00.000 --> 00:02.000\nOlen kertoja numero ${n}\n\n00:02.000 --> 00:04.000\n${one_of(words)} ja ${one_of(words)}\n`;

async function search(visitor) {
  const query = encodeURIComponent(`${one_of(words)} ${Math.random() < 0.5 ? one_of(words) : ""}`.trim());
  for (const path of [`/stories?q=${query}`, `/api/v1/stories?q=${query}`, `/api/v1/suggestions?q=${query.slice(0, 4)}`, "/", "/feeds/stories.rss", "/sitemap.xml"]) {
    await visitor.send("GET", path, { headers: { accept: path.startsWith("/api") ? "application/json" : "text/html" } });
    ++done.searches;
  }
}

const kept = []; // films published, the oldest first
async function bring_film(staff) {
  const n = ++done.films;
  const title = `Tarina ${n}: ${one_of(words)}`;
  const story = await loadStory(staff, { file: film, title: { fi: title }, summary: { fi: `Tiivistelmä ${n}` }, subtitles: [{ language: "fi", kind: "captions", text: subtitles(n) }] });
  kept.push(story);
  if (kept.length <= at_rest) return;
  const old = kept.shift();
  await new Visitor(site.url).send("POST", `/mine/${old.mine}/withdraw`, { form: { sure: "yes" } });
  ++done.withdrawn;
}

async function edit(staff) {
  const story = kept.at(-1);
  if (!story) return;
  const address = `/studio/stories/${story.id}`;
  const revision = find((await staff.send("GET", address)).text, /name="revision" value="(\d+)"/, "revision");
  const details = { teller: "Aino", institution: "osao", fields: ["09"], tags: [one_of(words)], spoken: "fi", title: { fi: `Muutettu ${done.edits}` }, summary: { fi: "Uusi tiivistelmä" } };
  await staff.send("POST", address, { form: detailsForm(details, revision), fine: [200, 303, 409] });
  const track = `${address}/subtitles/fi-captions`;
  const seen = find((await staff.send("GET", track)).text, /name="revision" value="(\d+)"/, "revision");
  await staff.send("POST", track, { form: { revision: seen, vtt: subtitles(done.edits), checked: "yes" }, fine: [200, 303, 409] });
  ++done.edits;
}

async function keep_list(visitor) {
  const headers = { "content-type": "application/json", accept: "application/json" };
  const stories = kept.slice(-3).map(({ id }) => ({ story: id, start_ms: 0, end_ms: 1000 }));
  const made = JSON.parse((await visitor.send("POST", "/api/v1/lists", { headers, body: JSON.stringify({ title: "Tunti", items: stories }), fine: [201, 400, 422, 429] })).text);
  if (!made.id) return;
  ++done.lists;
  const own = { ...headers, authorization: `Bearer ${made.edit_token}` };
  for (let i = 0; i < 5; ++i) {
    const list = JSON.parse((await visitor.send("GET", `/api/v1/lists/${made.id}`, { headers })).text);
    const items = list.items.map(({ id, story, start_ms }) => ({ id, story, start_ms, note: `huomio ${i}` }));
    await visitor.send("PUT", `/api/v1/lists/${made.id}`, { headers: own, body: JSON.stringify({ title: `Tunti ${i}`, description: "", language: "fi", revision: list.revision, items }), fine: [200, 409, 429] });
    await visitor.send("GET", `/lists/${made.id}`);
    ++done.list_edits;
  }
  await visitor.send("DELETE", `/api/v1/lists/${made.id}`, { headers: own, fine: [204] });
}

/** An upload that begins, breaks off and is taken back. */
async function give_up(visitor, staff) {
  const path = await createUpload(visitor, await personalLink(site, staff), 1 << 20, "kesken.mp4");
  const controller = new AbortController();
  const sent = fetch(new URL(path, site.url), { method: "PATCH", duplex: "half", signal: controller.signal,
    headers: { "tus-resumable": "1.0.0", "upload-offset": "0", "content-type": "application/offset+octet-stream" },
    body: new ReadableStream({ start: (c) => c.enqueue(new Uint8Array(1000)) }) }).catch(() => {});
  await pause(500);
  controller.abort();
  await sent;
  await visitor.send("DELETE", path, { headers: { "tus-resumable": "1.0.0" }, fine: [204] });
  ++done.given_up;
}

async function back_up() {
  const { code, stderr } = await tarinaServer(site.data, "backup", join(folder, "backups"), "--keep", "2");
  if (code !== 0) throw new Error(stderr);
  ++done.backups;
}

/** Requests and statuses as the server itself counts them: the worker's are among them. */
async function statuses() {
  const { text } = await new Visitor(site.url).send("GET", "/metrics");
  const all = {};
  for (const [, status, count] of text.matchAll(/^tarina_requests_total\{.*status="(\d+)"\} (\d+)$/gm)) all[status] = (all[status] ?? 0) + Number(count);
  return all;
}

try {
  const staff = new Visitor(site.url);
  await staff.signIn(await site.admin());
  const watched = await publishMadeUp(site, staff, 120, () => 200 * 1024);
  site.startWorker({ jobs: 1 });
  const audience = new Audience();
  const samples = [];
  await Promise.all([
    watch(() => samples.push(sample(site.process.pid, began))),
    ...Array.from({ length: Number(options.viewers) }, () => audience.view(site.url + watched.stream, until)),
    repeat("search", 500, () => search(new Visitor(site.url))),
    repeat("film", 15_000, () => bring_film(staff)),
    repeat("edit", 5_000, () => edit(staff)),
    repeat("list", 10_000, () => keep_list(new Visitor(site.url))),
    repeat("given up", 7_000, () => give_up(new Visitor(site.url), staff)),
    repeat("backup", 120_000, back_up),
  ]);
  const counts = await statuses();
  const settled = samples.filter(({ seconds }) => began + seconds * 1000 >= settled_at);
  const rounded = (mb) => Math.round(mb * 100) / 100;
  const per_hour = (key) => rounded(slope(settled.map((s) => [s.seconds / 3600, s[key]])));
  const floors = []; // the lowest sample of each minute
  for (const one of settled) {
    const minute = Math.floor(one.seconds / 60 - warm_up);
    if (!floors[minute] || one.anonymous_mb < floors[minute].anonymous_mb) floors[minute] = one;
  }
  const floor_slope = rounded(slope(floors.map((s) => [s.seconds / 3600, s.anonymous_mb])));
  const last = samples.at(-1);
  for (const s of samples.filter((_, i) => i % Math.ceil(samples.length / 15) === 0 || i === samples.length - 1))
    console.log(`${(s.seconds / 60).toFixed(1).padStart(6)} min ${s.anonymous_mb.toFixed(1).padStart(8)} MB anonymous ${s.pss_mb.toFixed(1).padStart(8)} MB PSS ${String(s.fds).padStart(6)} descriptors`);
  console.log(`done: ${JSON.stringify(done)}; viewers: ${JSON.stringify(audience.seen)}`);
  console.log(`statuses: ${JSON.stringify(counts)}`);
  for (const one of [...new Set(troubles)].slice(0, 20)) console.log(`trouble: ${one}`);
  const requests = Object.values(counts).reduce((sum, n) => sum + n, 0);
  const status_5xx = Object.entries(counts).reduce((sum, [status, n]) => sum + (status >= "500" ? n : 0), 0);
  console.log(JSON.stringify({ minutes, rss_slope_mb_per_hour: per_hour("anonymous_mb"), rss_floor_slope_mb_per_hour: floor_slope, rss_floor_first_mb: rounded(floors[0].anonymous_mb), rss_floor_last_mb: rounded(floors.at(-1).anonymous_mb), pss_slope_mb_per_hour: per_hour("pss_mb"), rss_last_mb: Math.round(last.anonymous_mb), fds_first: settled[0].fds, fds_last: last.fds, fds_slope_per_hour: per_hour("fds"), requests, status_5xx, troubles: troubles.length, ...done }));
  if (status_5xx > 0 || troubles.length > 0) process.exitCode = 1;
} finally {
  await site.stop();
  await rm(folder, { recursive: true, force: true });
}
