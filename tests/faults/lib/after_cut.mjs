// What must hold of a data folder after a power cut: a server starts on it, and all that was acknowledged is there.
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { work } from "../../bench/lib/made_up.mjs";
import { Visitor } from "../../browser/lib/people.mjs";
import { startServer, tarinaServer } from "../../browser/lib/server.mjs";
import { seconds, segmentSize, sha256 } from "./life.mjs";
import { askAsWorker } from "./worker_api.mjs";

const run = promisify(execFile);
export const config = { lease_seconds: 60 };
const tus = { "tus-resumable": "1.0.0" };

export async function rows(data, sql) {
  const { stdout } = await run("sqlite3", ["-json", "-cmd", ".timeout 10000", join(data, "catalog.sqlite"), sql], { maxBuffer: 1 << 26 });
  return stdout.trim() ? JSON.parse(stdout) : [];
}

/** What is wrong with the record and the search index themselves, while no server runs. */
export async function soundness(data) {
  const wrong = [];
  const integrity = await rows(data, `ATTACH '${join(data, "search.sqlite")}' AS search; PRAGMA integrity_check(5)`).catch((failure) => [{ integrity_check: failure.message }]);
  for (const { integrity_check: line } of integrity) if (line !== "ok") wrong.push(line);
  const checked = await tarinaServer(data, "check");
  if (checked.code !== 0) wrong.push(`check: ${checked.stdout}${checked.stderr}`);
  return wrong;
}

/** Every file that the facts of a published package name is there with its size and bytes, and so is every one of its playlists. */
function packageDamage(data, id, facts) {
  const folder = join(data, "media/packages", id);
  const wrong = [];
  const file = (name, bytes, hash) => {
    const path = join(folder, name);
    if (!existsSync(path)) return wrong.push(`package ${id} lacks ${name}`);
    const content = readFileSync(path);
    if (bytes && content.length !== bytes) wrong.push(`package ${id}: ${name} has ${content.length} bytes of ${bytes}`);
    else if (hash && sha256(content) !== hash) wrong.push(`package ${id}: ${name} has other bytes`);
    return content.toString();
  };
  for (const track of [...facts.video, ...facts.audio]) {
    file(`${track.name}/init.mp4`, track.init_bytes, track.init_sha256);
    for (const segment of track.segments) file(`${track.name}/${segment.name}`, segment.bytes, segment.sha256);
    const playlist = file(`${track.name}/index.m3u8`);
    if (typeof playlist === "string" && [...playlist.matchAll(/^\d+\.m4s$/gm)].length !== track.segments.length) wrong.push(`package ${id}: the playlist of ${track.name} is not whole`);
  }
  if (facts.download) file("download/story.mp4", facts.download.bytes, facts.download.sha256);
  for (const name of ["main.m3u8", "main.mpd", "stills/storyboard.vtt", ...facts.posters.map((poster) => `stills/${poster}`)]) file(name);
  return wrong;
}

/** Asks for the stream of a story as a player does; gives what is missing or short. */
async function streamDamage(base, id) {
  const page = await fetch(`${base}/stories/${id}`);
  const stream = /\/stream\/[a-z0-9-]+\//.exec(await page.text())?.[0];
  if (!stream) return [`story ${id} is published and its page (${page.status}) shows no stream`];
  const wrong = [];
  const get = async (name) => {
    const answer = await fetch(base + stream + name);
    const body = Buffer.from(await answer.arrayBuffer());
    if (answer.status !== 200 || body.length !== Number(answer.headers.get("content-length") ?? body.length)) wrong.push(`${stream}${name}: ${answer.status}, ${body.length} bytes`);
    return body.toString();
  };
  for (const [, list] of (await get("main.m3u8")).matchAll(/([a-z0-9]+\/index\.m3u8)/g))
    for (const [, , segment] of (await get(list)).matchAll(/(^|URI=")([a-z0-9]+\.(?:m4s|mp4))/gm)) await get(list.replace("index.m3u8", segment));
  return wrong;
}

const uploadId = (path) => path.split("/").at(-1);

/** Checks one promise; gives undefined when it is kept, else what is there instead. */
function verdict(data, state, key, value, allowed) {
  const subject = key.slice(key.indexOf(":") + 1);
  const story = () => state.stories.find((one) => one.id === subject);
  const one = (found) => (allowed.includes(found) ? undefined : `${found}`);
  switch (key.slice(0, key.indexOf(":"))) {
    case "title": return one(story()?.title);
    case "state": return one(story()?.state);
    case "uses": return one(story()?.uses);
    case "cues": return one(story()?.cues);
    case "interest": return state.interests.some(({ name }) => name === subject) ? undefined : "nothing";
    case "invite": return state.invites.some(({ name }) => name === subject) ? undefined : "nothing";
    case "token": return readFileSync(join(data, "secrets/worker-token"), "utf8") === value ? undefined : "another";
    case "task": return one(state.tasks.find((task) => task.id === subject)?.state);
    case "joined": return state.uploads.some((upload) => upload.id === value && upload.finished) ? undefined : "no such upload";
    case "upload": {
      const upload = state.uploads.find((row) => row.id === uploadId(subject));
      return upload && upload.offset >= value ? undefined : `it stands at ${upload?.offset}`;
    }
    case "output": {
      const [task, ...name] = subject.split("/");
      const found = state.tasks.find((row) => row.id === task)?.package;
      const place = ["staging", "packages"].map((kind) => join(data, "media", kind, String(found), name.join("/"))).find((path) => existsSync(path));
      return place && sha256(readFileSync(place)) === value ? undefined : place ? "other bytes" : "no such file";
    }
    default: return undefined; // asked of the server itself
  }
}

// Each as one JSON array, so that one start of sqlite3 gives them all.
const asked = {
  stories: ["'id', s.public_id, 'state', s.state, 'title', s.title_fi, 'package', p.public_id, 'cues', (SELECT t.cues FROM track t WHERE t.story_id = s.id AND NOT t.deleted),"
    + " 'uses', (SELECT rtrim(iif(watch, 'watch,', '') || iif(class_download, 'class_download,', '') || iif(embed, 'embed,', '') || iif(feeds, 'feeds,', ''), ',') FROM consent c WHERE c.story_id = s.id AND c.ended_at IS NULL)",
    "story s LEFT JOIN package p ON p.id = s.package_id"],
  tasks: ["'id', t.public_id, 'state', t.state, 'package', p.public_id", "task t JOIN package p ON p.id = t.package_id"],
  uploads: ["'id', public_id, 'offset', offset, 'size', size, 'original', original, 'finished', finished_at IS NOT NULL", "upload"],
  originals: ["'id', public_id, 'sha256', sha256", "original"],
  packages: ["'id', p.public_id, 'state', p.state, 'facts', p.facts, 'story', s.public_id", "package p JOIN story s ON s.id = p.story_id"],
  interests: ["'name', name", "interest"],
  invites: ["'name', teller", "invite"],
  twice: ["'what', action || ' of ' || story, 'times', times", "(SELECT action, story, count(*) AS times FROM audit WHERE action IN ('package.ready', 'upload.finished', 'story.published') GROUP BY action, subject, story HAVING times > 1)"],
};

async function recordOf(data) {
  const parts = Object.entries(asked).map(([name, [columns, from]]) => `'${name}', (SELECT json_group_array(json_object(${columns})) FROM ${from})`);
  const [row] = await rows(data, `SELECT json_object(${parts.join(", ")}) AS record`);
  return JSON.parse(row.record);
}

/** Nothing is there twice, and nothing is there by half. */
function damage(data, state) {
  const wrong = [];
  const published = state.packages.filter((one) => one.state === "published");
  for (const one of published) wrong.push(...packageDamage(data, one.id, JSON.parse(one.facts)));
  if (new Set(published.map((one) => one.story)).size !== published.length) wrong.push("a story has two published packages");
  for (const one of state.packages) if (one.state === "complete") wrong.push(`package ${one.id} is complete and was not published`);
  for (const { id, package: shown } of state.stories) if (shown && !published.some((one) => one.id === shown && one.story === id)) wrong.push(`story ${id} shows a package that is not published`);
  for (const { id, sha256: hash } of state.originals) {
    const path = join(data, "media/originals", id);
    if (!existsSync(path)) wrong.push(`original ${id} is gone`);
    else if (sha256(readFileSync(path)) !== hash) wrong.push(`original ${id} has other bytes`);
  }
  const known = new Set(state.originals.map((one) => one.id));
  for (const { id, original, finished } of state.uploads) if (finished && !known.has(original)) wrong.push(`upload ${id} has ended in no original`);
  for (const { what, times } of state.twice) wrong.push(`${what} is recorded ${times} times`);
  return wrong;
}

/** What a visitor, the teller, the editor and the uploader are answered. */
async function answers(server, life, length, state) {
  const wrong = [];
  const promised = new Set([...life.ledger.promised(length)].map(([key]) => key));
  const staff = new Visitor(server.url);
  staff.cookies = new Map(life.staff.cookies);
  if (promised.has("session:staff") && (await staff.send("GET", "/studio", { fine: [200, 303, 401, 403] })).status !== 200) wrong.push("the session is gone");
  for (const { mine } of life.stories)
    if (promised.has(`mine:${mine}`) && (await staff.send("GET", `/mine/${mine}`, { fine: [200, 403, 404] })).status !== 200) wrong.push(`the personal link ${mine} is gone`);
  for (const story of life.stories)
    for (const { path, bytes } of story.uploads ?? []) {
      const row = state.uploads.find((one) => one.id === uploadId(path));
      if (!row || state.stories.find((one) => one.id === story.id)?.state === "withdrawn") continue;
      const head = await fetch(server.url + path, { method: "HEAD", headers: tus });
      if (Number(head.headers.get("upload-offset")) !== row.offset) wrong.push(`${path} says ${head.headers.get("upload-offset")} and is recorded at ${row.offset}`);
      const kept = row.finished ? join(server.data, "media/originals", row.original) : join(server.data, "media/uploads", row.id);
      if (!existsSync(kept) || !readFileSync(kept).subarray(0, row.offset).equals(bytes.subarray(0, row.offset))) wrong.push(`${path} does not hold what was sent`);
    }
  const listed = (await (await fetch(`${server.url}/api/v1/stories?limit=100`)).json()).items.map((item) => item.id).sort();
  const shown = state.stories.filter((story) => story.state === "published").map((story) => story.id).sort();
  if (listed.join() !== shown.join()) wrong.push(`the list has ${listed} and not ${shown}`);
  for (const id of shown) wrong.push(...(await streamDamage(server.url, id)));
  return wrong;
}

/** Goes on where the cut came: sends the rest of uploads, makes what is not made; gives what does not come to its end. */
async function goOn(server, life, state) {
  const wrong = [];
  for (const story of life.stories)
    for (const { path, bytes } of story.uploads ?? []) {
      const row = state.uploads.find((one) => one.id === uploadId(path));
      if (!row || row.finished) continue;
      const answer = await fetch(server.url + path, { method: "PATCH", headers: { ...tus, "upload-offset": String(row.offset), "content-type": "application/offset+octet-stream" }, body: bytes.subarray(row.offset) });
      if (answer.status !== 204) wrong.push(`going on with ${path}: ${answer.status}`);
      else if (sha256(readFileSync(join(server.data, "media/originals", row.original))) !== sha256(bytes)) wrong.push(`${path} became another film`);
    }
  const making = await rows(server.data, "SELECT p.public_id FROM package p JOIN story s ON s.id = p.story_id WHERE p.state = 'making' AND s.state <> 'withdrawn'");
  const token = readFileSync(join(server.data, "secrets/worker-token"), "utf8").trim();
  for (const { id, token: lease } of await rows(server.data, "SELECT public_id AS id, token FROM task WHERE state = 'leased'")) {
    // Whoever had it before the cut gives it up; else it would be waited for until its term is over.
    const given = await askAsWorker(server, `tasks/${id}/fail`, lease, { failure: { key: "worker.crashed", detail: "", permanent: false } });
    if (given.status !== 204) wrong.push(`the lease of task ${id} did not outlast the cut: ${given.status}`);
  }
  await Promise.all(making.map(() => work(server.url, token, seconds, segmentSize)));
  for (const row of await rows(server.data, "SELECT s.public_id AS id, s.state FROM story s JOIN package p ON p.story_id = s.id WHERE s.state NOT IN ('review', 'published', 'withdrawn')")) wrong.push(`story ${row.id} is left ${row.state}`);
  return wrong;
}

/**
 * Starts a server on what a cut left of a life's data folder, when its journal was `length` long. Gives what is wrong, one
 * line each. `onwards`: the interrupted work is brought to its end too. `log`: where the server's words go.
 */
export async function examine(data, life, length, { onwards = false, log }) {
  const wrong = [];
  let server;
  try {
    server = await startServer({ data, config, withWorker: false, log });
    const state = await recordOf(data);
    for (const [key, value, allowed] of life.ledger.promised(length)) {
      const instead = verdict(data, state, key, value, allowed);
      if (instead !== undefined) wrong.push(`${key} was ${value}, and there is ${instead}`);
    }
    wrong.push(...damage(data, state), ...(await answers(server, life, length, state)));
    if (onwards && wrong.length === 0) wrong.push(...(await goOn(server, life, state)), ...damage(data, await recordOf(data)));
  } catch (failure) {
    wrong.push(`${failure.stack}`);
  }
  await server?.kill();
  const said = readFileSync(log, "utf8").split("\n").filter((line) => /\berror\b|critical|terminate/.test(line));
  wrong.push(...said.map((line) => `the server says: ${line}`));
  if (wrong.length === 0) wrong.push(...(await soundness(data)));
  return wrong;
}
