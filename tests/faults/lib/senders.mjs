// Who sends a film to a server that dies: by raw tus 1.0.0, by the IETF draft, and with tus-js-client. Each asks where the
// server stands when it comes back, holds it to every offset it was ever told, and goes on from there.
import assert from "node:assert/strict";
import http from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { root } from "../../browser/lib/server.mjs";

const tusClient = createRequire(join(root, "web/package.json"))("tus-js-client");
const base64 = (text) => Buffer.from(text).toString("base64");
const uploads = "/api/v1/uploads";
const piece = 65_536;

/**
 * One request on a connection of its own; `body` goes out piece by piece, and `progress(bytes)` is told before each of them
 * and at the end. `interim` is given the fields of 1xx answers. Gives {status, headers}; a broken connection is an error.
 */
function send(address, method, headers, { body, progress = () => {}, interim = () => {} } = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request(address, { method, agent: false, headers: body ? { ...headers, "content-length": body.length } : headers });
    request.on("information", (answer) => interim(answer.headers));
    request.on("response", (answer) => {
      answer.on("error", reject);
      answer.on("end", () => resolve({ status: answer.statusCode, headers: answer.headers }));
      answer.resume();
    });
    request.on("error", reject);
    let at = 0;
    const go = () => {
      while (body && at < body.length) {
        progress(at);
        const more = request.write(body.subarray(at, at + piece));
        at = Math.min(at + piece, body.length);
        if (!more) return request.once("drain", go);
      }
      progress(at);
      request.end();
    };
    go();
  });
}

/** What both protocols have in common. `known`: where the server last said it stands. */
class Sender {
  path = null;
  known = 0;
  constructor(server, mine, bytes) {
    Object.assign(this, { server, mine, bytes });
  }
  address(path = this.path) { return new URL(path, this.server.url); }
  get metadata() { return { mine: this.mine, filename: "oma video.mp4", filetype: "video/mp4" }; }
  get encodedMetadata() { return Object.entries(this.metadata).map(([key, value]) => `${key} ${base64(value)}`).join(","); }

  /** An offset the server tells: never behind what it told before. */
  learn(offset, where) {
    const now = Number(offset);
    assert.ok(Number.isInteger(now) && now >= this.known && now <= this.bytes.length, `${where}: it stood at ${this.known} and stands at ${offset} of ${this.bytes.length}`);
    this.known = now;
  }
}

/** tus 1.0.0 in requests of a random size. */
export class RawTus extends Sender {
  pieceSize = 1_000_000 + Math.floor(Math.random() * 9_000_000);
  #fields = { "tus-resumable": "1.0.0" };

  /** Sends what the server lacks, to the end. */
  async go(progress) {
    if (this.path) {
      const { status, headers } = await send(this.address(), "HEAD", this.#fields);
      assert.equal(status, 200);
      this.learn(headers["upload-offset"], "HEAD");
    } else {
      const { status, headers } = await send(this.address(uploads), "POST", { ...this.#fields, "upload-length": String(this.bytes.length), "upload-metadata": this.encodedMetadata });
      assert.equal(status, 201);
      this.path = headers.location;
    }
    while (this.known < this.bytes.length) {
      const from = this.known;
      const { status, headers } = await send(this.address(), "PATCH", { ...this.#fields, "upload-offset": String(from), "content-type": "application/offset+octet-stream" },
        { body: this.bytes.subarray(from, from + this.pieceSize), progress: (sent) => progress(from + sent) });
      assert.equal(status, 204);
      this.learn(headers["upload-offset"], "PATCH");
      assert.equal(this.known, Math.min(from + this.pieceSize, this.bytes.length));
    }
  }
}

/** The IETF draft, interop version 8: all in one request, with 104 answers on the way. */
export class Draft extends Sender {
  #fields = { "upload-draft-interop-version": "8", "upload-complete": "?1" };
  #interim = (headers) => {
    if (headers.location) this.path = headers.location;
    if (headers["upload-offset"]) this.learn(headers["upload-offset"], "104");
  };

  async go(progress) {
    if (!this.path) {
      this.known = 0;
      const { status } = await send(this.address(uploads), "POST", { ...this.#fields, "upload-metadata": this.encodedMetadata, "content-type": "video/mp4" }, { body: this.bytes, progress, interim: this.#interim });
      assert.equal(status, 201);
      this.known = this.bytes.length;
      return;
    }
    const { status, headers } = await send(this.address(), "HEAD", { "upload-draft-interop-version": "8" });
    assert.equal(status, 204);
    this.learn(headers["upload-offset"], "HEAD");
    if (headers["upload-complete"] === "?1") return assert.equal(this.known, this.bytes.length);
    const from = this.known;
    const answer = await send(this.address(), "PATCH", { ...this.#fields, "upload-offset": String(from), "content-type": "application/partial-upload" },
      { body: this.bytes.subarray(from), progress: (sent) => progress(from + sent), interim: this.#interim });
    assert.equal(answer.status, 200);
    this.known = this.bytes.length;
  }
}

/** tus-js-client, which comes back by itself. */
export class TusClient extends Sender {
  go(progress) {
    return new Promise((resolve, reject) => {
      const upload = new tusClient.Upload(this.bytes, {
        endpoint: this.address(uploads).href,
        metadata: this.metadata,
        chunkSize: Math.random() < 0.5 ? Number.POSITIVE_INFINITY : 2_000_000 + Math.floor(Math.random() * 8_000_000),
        retryDelays: Array(500).fill(20),
        onError: reject,
        onSuccess: resolve,
        onProgress: progress,
        onChunkComplete: (_, accepted) => this.learn(accepted, "PATCH"),
        onAfterResponse: (request, response) => {
          if (request.getMethod() === "HEAD" && response.getStatus() === 200) this.learn(response.getHeader("Upload-Offset"), "HEAD");
          this.path = upload.url ? new URL(upload.url).pathname : null;
        },
      });
      upload.start();
    });
  }
}
