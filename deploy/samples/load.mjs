// Loads the sample stories the way people do: a coordinator invites, the alumnus agrees and uploads, workers encode, an
// editor writes the details, adds subtitles and publishes. What is done is noted in a file, so that a second run goes on
// where the first one stopped and nothing comes twice.
//   node load.mjs --url http://127.0.0.1:8080 --samples FOLDER --notes FILE --sign-in ONE_TIME_ADDRESS
import { randomBytes } from "node:crypto";
import { existsSync, openSync, fsyncSync, closeSync, readFileSync, renameSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Visitor, addSubtitles, createUpload, detailsForm, find, invitation, sendUpload, stateOf } from "./visitor.mjs";

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

const staff = new Visitor(base);
const alumni = new Visitor(base);

async function invite(story) {
  note(story.id, { invite: await invitation(staff, { institution: story.institution, unit: story.unit ?? "", teller: `${story.teller} ${story.year}`, language: story.spoken }) });
}

async function agree(story) {
  const address = `/invite/${notes[story.id].invite}`;
  const form = [["show_name", "yes"], ["shown_name", story.teller], ["age", "yes"], ...story.uses.map((use) => ["use", use])];
  let answer = await alumni.send("POST", address, { form, fine: [200, 302, 303, 409] });
  // Agreed to before we were stopped: the invitation leads on to the teller's own page.
  if (!answer.location) answer = await alumni.send("POST", `${address}/continue`, { form: {} });
  const mine = find(answer.location, /\/mine\/([a-z0-9]{32,})/, "personal page");
  const page = await alumni.send("GET", `/mine/${mine}`);
  note(story.id, { mine, story: find(page.text, /data-scope="([a-z0-9]+)"/, "story") });
}

/** Creates once, then sends from wherever the server is. */
async function upload(story) {
  const bytes = readFileSync(join(options.samples, story.id, "video.mp4"));
  if (!notes[story.id].upload) note(story.id, { upload: await createUpload(alumni, notes[story.id].mine, bytes.length, `${story.teller}.mp4`) });
  await sendUpload(alumni, notes[story.id].upload, bytes);
  note(story.id, { uploaded: true });
}

async function wait_until_ready(story) {
  let before = "";
  for (;;) {
    const state = await stateOf(alumni, notes[story.id].mine);
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
  const revision = find((await staff.send("GET", address)).text, /name="revision" value="(\d+)"/, "revision");
  await staff.send("POST", address, { form: detailsForm(story, revision) });
  note(story.id, { described: true });
}

async function add_subtitles(story) {
  for (const language of [story.spoken, "fi", "sv", "en"].filter((code, i, all) => all.indexOf(code) === i)) {
    const path = join(options.samples, story.id, `${language}.vtt`);
    if (!existsSync(path)) continue;
    await addSubtitles(staff, notes[story.id].story, { language, kind: language === story.spoken ? "captions" : "subtitles", text: readFileSync(path, "utf8") });
  }
  note(story.id, { subtitled: true });
}

async function publish(story) {
  const id = notes[story.id].story;
  await staff.send("POST", `/studio/stories/${id}/publish`, { form: {}, fine: [200, 303, 409] });
  await alumni.send("GET", `/stories/${id}`, { fine: [200] }); // that it is public is what counts
  note(story.id, { published: true });
  console.log(`  ${story.id}: published, ${base}/stories/${id}`);
}

const unfinished = stories.filter((story) => !notes[story.id]?.published);
if (unfinished.length > 0) {
  await staff.signIn(options["sign-in"], randomBytes(24).toString("base64url")); // nobody needs the password again: the next run gets a new link
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
