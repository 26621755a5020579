// search-quality [FILE.tsv]: loads the file's sentences as the speech of one published story each into a real server and
// asks GET /api/v1/stories for every query. A line of the file is query, sentence, relevant (1 or 0) and a note; pairs
// noted "neutral-derivation" do not count; where the note begins with "typo", the sentence is the suggestion wanted.
// The last line printed is {"precision", "recall", "suggestions"}; suggestions are right ones by all.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { root, startServer } from "../../browser/lib/server.mjs";

const run = promisify(execFile);
const build = process.env.TARINA_BUILD_DIR;
const file = process.argv[2] ?? join(dirname(root), "shared/data/fi_search_cases.tsv");

const rows = readFileSync(file, "utf8").split("\n").slice(1).filter(Boolean).map((line) => line.split("\t"));
const typos = rows.filter(([, , , note]) => note?.startsWith("typo"));
const pairs = rows.filter(([, , , note]) => !note?.startsWith("typo") && !note?.includes("neutral"));
const judged = new Set(rows.map(([query, sentence]) => `${query}\t${sentence}`));

/** Every story that answers, over all pages: {sentences, suggestion}. */
async function ask(url, stories, text) {
  const sentences = [];
  let suggestion = null;
  let cursor;
  do {
    const address = new URL("/api/v1/stories", url);
    address.searchParams.set("q", text);
    address.searchParams.set("limit", "100");
    if (cursor) address.searchParams.set("cursor", cursor);
    const answer = await fetch(address, { headers: { "Accept-Language": "fi" } });
    if (!answer.ok) throw new Error(`${answer.status} for ${text}`);
    const page = await answer.json();
    // A story without a moment has the words in its institution's or field's name, not in what is said.
    for (const item of page.items) if (item.moments.length) sentences.push(stories[item.title]);
    suggestion ??= page.suggestion;
    cursor = page.next;
  } while (cursor);
  return { sentences, suggestion };
}

/** Precision and recall over the judged pairs; `found` gives the sentences of a query. */
function score(found, report = () => {}) {
  let right = 0, wrong = 0, missed = 0;
  for (const [query, sentence, relevant] of pairs) {
    const hit = found(query).includes(sentence);
    if (hit && relevant === "1") ++right;
    else if (hit) ++wrong, report(`wrong   ${query} | ${sentence}`);
    else if (relevant === "1") ++missed, report(`missed  ${query} | ${sentence}`);
  }
  return { precision: right + wrong ? right / (right + wrong) : 1, recall: right + missed ? right / (right + missed) : 1 };
}

const folder = await mkdtemp(join(tmpdir(), "tarina-quality-"));
try {
  const data = join(folder, "data");
  const made = await run(join(build, "tests/search_cases"), [file, data], { maxBuffer: 1 << 28 });
  const { stories, others } = JSON.parse(made.stdout);
  const server = await startServer({ data, withWorker: false });
  const answers = new Map();
  try {
    for (const query of new Set(rows.map(([text]) => text))) answers.set(query, await ask(server.url, stories, query));
  } finally {
    await server.stop();
  }
  const ours = score((query) => answers.get(query).sentences, console.log);
  // A dot left out is understood, not asked about: then the word's own story is among the answers.
  const wrong = typos.filter(([typed, meant]) => answers.get(typed).suggestion !== meant && !answers.get(typed).sentences.includes(meant));
  for (const [typed, meant] of wrong) console.log(`typo    ${typed}: wanted ${meant}, got ${answers.get(typed).suggestion}`);
  const unjudged = [...answers].flatMap(([query, { sentences }]) => sentences.filter((sentence) => !typos.some(([typed, meant]) => typed === query || meant === sentence) && !judged.has(`${query}\t${sentence}`)));
  console.log(`\n${Object.keys(stories).length} stories, ${answers.size} queries, ${pairs.length} judged pairs; ${unjudged.length} further hits that nobody judged\n`);
  const show = (name, { precision, recall }) => console.log(`${name.padEnd(10)} precision ${precision.toFixed(3)}  recall ${recall.toFixed(3)}`);
  show("tarina", ours);
  for (const [name, found] of Object.entries(others)) show(name, score((query) => found[query]));
  console.log(`suggestions ${typos.length - wrong.length} of ${typos.length} right`);
  const round = (value) => Math.round(value * 1e4) / 1e4;
  console.log(JSON.stringify({ precision: round(ours.precision), recall: round(ours.recall), suggestions: typos.length ? round(1 - wrong.length / typos.length) : 1 }));
} finally {
  await rm(folder, { recursive: true, force: true });
}
