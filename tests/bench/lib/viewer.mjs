// Viewers at their real pace: each reads the playlists, then one segment every six seconds and at most three ahead; after
// each segment one in twenty takes another rendition. A stall is a segment that came after its time to be shown.
import { Agent, get } from "node:http";

const segment = 6000; // ms
const ahead = 3;
const changing = 0.05;

export const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const lines = (playlist, pattern) => playlist.split("\n").filter((line) => pattern.test(line));

export class Audience {
  seen = { requests: 0, bytes: 0, stalls: 0, server_errors: 0, other_errors: 0 };

  /** `latencies`: whether to keep each request's milliseconds. */
  constructor({ latencies = false } = {}) {
    this.latencies = latencies ? [] : undefined;
  }

  /** Gives the text, or the number of bytes when `text` is false. */
  fetch(agent, url, text = false) {
    const began = performance.now();
    const { seen } = this;
    return new Promise((resolve, reject) => {
      get(url, { agent }, (answer) => {
        ++seen.requests;
        if (answer.statusCode >= 500) ++seen.server_errors;
        else if (answer.statusCode !== 200) ++seen.other_errors;
        let bytes = 0;
        const parts = [];
        answer.on("data", (part) => {
          bytes += part.length;
          if (text) parts.push(part);
        });
        answer.on("error", reject);
        answer.on("end", () => {
          if (bytes !== Number(answer.headers["content-length"])) ++seen.other_errors;
          this.latencies?.push(performance.now() - began);
          seen.bytes += bytes;
          resolve(text ? Buffer.concat(parts).toString() : bytes);
        });
      }).on("error", reject);
    });
  }

  /** Watches the stream at `base` ("http://…/stream/…/") from some moment of the next six seconds until performance.now() is `until`. */
  async view(base, until) {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    try {
      await pause(Math.random() * segment);
      const renditions = lines(await this.fetch(agent, `${base}main.m3u8`, true), /^v[^#]*index\.m3u8$/);
      const lists = new Map();
      const choose = async () => {
        const one = renditions[Math.floor(Math.random() * renditions.length)];
        const folder = `${base}${one.replace("index.m3u8", "")}`;
        if (!lists.has(one)) {
          lists.set(one, lines(await this.fetch(agent, base + one, true), /\.m4s$/));
          await this.fetch(agent, `${folder}init.mp4`);
        }
        return lists.get(one).map((name) => folder + name);
      };
      let segments = await choose();
      let start;
      for (let i = 0; performance.now() < until; ++i) {
        if (start !== undefined) await pause(Math.max(0, start + (i - ahead) * segment - performance.now()));
        if (Math.random() < changing) segments = await choose();
        await this.fetch(agent, segments[i % segments.length]);
        start ??= performance.now();
        if (performance.now() > start + i * segment + 1) ++this.seen.stalls;
      }
    } catch (failure) {
      ++this.seen.other_errors;
      console.error(failure.message);
    } finally {
      agent.destroy();
    }
  }
}
