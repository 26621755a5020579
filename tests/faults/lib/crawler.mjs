// A visitor who reads every playlist, manifest and segment of all published stories, again and again, while processes die:
// nothing is missing, no answer is short, and what was once read never changes.
import { createHash } from "node:crypto";
import http from "node:http";

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
const pace = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const most_told = 20;

export class Crawler {
  figures = { rounds: 0, requests: 0, bytes: 0, broken_off: 0 };
  /** What was wrong; empty while all is well. */
  findings = [];
  #stories = new Set();
  #seen = new Map(); // path → {bytes, sha256}
  #agent = null;
  #running = null;
  #stopping = false;

  /**
   * `server`: {url}, and where it may die excuses() and moment() of MortalServer: requests that its death broke off are
   * asked again; without them nothing is excused. `pause`: milliseconds between two requests.
   */
  constructor(server, { pause = 0 } = {}) {
    this.server = server;
    this.pause = pause;
  }

  /** From now on the story `id` is published, whatever happens. */
  add(id) { this.#stories.add(id); }
  /** From now on it may be gone; to be called before it is taken back. */
  forget(id) { this.#stories.delete(id); }

  start() {
    this.#running = (async () => {
      while (!this.#stopping) {
        if (this.#stories.size === 0) await pace(10);
        else await this.round();
      }
    })();
  }
  /** Ends what `start` began; everything may be gone then. */
  async stop() {
    this.#stopping = true;
    this.#stories.clear();
    await this.#running;
    this.#agent?.destroy();
  }

  /** Reads everything once. */
  async round() {
    for (const id of [...this.#stories]) await this.#story(id);
    this.figures.rounds += 1;
  }

  async #story(id) {
    const page = await this.#read(id, `/stories/${id}`);
    if (!page) return;
    const stream = /\/stream\/[a-z0-9]+\//.exec(page)?.[0];
    if (!stream) return this.#wrong(id, `/stories/${id}`, "names no stream");
    const main = await this.#fixed(id, `${stream}main.m3u8`);
    await this.#fixed(id, `${stream}main.mpd`);
    const lists = new Set([...(main ?? "").matchAll(/[\w-]+\/index\.m3u8/g)].map(([name]) => name));
    if (main && lists.size === 0) this.#wrong(id, `${stream}main.m3u8`, "names no playlist");
    for (const name of lists) {
      const list = await this.#fixed(id, stream + name);
      if (!list) continue;
      const folder = stream + name.replace("index.m3u8", "");
      const files = [...list.matchAll(/^(?:#EXT-X-MAP:URI=")?([\w-]+\.(?:m4s|mp4))/gm)].map(([, file]) => file);
      if (files.length < 2 || !list.includes("#EXT-X-ENDLIST")) this.#wrong(id, stream + name, "is not whole");
      for (const file of files) await this.#fixed(id, folder + file);
    }
  }

  /** Reads what must be as it was when it was first read. */
  async #fixed(id, path) {
    const text = await this.#read(id, path);
    if (text === null) return null;
    const now = { bytes: text.length, sha256: sha256(text) };
    const first = this.#seen.get(path) ?? now;
    this.#seen.set(path, first);
    if (now.bytes === 0) this.#wrong(id, path, "is empty");
    if (first.sha256 !== now.sha256) this.#wrong(id, path, `changed from ${first.bytes} to ${now.bytes} bytes`);
    return text.toString("latin1");
  }

  /** The whole body, or null when there is none: then it was told, unless the story is no longer ours. */
  async #read(id, path) {
    while (this.#stories.has(id)) {
      if (this.pause) await pace(this.pause);
      const moment = this.server.moment?.();
      const agent = (this.#agent ??= new http.Agent({ keepAlive: true, maxSockets: 1 }));
      try {
        const { status, body, length } = await this.#get(path, agent);
        this.figures.requests += 1;
        this.figures.bytes += body.length;
        if (!this.#stories.has(id)) return null;
        if (status !== 200) return this.#wrong(id, path, `is answered with ${status}`);
        if (length !== undefined && Number(length) !== body.length) return this.#wrong(id, path, `has ${body.length} bytes of ${length}`);
        return body;
      } catch (failure) {
        agent.destroy(); // none of the dead server's connections is used again
        if (this.#agent === agent) this.#agent = null;
        if (!moment || !this.server.excuses(moment, failure)) return this.#wrong(id, path, `broke off: ${failure.message}`);
        this.figures.broken_off += 1;
        await this.server.up();
      }
    }
    return null;
  }

  #get(path, agent) {
    return new Promise((resolve, reject) => {
      const request = http.get(new URL(path, this.server.url), { agent, headers: { accept: "*/*" } }, (response) => {
        const parts = [];
        response.on("data", (part) => parts.push(part));
        response.on("error", reject); // also when the connection ends before the body does
        response.on("end", () => resolve({ status: response.statusCode, length: response.headers["content-length"], body: Buffer.concat(parts) }));
      });
      request.on("error", reject);
    });
  }

  #wrong(id, path, what) {
    if (this.#stories.has(id) && this.findings.length < most_told) this.findings.push(`${path} ${what}`);
    return null;
  }
}
