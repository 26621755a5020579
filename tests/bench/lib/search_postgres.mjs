// The same rows in PostgreSQL 15 (Debian's postgresql-15), asked for the same: matching stories by ts_rank, the first
// twenty with up to three moments (ts_headline), the total and the counts of the facets, in one statement. The cluster is
// a temporary one that listens on a socket only. Times are psql's own (\timing) over one connection: no HTTP, no JSON parsing.
import { execFile } from "node:child_process";
import { statSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const programs = "/usr/lib/postgresql/15/bin";

/** As the user postgres when we are root: PostgreSQL refuses to run as root. */
function command(program, args) {
  const whole = [join(programs, program), ...args];
  return process.getuid() === 0 ? ["runuser", ["-u", "postgres", "--", ...whole]] : [whole[0], whole.slice(1)];
}
const call = (program, ...args) => run(...command(program, args), { maxBuffer: 64 << 20, cwd: "/" });

const tables = `
CREATE TABLE story(id int PRIMARY KEY, title text, occupation text, tags text, summary text, institution text, fields text[],
  languages text[], length text, published bigint, speech text,
  words tsvector GENERATED ALWAYS AS (setweight(to_tsvector('finnish', title || ' ' || occupation), 'A') || setweight(to_tsvector('finnish', tags), 'B') ||
    setweight(to_tsvector('finnish', summary), 'C') || setweight(to_tsvector('finnish', speech), 'D')) STORED);
CREATE TABLE moment(story int, number int, start_ms int, text text, words tsvector GENERATED ALWAYS AS (to_tsvector('finnish', text)) STORED);
`;
const indexes = `
CREATE INDEX story_words ON story USING gin(words);
CREATE INDEX moment_words ON moment USING gin(words);
CREATE INDEX moment_story ON moment(story, number);
VACUUM ANALYZE story; VACUUM ANALYZE moment;
`;
const counts = (facet, code) => `'${facet}', (SELECT json_object_agg(code, n) FROM (SELECT ${code} AS code, count(*) AS n FROM passed GROUP BY 1) AS f)`;
const search = `
PREPARE search(text, text, text) AS
WITH q AS MATERIALIZED (SELECT plainto_tsquery('finnish', $1) AS q),
passed AS MATERIALIZED (SELECT id, title, summary, institution, fields, languages, length, published, ts_rank(words, q) AS rank FROM story, q
  WHERE words @@ q AND ($2 = '' OR institution = $2) AND ($3 = '' OR fields @> ARRAY[$3])),
shown AS (SELECT id, title, summary, rank, published FROM passed ORDER BY rank DESC, published DESC, id LIMIT 20)
SELECT json_build_object('total', (SELECT count(*) FROM passed),
  'items', (SELECT json_agg(json_build_object('title', title, 'summary', summary, 'moments',
      (SELECT json_agg(json_build_object('start', start_ms, 'html', ts_headline('finnish', text, q)))
       FROM (SELECT start_ms, text FROM moment WHERE story = shown.id AND words @@ q ORDER BY number LIMIT 3) AS m)) ORDER BY rank DESC, published DESC, id) FROM shown, q),
  ${counts("institution", "institution")}, ${counts("field", "unnest(fields)")}, ${counts("language", "unnest(languages)")},
  ${counts("length", "length")}, ${counts("year", "extract(year FROM to_timestamp(published / 1000))")});
`;
const quoted = (text) => `'${text.replaceAll("'", "''")}'`;

/** Milliseconds of each query, by kind. */
export async function askPostgres(folder, queries, kinds, rounds) {
  const home = join(folder, "postgres");
  await mkdir(home, { mode: 0o777 });
  if (process.getuid() === 0) await run("chown", ["postgres", home]);
  const data = join(home, "data");
  await call("initdb", "-D", data, "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8");
  const settings = { listen_addresses: "", unix_socket_directories: home, shared_buffers: "2GB", work_mem: "64MB", maintenance_work_mem: "1GB", effective_cache_size: "8GB",
    fsync: "off", full_page_writes: "off", synchronous_commit: "off", max_wal_size: "8GB", random_page_cost: "1.1", max_parallel_maintenance_workers: "2" };
  const given = Object.entries(settings).map(([name, value]) => `-c ${name}='${value}'`).join(" ");
  await call("pg_ctl", "-D", data, "-w", "-l", join(home, "log"), "-o", given, "start");
  const psql = (...more) => call("psql", "-h", home, "-U", "postgres", "-d", "postgres", "-q", "-v", "ON_ERROR_STOP=1", ...more);
  const script = async (name, text) => {
    const file = join(folder, name);
    writeFileSync(file, text, { mode: 0o644 });
    return psql("-A", "-t", "-f", file);
  };
  try {
    const began = Date.now();
    await script("load.sql", `${tables}
COPY story(id, title, occupation, tags, summary, institution, fields, languages, length, published, speech) FROM '${join(folder, "story.tsv")}';
COPY moment(story, number, start_ms, text) FROM '${join(folder, "moment.tsv")}';
${indexes}`);
    const { stdout: size } = await psql("-A", "-t", "-c", "SELECT pg_size_pretty(pg_database_size('postgres'))");
    const bytes = statSync(join(folder, "story.tsv")).size;
    console.log(`PostgreSQL: loaded and indexed in ${((Date.now() - began) / 1000).toFixed(0)} s (${(bytes / 1e6).toFixed(0)} MB of stories); database ${size.trim()}`);
    const times = {};
    let text = search;
    const order = [];
    for (let round = -1; round < rounds; ++round)
      for (const kind of kinds)
        for (const query of round < 0 ? queries[kind].slice(0, 50) : queries[kind]) {
          order.push(round < 0 ? null : kind);
          text += `EXECUTE search(${quoted(query.q)}, ${quoted(query.institution ?? "")}, ${quoted(query.field ?? "")});\n`;
        }
    // Answers go to nowhere, times to the output.
    const { stdout } = await script("search.sql", text.replace(/^EXECUTE/m, "\\timing on\n\\o /dev/null\nEXECUTE"));
    const taken = [...stdout.matchAll(/^Time: ([\d.]+) ms/gm)].map((match) => Number(match[1]));
    if (taken.length !== order.length) throw new Error(`${taken.length} times for ${order.length} queries`);
    taken.forEach((ms, i) => order[i] && (times[order[i]] ??= []).push(ms));
    return times;
  } finally {
    await call("pg_ctl", "-D", data, "-w", "-m", "immediate", "stop");
  }
}
