// The forms of the site, sent as people's browsers send them: sign in, invite, agree, upload, describe, caption, publish.
import { readFile } from "node:fs/promises";

/** One visitor with one cookie jar. */
export class Visitor {
  constructor(base) {
    this.base = base;
    this.cookies = new Map();
  }

  /** Sends and gives {status, text, location, headers}; a status not in `fine` throws with the page's words. */
  async send(method, path, { form, multipart, headers = {}, body, fine = [200, 302, 303] } = {}) {
    const sent = { origin: this.base, "accept-language": "fi", accept: "text/html", ...headers };
    if (this.cookies.size) sent.cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(new URL(path, this.base), {
      method,
      headers: sent,
      body: form ? new URLSearchParams(form) : (multipart ?? body),
      redirect: "manual",
      signal: AbortSignal.timeout(60_000),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      this.cookies.set(name, value);
    }
    const text = await response.text();
    if (!fine.includes(response.status)) throw new Error(`${method} ${path}: ${response.status} ${text.replace(/<[^>]*>/g, " ").replace(/\s+/g, " ").slice(0, 500)}`);
    return { status: response.status, text, headers: response.headers, location: response.headers.get("location") ?? "" };
  }

  async signIn(link, password = "salaisuus-joka-riittaa") {
    await this.send("POST", new URL(link).pathname, { form: { password, repeat: password } });
    if (!this.cookies.size) throw new Error("signing in gave no session");
  }
}

function find(text, pattern, what) {
  const match = pattern.exec(text);
  if (!match) throw new Error(`the page shows no ${what}`);
  return match[1];
}

const base64 = (text) => Buffer.from(text).toString("base64");

/** tus 1.0.0 upload of a whole file for a story's own page. */
export async function upload(visitor, mine, bytes, filename = "video.mp4") {
  const tus = { "tus-resumable": "1.0.0" };
  const metadata = `mine ${base64(mine)},filename ${base64(filename)},filetype ${base64("video/mp4")}`;
  const made = await visitor.send("POST", "/api/v1/uploads", { headers: { ...tus, "upload-length": String(bytes.length), "upload-metadata": metadata }, fine: [201] });
  const address = new URL(made.location, visitor.base).pathname;
  await visitor.send("PATCH", address, { headers: { ...tus, "upload-offset": "0", "content-type": "application/offset+octet-stream" }, body: bytes, fine: [204] });
  return address;
}

/** Waits until workers are done; throws with the plain sentence when they failed. */
export async function untilReady(visitor, mine) {
  for (;;) {
    const { text } = await visitor.send("GET", `/mine/${mine}/state`, { headers: { accept: "application/json" } });
    const state = JSON.parse(text);
    if (state.phase === "ready") return state;
    if (state.phase === "failed" || state.phase === "withdrawn") throw new Error(state.sentence ?? state.phase);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/**
 * The whole way of one story. `story`: {file, teller, institution, unit, uses, title: {fi, sv, en}, summary, description,
 * fields, qualification, occupation, year, tags, spoken, subtitles: [{language, kind, text}], publish}; `send` and `wait`
 * stand in for upload and untilReady where a test disturbs them.
 * Gives {id, mine, invite}.
 */
export async function loadStory(staff, story) {
  const visitor = new Visitor(staff.base);
  const given = { teller: "Aino", institution: "osao", uses: ["watch", "class_download", "embed", "feeds"], fields: ["09"], tags: [], spoken: "fi", publish: true, ...story };
  const invited = await staff.send("POST", "/studio/invites", { form: { institution: given.institution, unit: given.unit ?? "", teller: given.teller, language: given.spoken, days: "30" } });
  const invite = find(invited.text, /\/invite\/([a-z0-9]{32,})/, "invitation");
  const agreed = await visitor.send("POST", `/invite/${invite}`, { form: [["show_name", given.teller ? "yes" : "no"], ["shown_name", given.teller], ["age", "yes"], ...given.uses.map((use) => ["use", use])] });
  const mine = find(agreed.location, /\/mine\/([a-z0-9]{32,})/, "personal page");
  const id = find((await visitor.send("GET", `/mine/${mine}`)).text, /data-scope="([a-z0-9]+)"/, "story");
  await (given.send ?? upload)(visitor, mine, await readFile(given.file));

  const address = `/studio/stories/${id}`;
  const revision = async (path) => find((await staff.send("GET", path)).text, /name="revision" value="(\d+)"/, "revision");
  const form = [["revision", await revision(address)], ["shown_name", given.teller], ["institution", given.institution], ["unit", given.unit ?? ""], ["qualification", given.qualification ?? ""],
    ["occupation", given.occupation ?? ""], ["year", given.year ? String(given.year) : ""], ["tags", given.tags.join(", ")], ["language", given.spoken], ["exemption", given.exemption ?? ""]];
  for (const language of ["fi", "sv", "en"]) for (const name of ["title", "summary", "description"]) form.push([`${name}_${language}`, given[name]?.[language] ?? ""]);
  for (const field of given.fields) form.push(["field", field]);
  await staff.send("POST", address, { form });

  for (const { language, kind, text } of given.subtitles ?? []) {
    const multipart = new FormData();
    multipart.set("language", language);
    multipart.set("kind", kind);
    multipart.set("file", new Blob([text], { type: "text/vtt" }), `${language}.vtt`);
    await staff.send("POST", `${address}/subtitles`, { multipart });
    const track = `${address}/subtitles/${language}-${kind}`;
    await staff.send("POST", track, { form: { revision: await revision(track), vtt: text, checked: "yes" } });
  }
  await (given.wait ?? untilReady)(visitor, mine);
  if (given.publish) await staff.send("POST", `${address}/publish`, { form: {} });
  return { id, mine, invite };
}
