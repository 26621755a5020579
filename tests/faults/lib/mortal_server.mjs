// A server that is killed and started again on the same folder and port, and what its visitors may blame on that.
import { startServer } from "../../browser/lib/server.mjs";

const broken = new Set(["ECONNRESET", "ECONNREFUSED", "EPIPE", "UND_ERR_SOCKET"]);

/** True for a connection that was refused, or ended before the answer did. */
export function isBroken(failure) {
  return broken.has(failure?.code) || broken.has(failure?.cause?.code);
}

export class MortalServer {
  kills = 0;
  /** From just before the signal until the next one listens. */
  down = false;
  /** Slowest start and the sum of all, in milliseconds. */
  starts = { slowest: 0, total: 0 };
  /** How many requests a death broke off, by what `attempt` was told they were. */
  hit = {};
  #alive = null;
  #up = Promise.resolve();

  /** `options` as of startServer; `data` is needed. */
  static async start(options) {
    const server = new MortalServer();
    server.options = { ...options, withWorker: false };
    server.#alive = await startServer(server.options);
    server.options.port = Number(new URL(server.url).port);
    return server;
  }

  get url() { return this.#alive.url; }
  get data() { return this.options.data; }
  admin() { return this.#alive.admin(); }
  startWorker(options) { return this.#alive.startWorker(options); }
  /** Resolves when it serves. */
  up() { return this.#up; }

  /** kill -9, then a new start; resolves when that serves. While one is under way everybody waits for the same. */
  kill() {
    if (!this.down) {
      this.down = true;
      this.kills += 1;
      this.#up = this.#again();
    }
    return this.#up;
  }
  async #again() {
    await this.#alive.kill();
    const begun = performance.now();
    this.#alive = await startServer(this.options);
    const took = performance.now() - begun;
    this.starts.slowest = Math.max(this.starts.slowest, took);
    this.starts.total += took;
    this.down = false;
  }

  /** A point in time for `excuses`. */
  moment() { return { kills: this.kills, down: this.down }; }
  /** True when a request begun at `moment` may break off now: the server was dead at some time since. */
  excuses(moment, failure) { return isBroken(failure) && (moment.down || this.down || this.kills > moment.kills); }

  /** Does `step(tries)` until no death breaks it off. */
  async attempt(what, step) {
    for (let tries = 0; ; tries += 1) {
      const moment = this.moment();
      try {
        return await step(tries);
      } catch (failure) {
        if (!this.excuses(moment, failure)) throw failure;
        this.hit[what] = (this.hit[what] ?? 0) + 1;
        await this.#up;
      }
    }
  }

  /** Ends it for good. */
  async end() {
    await this.#up;
    await this.#alive.kill();
  }
}
