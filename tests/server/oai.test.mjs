// OAI-PMH before judges that we did not write: xmllint with the official schemas, and Debian's HTTP::OAI as a harvester.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { siteWithStories } from "../browser/lib/site.mjs";
import { root } from "../browser/lib/server.mjs";

const run = promisify(execFile);
// OAI-PMH.xsd, oai_dc.xsd, oai-identifier.xsd and what they import, as openarchives.org publishes them.
const schemas = process.env.TARINA_OAI_SCHEMAS ?? join(root, "../shared/data/oai");
const copies = 250; // beside the site's own three: more than two pages of 100

let site;
let folder;
let schema; // for whole answers with any payload of ours
before(async () => {
  [site, folder] = await Promise.all([siteWithStories(), mkdtemp(join(tmpdir(), "tarina-oai-"))]);
  await multiply(site.stories.landscape.id);
  const imports = [["http://www.openarchives.org/OAI/2.0/", "OAI-PMH.xsd"], ["http://www.openarchives.org/OAI/2.0/oai_dc/", "oai_dc.xsd"], ["http://www.openarchives.org/OAI/2.0/oai-identifier", "oai-identifier.xsd"]];
  const own = join(folder, "lrmi_fi.xsd");
  await writeFile(own, await (await fetch(`${site.server.url}/oai/lrmi_fi.xsd`)).text());
  schema = join(folder, "all.xsd");
  await writeFile(schema, `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">${imports.map(([space, file]) => `<xs:import namespace="${space}" schemaLocation="${join(schemas, file)}"/>`).join("")}<xs:import namespace="http://dublincore.org/dcx/lrmi-terms/1.1/" schemaLocation="${own}"/></xs:schema>`);
});
after(async () => {
  await site?.server.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

/** Copies one published story many times over in the database; every tenth copy is withdrawn. */
async function multiply(story) {
  const columns = (await sql(`SELECT group_concat(name) FROM pragma_table_info('story') WHERE name NOT IN ('id', 'public_id', 'state', 'changed_at', 'title_fi')`)).trim();
  await sql(`
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${copies})
    INSERT INTO story (public_id, state, changed_at, title_fi, ${columns})
    SELECT printf('copy%06d', i), CASE WHEN i % 10 = 0 THEN 'withdrawn' ELSE 'published' END, changed_at - i / 3, 'Kopio ' || i || ' <&>"''', ${columns} FROM story, n WHERE public_id = '${story}';
    UPDATE story SET published_at = changed_at - 100000 WHERE public_id LIKE 'copy%';
    UPDATE story SET withdrawn_at = changed_at, erase_at = changed_at + 1000000000 WHERE state = 'withdrawn';
    INSERT INTO consent (story_id, number, watch, class_download, embed, feeds, text_version, text_hash, language, given_by, given_at, ended_at)
    SELECT id, 1, 1, 1, 1, 1, '1', 'x', 'fi', 'teller', created_at, withdrawn_at FROM story WHERE public_id LIKE 'copy%';
    INSERT INTO story_field (story_id, position, field) SELECT id, 1, '091' FROM story WHERE public_id LIKE 'copy%';`);
}
async function sql(text) {
  return (await run("sqlite3", ["-cmd", ".timeout 10000", join(site.server.data, "catalog.sqlite"), text])).stdout;
}

const oai = async (query, options) => {
  const answer = await fetch(`${site.server.url}/oai${query ? `?${query}` : ""}`, options);
  assert.equal(answer.status, 200);
  return answer.text();
};
async function lint(xml, ...more) {
  const file = join(folder, "answer.xml");
  await writeFile(file, xml);
  return run("xmllint", ["--nonet", "--noout", ...more, file]);
}
/** Every part of a list, first to last. */
async function* parts(verb, prefix, more = "") {
  let query = `verb=${verb}&metadataPrefix=${prefix}${more}`;
  while (query) {
    const xml = await oai(query);
    yield xml;
    const token = /<resumptionToken[^>]*>([^<]+)</.exec(xml)?.[1];
    query = token && `verb=${verb}&resumptionToken=${encodeURIComponent(token)}`;
  }
}

test("every answer, errors and lists in parts included, is valid by the official schemas", { skip: !existsSync(join(schemas, "OAI-PMH.xsd")) && "there are no official schemas in TARINA_OAI_SCHEMAS" }, async () => {
  const id = `oai:tarina.localhost:${site.stories.landscape.id}`;
  const dead = "oai:tarina.localhost:copy000010";
  const queries = ["", "verb=Identify", "verb=ListMetadataFormats", `verb=ListMetadataFormats&identifier=${id}`, "verb=ListSets", "verb=Nothing", "verb=ListRecords", "verb=GetRecord&identifier=a%20b&metadataPrefix=oai_dc", "verb=ListRecords&resumptionToken=%3C%26",
    "verb=ListIdentifiers&metadataPrefix=marc21", "verb=ListIdentifiers&metadataPrefix=oai_dc&set=field:05", "verb=ListIdentifiers&metadataPrefix=oai_dc&until=2000-01-01", "verb=Identify&%3Cx%3E=%01"];
  for (const prefix of ["oai_dc", "lrmi_fi"]) for (const one of [id, dead, "oai:tarina.localhost:none"]) queries.push(`verb=GetRecord&metadataPrefix=${prefix}&identifier=${one}`);
  for (const query of queries) {
    const xml = await oai(query);
    await lint(xml, "--schema", schema).catch((failure) => assert.fail(`${query}: ${failure.stderr}`));
  }
  for (const verb of ["ListRecords", "ListIdentifiers"]) {
    for (const prefix of ["oai_dc", "lrmi_fi"]) {
      for await (const xml of parts(verb, prefix, "&set=field:09")) await lint(xml, "--schema", schema).catch((failure) => assert.fail(`${verb} ${prefix}: ${failure.stderr}`));
    }
  }
});

test("a list in parts says how long it is and where each part begins, and names every story once", async () => {
  const seen = new Set();
  let cursor = 0;
  let tokens = 0;
  for await (const xml of parts("ListIdentifiers", "oai_dc", "&from=2020-01-01")) {
    const [, size, at] = /<resumptionToken completeListSize="(\d+)" cursor="(\d+)"/.exec(xml);
    assert.equal(Number(size), copies + 3);
    assert.equal(Number(at), cursor);
    for (const [, id] of xml.matchAll(/<identifier>([^<]+)</g)) {
      assert.ok(!seen.has(id), `${id} twice`);
      seen.add(id);
      cursor++;
    }
    tokens++;
  }
  assert.equal(tokens, 3);
  assert.equal(seen.size, copies + 3);
});

test("from and until take in what changed at their very second, and leave out what did not", async () => {
  const first = await oai("verb=ListIdentifiers&metadataPrefix=oai_dc");
  const stamps = [...new Set([...first.matchAll(/<datestamp>([^<]+)</g)].map(([, stamp]) => stamp))];
  const count = async (more) => {
    let n = 0;
    for await (const xml of parts("ListIdentifiers", "oai_dc", more)) n += [...xml.matchAll(/<header/g)].length;
    return n;
  };
  const all = copies + 3;
  for (const stamp of stamps) {
    const before = new Date(Date.parse(stamp) - 1000).toISOString().replace(".000", "");
    const until = await count(`&until=${before}`).catch(() => 0);
    assert.equal((await count(`&from=${stamp}`)) + until, all);
  }
});

test("a public harvester walks all six verbs, tombstones included", async () => {
  const { stdout } = await run("perl", [join(root, "tests/server/harvest.pl"), `${site.server.url}/oai`], { maxBuffer: 64 << 20 });
  const found = JSON.parse(stdout);
  assert.equal(found.version, "2.0");
  assert.equal(found.deleted, "persistent");
  assert.deepEqual(found.formats, ["oai_dc", "lrmi_fi"]);
  for (const set of ["field", "field:09", "field:09:091", "institution:luovi"]) assert.ok(found.sets.includes(set), set);
  for (const prefix of found.formats) {
    const records = found.records[prefix];
    assert.equal(found.headers[prefix].length, copies + 3);
    assert.equal(records.length, copies + 3);
    assert.equal(records.filter((one) => one.status === "deleted").length, copies / 10);
    for (const one of records) assert.equal(one.metadata === "", one.status === "deleted");
    assert.ok(records.some((one) => one.metadata.includes("Kopio 7 &lt;&amp;&gt;")));
    assert.ok(records.some((one) => one.metadata.includes("Vårdaren kommer hem")));
  }
  assert.deepEqual(found.single.map((one) => one.status), ["", "deleted"]);
});

test("text of any kind stands whole in well-formed XML", async () => {
  await sql(`UPDATE story SET title_fi = 'a' || char(1) || char(11) || char(65534) || ']]>&<b>' || char(8238) || '𝄞' WHERE public_id = 'copy000007'`);
  const xml = await oai("verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:tarina.localhost:copy000007");
  await lint(xml);
  assert.match(xml, /a\]\]&gt;&amp;&lt;b&gt;\u202e𝄞/u);
});
