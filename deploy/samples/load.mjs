// Loads the sample stories the way people do: a coordinator invites, the alumnus agrees and uploads, workers encode, an
// editor writes the details, adds subtitles and publishes. What is done is noted in a file, so that a second run goes on
// where the first one stopped and nothing comes twice.
//   node load.mjs --url http://127.0.0.1:8080 --samples FOLDER --notes FILE --sign-in ONE_TIME_ADDRESS
import { randomBytes } from "node:crypto";
import { existsSync, openSync, fsyncSync, closeSync, readFileSync, renameSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values: options } = parseArgs({ options: { url: { type: "string" }, samples: { type: "string" }, notes: { type: "string" }, "sign-in": { type: "string" } } });
const base = options.url.replace(/\/$/, "");
const stories = JSON.parse(readFileSync(join(dirname(fileURLToPath(import.meta.url)), "stories.json"), "utf8"));
const notes = existsSync(options.notes) ? JSON.parse(readFileSync(options.notes, "utf8")) : {};

function note(id, more) {
  notes[id] = { ...notes[id], ...more };
  const file = openSync(options.notes + ".new", "w", 0o600); // personal links are secrets
  writeSync(file, JSON.stringify(notes, null, 2));
  fsyncSync(file);
  closeSync(file);
  renameSync(options.notes + ".new", options.notes);
}

let cookie = "";

/** One request; `fine` are the statuses the caller can go on with. Redirects are not followed. */
async function send(method, path, { form, multipart, headers = {}, body, fine = [200, 303, 302] } = {}) {
  const sent = { origin: base, "accept-language": "fi", accept: "text/html", ...headers };
  if (cookie) sent.cookie = cookie;
  if (form) body = new URLSearchParams(form);
  if (multipart) body = multipart;
  const response = await fetch(base + path, { method, headers: sent, body, redirect: "manual", signal: AbortSignal.timeout(60_000) });
  const text = await response.text();
  if (!fine.includes(response.status)) {
    const why = text.replace(/<style[\s\S]*?<\/style>|<script[\s\S]*?<\/script>|<[^>]*>/g, " ").replace(/\s+/g, " ").slice(0, 400);
    throw new Error(`${method} ${path} answered ${response.status}: ${why}`);
  }
  return { status: response.status, text, headers: response.headers, location: response.headers.get("location") ?? "" };
}

function find(text, pattern, what) {
  const match = pattern.exec(text);
  if (!match) throw new Error(`the page shows no ${what}`);
  return match[1];
}

async function sign_in(link) {
  const password = randomBytes(24).toString("base64url"); // nobody needs it again: the next run gets a new link
  const answer = await send("POST", new URL(link).pathname, { form: { password, repeat: password } });
  cookie = (answer.headers.get("set-cookie") ?? "").split(";")[0];
  if (!cookie) throw new Error("signing in gave no session");
}

async function invite(story) {
  const answer = await send("POST", "/studio/invites", { form: { institution: story.institution, unit: story.unit ?? "", teller: `${story.teller} ${story.year}`, language: story.spoken, days: "30" } });
  note(story.id, { invite: find(answer.text, /\/invite\/([a-z0-9]{32,})/, "invitation") });
}

async function agree(story) {
  const address = `/invite/${notes[story.id].invite}`;
  const form = [["show_name", "yes"], ["shown_name", story.teller], ["age", "yes"], ...story.uses.map((use) => ["use", use])];
  let answer = await send("POST", address, { form, fine: [200, 302, 303, 409] });
  // Agreed to before we were stopped: the invitation leads on to the teller's own page.
  if (!answer.location) answer = await send("POST", `${address}/continue`, { form: {} });
  const mine = find(answer.location, /\/mine\/([a-z0-9]{32,})/, "personal page");
  const page = await send("GET", `/mine/${mine}`);
  note(story.id, { mine, story: find(page.text, /data-scope="([a-z0-9]+)"/, "story") });
}

const base64 = (text) => Buffer.from(text).toString("base64");
const tus = { "tus-resumable": "1.0.0" };

/** tus 1.0.0: create once, then send from wherever the server is. */
async function upload(story) {
  const bytes = readFileSync(join(options.samples, story.id, "video.mp4"));
  let { upload: address } = notes[story.id];
  if (!address) {
    const metadata = `mine ${base64(notes[story.id].mine)},filename ${base64(`${story.teller}.mp4`)},filetype ${base64("video/mp4")}`;
    const made = await send("POST", "/api/v1/uploads", { headers: { ...tus, "upload-length": String(bytes.length), "upload-metadata": metadata }, fine: [201] });
    address = new URL(made.location, base).pathname;
    note(story.id, { upload: address });
  }
  const at = await send("HEAD", address, { headers: tus, fine: [200] });
  let offset = Number(at.headers.get("upload-offset"));
  while (offset < bytes.length) {
    const piece = bytes.subarray(offset, offset + (1 << 20));
    const answer = await send("PATCH", address, { headers: { ...tus, "upload-offset": String(offset), "content-type": "application/offset+octet-stream" }, body: piece, fine: [204] });
    offset = Number(answer.headers.get("upload-offset"));
  }
  note(story.id, { uploaded: true });
}

async function wait_until_ready(story) {
  let before = "";
  for (;;) {
    const { text } = await send("GET", `/mine/${notes[story.id].mine}/state`, { headers: { accept: "application/json" } });
    const state = JSON.parse(text);
    if (state.phase === "ready") break;
    if (state.phase === "failed" || state.phase === "withdrawn") throw new Error(`${story.id}: ${state.sentence}`);
    const now = `${state.phase} ${Math.round((state.fraction ?? 0) * 10) * 10} %`;
    if (now !== before) console.log(`  ${story.id}: ${now}`);
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  note(story.id, { ready: true });
}

async function describe(story) {
  const address = `/studio/stories/${notes[story.id].story}`;
  const page = await send("GET", address);
  const form = [["revision", find(page.text, /name="revision" value="(\d+)"/, "revision")], ["shown_name", story.teller], ["institution", story.institution], ["unit", story.unit ?? ""],
    ["qualification", story.qualification], ["occupation", story.occupation], ["year", String(story.year)], ["tags", story.tags.join(", ")], ["language", story.spoken], ["exemption", ""]];
  for (const language of ["fi", "sv", "en"]) {
    for (const name of ["title", "summary", "description"]) form.push([`${name}_${language}`, story[name][language] ?? ""]);
  }
  for (const field of story.fields) form.push(["field", field]);
  await send("POST", address, { form });
  note(story.id, { described: true });
}

async function add_subtitles(story) {
  const address = `/studio/stories/${notes[story.id].story}/subtitles`;
  for (const language of [story.spoken, "fi", "sv", "en"].filter((code, i, all) => all.indexOf(code) === i)) {
    const path = join(options.samples, story.id, `${language}.vtt`);
    if (!existsSync(path)) continue;
    const kind = language === story.spoken ? "captions" : "subtitles";
    const multipart = new FormData();
    multipart.set("language", language);
    multipart.set("kind", kind);
    multipart.set("file", new Blob([readFileSync(path)], { type: "text/vtt" }), `${language}.vtt`);
    await send("POST", address, { multipart, fine: [200, 303, 409] }); // 409: there since the last run
    const track = `${address}/${language}-${kind}`;
    const page = await send("GET", track);
    // A person looks at the text and marks it as checked.
    await send("POST", track, { form: { revision: find(page.text, /name="revision" value="(\d+)"/, "revision"), vtt: readFileSync(path, "utf8"), checked: "yes" } });
  }
  note(story.id, { subtitled: true });
}

async function publish(story) {
  const id = notes[story.id].story;
  await send("POST", `/studio/stories/${id}/publish`, { form: {}, fine: [200, 303, 409] });
  await send("GET", `/stories/${id}`, { fine: [200] }); // that it is public is what counts
  note(story.id, { published: true });
  console.log(`  ${story.id}: published, ${base}/stories/${id}`);
}

const unfinished = stories.filter((story) => !notes[story.id]?.published);
if (unfinished.length > 0) {
  await sign_in(options["sign-in"]);
  for (const story of unfinished) {
    if (!notes[story.id]?.invite) await invite(story);
    if (!notes[story.id]?.mine) await agree(story);
    if (!notes[story.id]?.uploaded) await upload(story);
    console.log(`  ${story.id}: invited, agreed and uploaded`);
  }
  for (const story of unfinished) {
    if (!notes[story.id]?.described) await describe(story);
    if (!notes[story.id]?.subtitled) await add_subtitles(story);
    if (!notes[story.id]?.ready) await wait_until_ready(story);
    await publish(story);
  }
}
