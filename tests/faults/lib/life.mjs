// Some seconds of a server's life with account kept of every fact it acknowledged: a fact counts from the length that the
// power journal had when its answer was there. Phases: start, upload, publish, commit.
import { createHash, randomBytes } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { createUpload, detailsForm, find, invitation } from "../../../deploy/samples/visitor.mjs";
import { work } from "../../bench/lib/made_up.mjs";
import { subtitles } from "../../browser/lib/clips.mjs";
import { Visitor } from "../../browser/lib/people.mjs";
import { startServer } from "../../browser/lib/server.mjs";
import { watching } from "./power.mjs";

export const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
const config = { lease_seconds: 60 };
export const seconds = 12; // of each story: two segments a track
export const segmentSize = (track, index) => 3000 + 700 * index;
const tus = { "tus-resumable": "1.0.0" };

/** What was acknowledged, and when. */
export class Ledger {
  facts = new Map(); // key → [{value, began, at}], in their order

  constructor(journal) {
    this.journal = journal;
  }
  now() {
    return statSync(this.journal).size;
  }
  /** Does something that makes `key` be `value` once it is answered. */
  async keep(key, value, ask) {
    const began = this.now();
    const answer = await ask();
    if (!this.facts.has(key)) this.facts.set(key, []);
    this.facts.get(key).push({ value: typeof value === "function" ? value(answer) : value, began, at: this.now() });
    return answer;
  }
  /** [key, newest value acknowledged when the journal was so long, all values it may have] of each. */
  *promised(length) {
    for (const [key, facts] of this.facts) {
      const last = facts.findLastIndex((fact) => fact.at <= length);
      if (last >= 0) yield [key, facts[last].value, facts.filter((fact, index) => index >= last && fact.began <= length).map((fact) => fact.value)];
    }
  }
}

async function beginStory(staff, ledger, teller) {
  const visitor = new Visitor(staff.base);
  const invite = await ledger.keep(`invite:${teller}`, "made", () => invitation(staff, { institution: "osao", teller, language: "fi" }));
  const agreed = await visitor.send("POST", `/invite/${invite}`, { form: [["show_name", "yes"], ["shown_name", teller], ["age", "yes"], ["use", "watch"], ["use", "embed"]] });
  const mine = find(agreed.location, /\/mine\/([a-z0-9]{32,})/, "personal page");
  const { text } = await ledger.keep(`mine:${mine}`, 200, () => visitor.send("GET", `/mine/${mine}`));
  return { visitor, mine, teller, id: find(text, /data-scope="([a-z0-9]+)"/, "story") };
}

async function send(story, ledger, bytes, piece, end = bytes.length) {
  const path = await createUpload(story.visitor, story.mine, bytes.length, "video.mp4");
  story.uploads = [...(story.uploads ?? []), { path, bytes }];
  const key = `upload:${path}`;
  await ledger.keep(key, 0, () => undefined);
  for (let offset = 0; offset < end; ) {
    const until = Math.min(offset + piece, end);
    await ledger.keep(key, until, () =>
      story.visitor.send("PATCH", path, { headers: { ...tus, "upload-offset": String(offset), "content-type": "application/offset+octet-stream" }, body: bytes.subarray(offset, until), fine: [204] }));
    offset = until;
  }
}

/** Two halves side by side, then put together. */
async function sendInParts(story, ledger, bytes) {
  const half = Math.floor(bytes.length / 2);
  const mine = `mine ${Buffer.from(story.mine).toString("base64")}`;
  const create = (headers) => story.visitor.send("POST", "/api/v1/uploads", { headers: { ...tus, "upload-metadata": mine, ...headers }, fine: [201] });
  const parts = await Promise.all([bytes.subarray(0, half), bytes.subarray(half)].map(async (part) => {
    const path = new URL((await create({ "upload-concat": "partial", "upload-length": String(part.length) })).location, story.visitor.base).pathname;
    await story.visitor.send("PATCH", path, { headers: { ...tus, "upload-offset": "0", "content-type": "application/offset+octet-stream" }, body: part, fine: [204] });
    return path;
  }));
  const path = (made) => new URL(made.location, story.visitor.base).pathname;
  const made = await ledger.keep(`joined:${story.id}`, (answer) => path(answer).split("/").at(-1), () => create({ "upload-concat": `final;${parts.join(" ")}` }));
  story.uploads = [{ path: path(made), bytes }];
}

async function saveDetails(staff, ledger, story, more) {
  const address = `/studio/stories/${story.id}`;
  const revision = find((await staff.send("GET", address)).text, /name="revision" value="(\d+)"/, "revision");
  const given = { teller: story.teller, institution: "osao", fields: ["09"], tags: [], spoken: "fi", summary: { fi: "Tarina sähköttä" }, exemption: "music", ...more };
  await ledger.keep(`title:${story.id}`, given.title.fi, () => staff.send("POST", address, { form: detailsForm(given, revision) }));
}

/** Keeps account of what a stand-in worker was answered. */
const witnessOf = (ledger) => async (path, body, ask) => {
  const [, task, output] = /^tasks\/(\w+)\/(?:outputs\/(.+)|complete)$/.exec(path) ?? [];
  if (!task) return ask();
  return ledger.keep(output ? `output:${task}/${output}` : `task:${task}`, output ? sha256(body) : "done", ask);
};

const words = ["yksi", "kaksi", "kolme", "neljä", "viisi", "kuusi"];

/**
 * Lives on the empty folder `data`; the server is killed at the end. Gives {ledger, phases: [{name, from, to}], stories,
 * staff}, where `from` and `to` are lengths of the journal.
 */
export async function live(data, journal) {
  const ledger = new Ledger(journal);
  const phases = [];
  const phase = async (name, act) => {
    const from = phases.at(-1)?.to ?? 0;
    await act();
    phases.push({ name, from, to: ledger.now() });
  };
  let server, staff;
  const stories = [];
  try {
    await phase("start", async () => {
      server = await startServer({ data, config, withWorker: false, env: watching(data, journal) });
      staff = new Visitor(server.url);
      const link = await server.admin();
      await ledger.keep("session:staff", 200, () => staff.signIn(link));
      const token = readFileSync(join(data, "secrets/worker-token"), "utf8");
      await ledger.keep("token:worker", token, () => undefined);
    });
    await phase("upload", async () => {
      for (const teller of ["Aino", "Eino", "Toivo", "Lempi"]) stories.push(await beginStory(staff, ledger, teller));
      await Promise.all([
        send(stories[0], ledger, randomBytes(200_000), 60_000),
        send(stories[1], ledger, randomBytes(90_000), 90_000),
        send(stories[2], ledger, randomBytes(150_000), 30_000, 120_000), // stays unfinished
        sendInParts(stories[3], ledger, randomBytes(120_000)),
      ]);
    });
    const made = [stories[0], stories[1], stories[3]];
    await phase("publish", async () => {
      const token = readFileSync(join(data, "secrets/worker-token"), "utf8").trim();
      await Promise.all([
        ...made.map(() => work(server.url, token, seconds, segmentSize, { witness: witnessOf(ledger) })),
        ...made.map((story, number) => saveDetails(staff, ledger, story, { title: { fi: `Tarina ${number}` } })),
      ]);
      await Promise.all(made.map((story) => ledger.keep(`state:${story.id}`, "published", () => staff.send("POST", `/studio/stories/${story.id}/publish`, { form: {} }))));
    });
    await phase("commit", async () => {
      const [first, second, third] = made;
      const edits = async (story) => {
        for (const word of words) await saveDetails(staff, ledger, story, { title: { fi: `Tarina ${word}` } });
      };
      const agreements = async (story) => {
        for (const uses of [["watch"], ["watch", "class_download"], ["watch", "embed", "feeds"]])
          await ledger.keep(`uses:${story.id}`, uses.join(), () => story.visitor.send("POST", `/mine/${story.mine}/consents`, { form: uses.map((use) => ["use", use]) }));
      };
      const withdrawal = async (story) => {
        const post = (what, value) => ledger.keep(`state:${story.id}`, value, () => story.visitor.send("POST", `/mine/${story.mine}/${what}`, { form: [["confirm", "yes"]] }));
        await post("withdraw", "withdrawn");
        await post("undo", "published");
        await post("withdraw", "withdrawn");
      };
      const captions = async (story) => {
        const multipart = new FormData();
        multipart.set("language", "fi");
        multipart.set("kind", "captions");
        multipart.set("file", new Blob([subtitles(words)], { type: "text/vtt" }), "fi.vtt");
        await ledger.keep(`cues:${story.id}`, words.length, () => staff.send("POST", `/studio/stories/${story.id}/subtitles`, { multipart }));
      };
      const interest = async () => {
        for (const name of words)
          await ledger.keep(`interest:${name}`, "kept", () => new Visitor(server.url).send("POST", "/join", { form: [["name", name], ["contact", `${name}@example.org`], ["institution", "osao"], ["message", "Haluan mukaan."]] }));
      };
      await Promise.all([edits(first), edits(second), agreements(second), withdrawal(third), captions(first), interest()]);
    });
  } finally {
    await server?.kill();
  }
  return { ledger, phases, stories, staff };
}
