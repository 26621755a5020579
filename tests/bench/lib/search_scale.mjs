// search-scale [--stories N] [--rounds N] [--without-postgres]: generates N stories (100,000) of inflected Finnish, lets
// `tarina-server reindex` build the index, then asks GET /api/v1/stories and /api/v1/suggestions of the running server one
// request after the other, and PostgreSQL 15's full text search for the same. Says p50, p95 and p99, memory and sizes. The
// last line printed is {"p95_ms", "pg_p95_ratio", "suggest_p95_ms", "index_mb_per_s"}: p95 of all searches (one word, three
// words, with facets), ours by PostgreSQL's, p95 of suggestions, megabytes of speech indexed in a second.
import { spawn, execFile } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { Agent, get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { root, startServer } from "../../browser/lib/server.mjs";
import { askPostgres } from "./search_postgres.mjs";

const run = promisify(execFile);
const { values: options } = parseArgs({
  options: { stories: { type: "string", default: "100000" }, rounds: { type: "string", default: "2" }, "without-postgres": { type: "boolean", default: false } },
});
const build = process.env.TARINA_BUILD_DIR ?? ["dev", "release"].map((preset) => join(root, "build", preset)).find((folder) => existsSync(folder)) ?? join(root, "build/dev");
const kinds = ["one", "three", "facets"];

const percentile = (times, part) => [...times].sort((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * part))];
const row = (name, times) =>
  console.log(`${name.padEnd(34)} p50 ${percentile(times, 0.5).toFixed(1).padStart(7)} ms  p95 ${percentile(times, 0.95).toFixed(1).padStart(7)} ms  p99 ${percentile(times, 0.99).toFixed(1).padStart(7)} ms`);

/** One request on a kept connection: milliseconds to the last byte, and the answer. */
function ask(agent, address) {
  return new Promise((resolve, reject) => {
    const began = process.hrtime.bigint();
    get(address, { agent, headers: { "Accept-Language": "fi" } }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("end", () => {
        const ms = Number(process.hrtime.bigint() - began) / 1e6;
        if (answer.statusCode !== 200) reject(new Error(`${answer.statusCode} for ${address}`));
        else resolve({ ms, body: JSON.parse(Buffer.concat(parts).toString()) });
      });
    }).on("error", reject);
  });
}

function memory(pid) {
  const kb = (file, name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(readFileSync(`/proc/${pid}/${file}`, "utf8"))[1]);
  return `RSS ${(kb("status", "VmRSS") / 1024).toFixed(0)} MB, of it anonymous ${(kb("status", "RssAnon") / 1024).toFixed(0)} MB; PSS ${(kb("smaps_rollup", "Pss") / 1024).toFixed(0)} MB`;
}

async function askTarina(data, queries) {
  const server = await startServer({ data, withWorker: false });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const times = { suggest: [] };
  let found = 0, moments = 0, suggested = 0;
  try {
    for (let round = -1; round < Number(options.rounds); ++round) { // the first one warms up
      for (const kind of [...kinds, "suggest"]) {
        times[kind] ??= [];
        for (const query of round < 0 ? queries[kind].slice(0, 50) : queries[kind]) {
          const address = new URL(kind === "suggest" ? "/api/v1/suggestions" : "/api/v1/stories", server.url);
          for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value);
          const { ms, body } = await ask(agent, address);
          if (round < 0) continue;
          times[kind].push(ms);
          if (kind === "suggest") suggested += body.suggestions.length > 0;
          else (found += body.items.length > 0), (moments += body.items.some((item) => item.moments.length > 0));
        }
      }
    }
    console.log(`server: ${memory(server.process.pid)}`);
  } finally {
    agent.destroy();
    await server.stop();
  }
  const searches = kinds.flatMap((kind) => times[kind]);
  console.log(`${found} of ${searches.length} searches found something, ${moments} with moments; ${suggested} of ${times.suggest.length} beginnings led to suggestions`);
  return times;
}

const folder = await mkdtemp(join(tmpdir(), "tarina-scale-"));
try {
  await chmod(folder, 0o755); // PostgreSQL's user reads the rows
  let began = Date.now();
  const made = JSON.parse((await run(join(build, "tests/search_stories"), [folder, options.stories], { maxBuffer: 1 << 20 })).stdout);
  console.log(`${made.stories} stories, ${made.groups} cue groups, ${(made.speech_bytes / 1e6).toFixed(0)} MB of speech; made in ${((Date.now() - began) / 1000).toFixed(0)} s`);
  const data = join(folder, "data");
  const queries = JSON.parse(readFileSync(join(folder, "queries.json"), "utf8"));

  began = Date.now();
  const indexing = spawn(join(build, "server/tarina-server"), ["--data", data, "reindex"], { stdio: ["ignore", "inherit", "inherit"] });
  const ended = await new Promise((resolve) => indexing.once("exit", resolve));
  if (ended !== 0) throw new Error(`reindex ended with ${ended}`);
  const seconds = (Date.now() - began) / 1000;
  const speed = made.speech_bytes / 1e6 / seconds; // on one core: one thread analyses and writes
  console.log(`indexed in ${seconds.toFixed(1)} s on one core: ${speed.toFixed(2)} MB/s of speech; search.sqlite ${(statSync(join(data, "search.sqlite")).size / 1e6).toFixed(0)} MB\n`);

  const ours = await askTarina(data, queries);
  const searches = kinds.flatMap((kind) => ours[kind]);
  for (const kind of kinds) row(`tarina, HTTP: ${kind}`, ours[kind]);
  row("tarina, HTTP: all searches", searches);
  row("tarina, HTTP: suggestions", ours.suggest);
  const result = { p95_ms: percentile(searches, 0.95), pg_p95_ratio: null, suggest_p95_ms: percentile(ours.suggest, 0.95), index_mb_per_s: speed };
  if (!options["without-postgres"]) {
    console.log("");
    const theirs = await askPostgres(folder, queries, kinds, Number(options.rounds));
    for (const kind of kinds) row(`PostgreSQL, socket: ${kind}`, theirs[kind]);
    const all = kinds.flatMap((kind) => theirs[kind]);
    row("PostgreSQL, socket: all searches", all);
    result.pg_p95_ratio = result.p95_ms / percentile(all, 0.95);
  }
  console.log(JSON.stringify(result, (_, value) => (typeof value === "number" ? Math.round(value * 1000) / 1000 : value)));
} finally {
  await rm(folder, { recursive: true, force: true });
}
