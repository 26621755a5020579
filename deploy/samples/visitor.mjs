// One visitor of the site with one cookie jar, sending the site's forms as people's browsers send them.
export class Visitor {
  constructor(base) {
    this.base = base;
    this.cookies = new Map();
  }

  /** Sends and gives {status, text, location, headers}; a status not in `fine` throws with the page's words. Redirects are not followed. */
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
    // Debian 12's Node.js has no getSetCookie; the site sets one cookie at a time.
    for (const line of [response.headers.get("set-cookie")].filter(Boolean)) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      this.cookies.set(name, value);
    }
    const text = await response.text();
    if (!fine.includes(response.status)) throw new Error(`${method} ${path}: ${response.status} ${text.replace(/<style[\s\S]*?<\/style>|<script[\s\S]*?<\/script>|<[^>]*>/g, " ").replace(/\s+/g, " ").slice(0, 500)}`);
    return { status: response.status, text, headers: response.headers, location: response.headers.get("location") ?? "" };
  }

  /** Uses a one-time address up by choosing a password. */
  async signIn(link, password = "salaisuus-joka-riittaa") {
    await this.send("POST", new URL(link).pathname, { form: { password, repeat: password } });
    if (!this.cookies.size) throw new Error("signing in gave no session");
  }
}

/** The first group of `pattern` in a page. */
export function find(text, pattern, what) {
  const match = pattern.exec(text);
  if (!match) throw new Error(`the page shows no ${what}`);
  return match[1];
}

/** The form fields of a story's details, as the studio's form has them. */
export function detailsForm(story, revision) {
  const form = [["revision", revision], ["shown_name", story.teller], ["institution", story.institution], ["unit", story.unit ?? ""], ["qualification", story.qualification ?? ""],
    ["occupation", story.occupation ?? ""], ["year", story.year ? String(story.year) : ""], ["tags", story.tags.join(", ")], ["language", story.spoken], ["exemption", story.exemption ?? ""]];
  for (const language of ["fi", "sv", "en"]) for (const name of ["title", "summary", "description"]) form.push([`${name}_${language}`, story[name]?.[language] ?? ""]);
  for (const field of story.fields) form.push(["field", field]);
  return form;
}

/** Uploads one subtitle file, then marks it as checked, as an editor who has read it does. */
export async function addSubtitles(staff, story, { language, kind, text }) {
  const address = `/studio/stories/${story}/subtitles`;
  const multipart = new FormData();
  multipart.set("language", language);
  multipart.set("kind", kind);
  multipart.set("file", new Blob([text], { type: "text/vtt" }), `${language}.vtt`);
  await staff.send("POST", address, { multipart, fine: [200, 303, 409] }); // 409: the track is there already
  const track = `${address}/${language}-${kind}`;
  const revision = find((await staff.send("GET", track)).text, /name="revision" value="(\d+)"/, "revision");
  await staff.send("POST", track, { form: { revision, vtt: text, checked: "yes" } });
}

const base64 = (text) => Buffer.from(text).toString("base64");
const tus = { "tus-resumable": "1.0.0" };

/** Creates a tus 1.0.0 upload for a story's own page; gives its path. */
export async function createUpload(visitor, mine, size, filename) {
  const metadata = `mine ${base64(mine)},filename ${base64(filename)},filetype ${base64("video/mp4")}`;
  const made = await visitor.send("POST", "/api/v1/uploads", { headers: { ...tus, "upload-length": String(size), "upload-metadata": metadata }, fine: [201] });
  return new URL(made.location, visitor.base).pathname;
}

/** Sends what the server does not have yet. */
export async function sendUpload(visitor, path, bytes, piece = 1 << 20) {
  const at = await visitor.send("HEAD", path, { headers: tus, fine: [200] });
  for (let offset = Number(at.headers.get("upload-offset")); offset < bytes.length;) {
    const answer = await visitor.send("PATCH", path, { headers: { ...tus, "upload-offset": String(offset), "content-type": "application/offset+octet-stream" }, body: bytes.subarray(offset, offset + piece), fine: [204] });
    offset = Number(answer.headers.get("upload-offset"));
  }
}

/** What the teller's own page says of the encoding: {phase, fraction, sentence}. */
export async function stateOf(visitor, mine) {
  const { text } = await visitor.send("GET", `/mine/${mine}/state`, { headers: { accept: "application/json" } });
  return JSON.parse(text);
}

/** Makes an invitation and gives its token, which only the page after the form shows. `form`: institution, unit, teller, language. */
export async function invitation(staff, form) {
  const made = await staff.send("POST", "/studio/invites", { form: { unit: "", days: "30", ...form } });
  return find((await staff.send("GET", made.location)).text, /\/invite\/([a-z0-9]{32,})/, "invitation");
}
