// What we tell other catalogs and sites, before checkers that we did not write.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { clip, subtitles } from "../browser/lib/clips.mjs";
import { loadStory } from "../browser/lib/people.mjs";
import { root } from "../browser/lib/server.mjs";
import { siteWithStories } from "../browser/lib/site.mjs";

const run = promisify(execFile);
const require = createRequire(join(root, "web/package.json"));
const load = async (name) => import(pathToFileURL(require.resolve(name)));

let site;
let folder;
let stories; // the site's three; `hostile`, whose texts want to break out; `closed`, not agreed to for embeds and feeds
before(async () => {
  [site, folder] = await Promise.all([siteWithStories(), mkdtemp(join(tmpdir(), "tarina-interop-"))]);
  const file = await clip({ width: 480, height: 360, seconds: 6, sound: false });
  const chapters = "WEBVTT\n\n00:00.000 --> 00:02.500\nAlku </script>\n\n00:02.500 --> 00:05.000\nLoppu\n";
  const hostile = await loadStory(site.staff, {
    file, teller: '"><script>', title: { fi: "</script><!--<script>&\"' ]]> =HYPERLINK(1)", sv: "Sv" }, summary: { fi: "=1+1 </title> & <b>" }, description: { fi: "-" }, tags: ["<tag>", "+plus, \"x\""],
    fields: ["06"], subtitles: [{ language: "fi", kind: "captions", text: subtitles(["Hei </script> & <maailma>."]) }, { language: "fi", kind: "plain", text: subtitles(["Selkoa."]) }, { language: "fi", kind: "chapters", text: chapters }],
  });
  const closed = await loadStory(site.staff, { file, title: { fi: "Vain katseltavaksi" }, uses: ["watch", "class_download"], fields: ["07"], exemption: "Videossa ei puhuta." });
  stories = { ...site.stories, hostile, closed };
});
after(async () => {
  await site?.server.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

const get = async (path, options) => {
  const answer = await fetch(new URL(path, site.server.url), options);
  return { status: answer.status, type: answer.headers.get("content-type"), headers: answer.headers, text: await answer.text() };
};
const watch = async (id, lang = "fi") => (await get(`/stories/${id}?lang=${lang}`)).text;
async function lint(xml, ...more) {
  const file = join(folder, "answer.xml");
  await writeFile(file, xml);
  return run("xmllint", ["--nonet", "--noout", ...more, file]);
}
/** Runs a program in Debian's Python, which has feedparser, with a file of this text as its argument. */
async function python(program, text) {
  const file = join(folder, "text");
  await writeFile(file, text);
  return (await run("/usr/bin/python3", ["-c", program, file], { maxBuffer: 64 << 20 })).stdout;
}
const jsonLd = (page) => JSON.parse(/<script type="application\/ld\+json">(.*?)<\/script>/s.exec(page)[1]);

test("the JSON-LD of every story has what search engines require of a video, by Adobe's validator", async () => {
  const [{ default: Validator }, { default: Extractor }] = [await load("@adobe/structured-data-validator"), await load("@marbec/web-auto-extractor")];
  for (const name of ["landscape", "portrait", "silent", "hostile"]) {
    for (const lang of ["fi", "sv", "en"]) {
      const found = new Extractor({ addLocation: true }).parse(await watch(stories[name].id, lang));
      assert.equal(found.errors?.length ?? 0, 0);
      const issues = (await new Validator().validate(found)).filter((issue) => issue.severity === "ERROR");
      assert.deepEqual(issues, [], name);
      assert.equal(found.jsonld.VideoObject.length, 1);
    }
  }
});

test("the JSON-LD is VideoObject as schema.org's types have it", async () => {
  const ts = require("typescript");
  let source = `import type { VideoObject, WithContext, SeekToAction } from ${JSON.stringify(join(root, "web/node_modules/schema-dts"))};\n`;
  for (const [name, { id }] of Object.entries(stories)) {
    if (name === "closed") continue;
    const { "@context": context, potentialAction: seek, ...video } = jsonLd(await watch(id));
    assert.equal(context, "https://schema.org");
    // The types have no "-input" properties: https://schema.org/docs/actions.html#part-4
    assert.equal(seek["startOffset-input"], "required name=seek_to_second_number");
    assert.ok(seek.target.endsWith("?t={seek_to_second_number}"));
    assert.equal(seek["@type"], "SeekToAction");
    source += `export const ${name}: WithContext<VideoObject> = ${JSON.stringify({ "@context": context, ...video })};\n`;
  }
  const file = join(folder, "videos.ts");
  const problems = async (text) => {
    await writeFile(file, text);
    const program = ts.createProgram([file], { strict: true, noEmit: true, skipLibCheck: true, types: [], module: ts.ModuleKind.Node16, moduleResolution: ts.ModuleResolutionKind.Node16 });
    return ts.getPreEmitDiagnostics(program).map((one) => ts.flattenDiagnosticMessageText(one.messageText, "\n").slice(0, 600));
  };
  assert.deepEqual(await problems(source), []);
  assert.notDeepEqual(await problems(source.replaceAll('"uploadDate"', '"uploadedOn"')), [], "the checker sees a property that does not exist");
});

test("the JSON-LD says what is said, shown and taught", async () => {
  const video = jsonLd(await watch(stories.landscape.id, "sv"));
  assert.equal(video.name, "Vårdaren kommer hem");
  assert.match(video.transcript, /jag heter Aino/);
  assert.deepEqual(video.caption.map((one) => one.inLanguage).sort(), ["fi", "sv"]);
  for (const caption of video.caption) assert.match((await get(caption.contentUrl)).text, /^WEBVTT/);
  assert.deepEqual(video.accessibilityFeature, ["captions", "closedCaptions", "transcript"]);
  assert.ok(video.about.some((one) => one["@type"] === "DefinedTerm" && one.termCode === "091"));
  assert.equal(video.teaches.termCode, "371101");
  assert.equal((await get(video.contentUrl)).status, 200);
  assert.equal((await get(video.thumbnailUrl)).status, 200);
  assert.equal((await get(video.embedUrl)).status, 200);
});

test("no text of a story gets out of its markup", async () => {
  const page = await watch(stories.hostile.id);
  const video = jsonLd(page);
  assert.equal(video.name, "</script><!--<script>&\"' ]]> =HYPERLINK(1)");
  assert.deepEqual(video.hasPart.map(({ name, startOffset, endOffset }) => [name, startOffset, endOffset]), [["Alku", 0, 2], ["Loppu", 2, 5]]);
  assert.ok(video.accessibilityFeature.includes("plainLanguage"));
  assert.equal(page.match(/<script type="application\/ld\+json">/g).length, 1);
  assert.doesNotMatch(page, /<\/script><!--|<tag>|"><script>/);
});

test("a story not agreed to for feeds is told to no machine", async () => {
  const page = await watch(stories.closed.id);
  assert.match(page, /Vain katseltavaksi/);
  assert.doesNotMatch(page, /ld\+json|"og:video"|\+oembed"/);
  assert.match(page, /<meta name="robots" content="noindex">/);
});

test("OpenGraph names a picture and a player that are there", async () => {
  const page = await watch(stories.landscape.id);
  const og = Object.fromEntries([...page.matchAll(/<meta property="((?:og|video):[^"]+)" content="([^"]*)">/g)].map(([, name, value]) => [name, value]));
  assert.equal(og["og:title"], "Hoitaja kulkee kotiin");
  assert.equal(og["og:video:type"], "text/html");
  for (const name of ["og:image", "og:video", "og:url"]) assert.equal((await get(og[name])).status, 200, name);
  assert.equal(`${og["og:image:width"]}x${og["og:image:height"]}`, "640x360");
});

test("oEmbed's public client finds the player by the page's own discovery link", async () => {
  const { extract } = await load("@extractus/oembed-extractor");
  const address = `${site.server.url}/stories/${stories.portrait.id}`;
  const found = await extract(address, { maxwidth: 300, maxheight: 400 });
  assert.equal(found.type, "video");
  assert.equal(found.version, "1.0");
  assert.match(found.html, new RegExp(`^<iframe src="${site.server.url}/embed/${stories.portrait.id}"`));
  assert.ok(found.width <= 300 && found.height <= 400);
  assert.equal(found.thumbnail_url, undefined, "the poster is larger than what was asked for");
  assert.equal((await extract(address)).thumbnail_width, 360);
  await assert.rejects(extract(`${site.server.url}/stories/${stories.closed.id}`, {}));
});

test("oEmbed says the same in XML as in JSON, 404 for what may not be embedded and 501 for other formats", async () => {
  const ask = (id, more = "") => get(`/oembed?url=${encodeURIComponent(`${site.server.url}/stories/${id}`)}${more}`);
  const xml = await ask(stories.hostile.id, "&format=xml");
  assert.equal(xml.type, "text/xml; charset=utf-8");
  await lint(xml.text);
  const read = "import json, sys, xml.etree.ElementTree as tree; print(json.dumps({one.tag: one.text for one in tree.parse(sys.argv[1]).getroot()}))";
  const inXml = JSON.parse(await python(read, xml.text));
  const inJson = JSON.parse((await ask(stories.hostile.id)).text);
  assert.deepEqual(inXml, Object.fromEntries(Object.entries(inJson).map(([name, value]) => [name, String(value)])));
  const page = await watch(stories.hostile.id);
  const [, link] = /type="text\/xml\+oembed" href="([^"]+)"/.exec(page);
  assert.equal((await get(link.replaceAll("&amp;", "&"))).text, xml.text);
  assert.equal((await ask(stories.closed.id)).status, 404);
  assert.equal((await ask("aaaaaaaaaa")).status, 404);
  assert.equal((await get("/oembed")).status, 404);
  assert.equal((await ask(stories.hostile.id, "&format=yaml")).status, 501);
});

test("the feed is RSS 2.0 with Media RSS to two readers that we did not write", async () => {
  const { parseRssFeed } = await load("feedsmith");
  const answer = await get("/feeds/stories.rss?lang=fi");
  assert.match(answer.type, /^application\/rss\+xml/);
  await lint(answer.text);
  const feed = parseRssFeed(answer.text);
  assert.equal(feed.language, "fi");
  assert.deepEqual(feed.items.map((item) => item.guid.value).sort(), ["landscape", "portrait", "silent", "hostile"].map((name) => `${site.server.url}/stories/${stories[name].id}`).sort());
  const item = feed.items.find((one) => one.title === "Hoitaja kulkee kotiin");
  assert.equal(item.media.contents[0].url, `${site.server.url}/embed/${stories.landscape.id}`);
  assert.equal(item.media.contents[0].medium, "video");
  assert.equal((await get(item.media.thumbnails[0].url)).status, 200);
  assert.ok(feed.items.some((one) => one.title === "</script><!--<script>&\"' ]]> =HYPERLINK(1)"));

  // Debian's feedparser: `bozo` is what it thinks of the feed.
  const read = "import feedparser, json, sys; f = feedparser.parse(open(sys.argv[1], 'rb').read(), response_headers={'content-type': 'application/rss+xml; charset=utf-8'}); "
    + "print(json.dumps({'bozo': int(f.bozo), 'version': f.version, 'dates': [e.get('published_parsed') is not None for e in f.entries], 'titles': [e.title for e in f.entries], 'summaries': [e.get('summary') for e in f.entries], 'authors': [e.get('author') for e in f.entries], 'media': [len(e.get('media_content', [])) for e in f.entries]}))";
  const seen = JSON.parse(await python(read, answer.text));
  assert.deepEqual([seen.bozo, seen.version], [0, "rss20"]);
  assert.deepEqual(seen.dates, [true, true, true, true]);
  assert.deepEqual(seen.media, [1, 1, 1, 1]);
  assert.ok(seen.authors.includes("Aino"));
  assert.ok(JSON.parse(await python(read, answer.text.replace("</channel>", ""))).bozo, "the checker sees a broken feed");
});

test("a reader that knows only dates is told when the feed has not changed", async () => {
  let answer; // a change in the last two seconds gives no date
  do answer = await get("/feeds/stories.rss");
  while (!answer.headers.get("last-modified"));
  const headers = { "if-modified-since": answer.headers.get("last-modified") };
  assert.equal((await get("/feeds/stories.rss", { headers })).status, 304);
  assert.equal((await get("/feeds/stories.rss", { headers: { "if-modified-since": new Date(Date.parse(headers["if-modified-since"]) - 1000).toUTCString() } })).status, 200);
});

test("the feed of a search is linked where the search is", async () => {
  const page = (await get("/stories?field=07&lang=en")).text;
  const [, href] = /<link rel="alternate" type="application\/rss\+xml"[^>]* href="([^"]+)"/.exec(page);
  const { parseRssFeed } = await load("feedsmith");
  const feed = parseRssFeed((await get(href.replaceAll("&amp;", "&"))).text);
  assert.deepEqual(feed.items.map((item) => item.link), [`${site.server.url}/stories/${stories.portrait.id}`]);
  assert.match((await get("/?lang=sv")).text, /<link rel="alternate" type="application\/rss\+xml"[^>]* href="\/feeds\/stories\.rss\?lang=sv"/);
});

test("the sitemap fits its schema and a strict parser, and every page in it names all its languages", async () => {
  const { text } = await get("/sitemap.xml");
  await lint(text, "--schema", await sitemapSchema());
  const items = await parseSitemap(text);
  const entries = items.filter((item) => item.url.includes(stories.landscape.id));
  const address = `${site.server.url}/stories/${stories.landscape.id}`;
  assert.deepEqual(entries.map((one) => one.url), [address, `${address}?lang=fi`, `${address}?lang=sv`, `${address}?lang=en`]);
  assert.deepEqual(entries.map((one) => one.video[0].title), ["Hoitaja kulkee kotiin", "Hoitaja kulkee kotiin", "Vårdaren kommer hem", "The nurse comes home"]);
  for (const entry of entries) {
    assert.deepEqual(entry.links.map((link) => link.lang), ["fi", "sv", "en", "x-default"]);
    assert.ok(entry.lastmod);
    const page = (await get(entry.url)).text;
    assert.ok(page.includes(`<link rel="canonical" href="${entry.url}">`), "a page calls itself what the sitemap calls it");
    for (const link of entry.links) assert.ok(page.includes(`hreflang="${link.lang}" href="${link.url}"`));
  }
  const [video] = entries[0].video;
  for (const place of [video.thumbnail_loc, video.content_loc, video.player_loc]) assert.equal((await get(place)).status, 200, place);
  assert.ok(!text.includes(stories.closed.id));
  await assert.rejects(parseSitemap(text.replace("<video:title>", "<video:titel>")), "the checker sees a wrong element");
});

/** The schema of sitemaps.org that comes with npm's sitemap; Google's extension has no offline schema, so what it does not know it passes over. */
async function sitemapSchema() {
  const file = join(folder, "sitemap.xsd");
  const official = await readFile(join(root, "web/node_modules/sitemap/schema/sitemap.xsd"), "utf8");
  await writeFile(file, official.replaceAll('processContents="strict"', 'processContents="lax"'));
  return file;
}
async function parseSitemap(text) {
  const { XMLToSitemapItemStream, ErrorLevel } = await load("sitemap");
  const items = [];
  for await (const item of Readable.from([text]).pipe(new XMLToSitemapItemStream({ level: ErrorLevel.THROW, logger: false }))) items.push(item);
  return items;
}

test("a search's result can be taken along as a table and as JSON, without formulas", async () => {
  const csv = await get("/stories.csv?lang=fi");
  assert.match(csv.headers.get("content-disposition"), /attachment; filename="tarina\.csv"/);
  const bytes = new Uint8Array(await (await fetch(`${site.server.url}/stories.csv?lang=fi`)).arrayBuffer());
  assert.deepEqual([...bytes.slice(0, 3)], [0xef, 0xbb, 0xbf]);
  const rows = JSON.parse(await python("import csv, json, sys; print(json.dumps(list(csv.DictReader(open(sys.argv[1], encoding='utf-8', newline=''), strict=True, delimiter=';'))))", csv.text.replace(/^\ufeff/, "")));
  assert.equal(rows.length, 4);
  const hostile = rows.find((row) => row.Osoite.endsWith(stories.hostile.id));
  assert.equal(hostile.Tiivistelmä, "'=1+1 </title> & <b>");
  assert.equal(rows.find((row) => row.Osoite.endsWith(stories.portrait.id)).Alat, "Tekniikan alat");
  assert.ok(!csv.text.includes("Vain katseltavaksi"));

  const english = (await get("/stories.csv?lang=en")).text;
  assert.match(english, /^\ufeff?"[^"]+","/);
  const found = JSON.parse((await get("/stories.json?q=hitsaaja&lang=en")).text);
  assert.equal(found.complete, true);
  assert.equal(found.found, found.items.length);
  assert.deepEqual(found.items.map((one) => one.id), [stories.portrait.id]);
  const page = (await get("/stories?q=hitsaaja&lang=en")).text;
  for (const path of ["/stories.csv?q=hitsaaja&amp;lang=en", "/stories.json?q=hitsaaja&amp;lang=en"]) assert.ok(page.includes(`href="${path}"`), path);
});

test("an editor copies a record for aoe.fi field by field, and only of a story that may be told of", async () => {
  const page = (await site.staff.send("GET", `/studio/stories/${stories.landscape.id}/aoe`)).text;
  for (const words of ["Hoitaja kulkee kotiin", "Vårdaren kommer hem", `${site.server.url}/stories/${stories.landscape.id}`, "Lähihoitaja", "kotihoito", "ammatillinen koulutus", "tekstivastine"])
    assert.ok(page.includes(words), words);
  const closed = (await site.staff.send("GET", `/studio/stories/${stories.closed.id}/aoe`)).text;
  assert.match(closed, /Tarinaa ei voi lisätä/);
  assert.doesNotMatch(closed, /aoe-whole/);
  assert.equal((await get(`/studio/stories/${stories.landscape.id}/aoe`, { redirect: "manual" })).status, 401);
});

test("more than a thousand stories make a sitemap index, whose parts hold each of them once", async () => {
  const database = join(site.server.data, "catalog.sqlite");
  const sql = async (text) => (await run("sqlite3", ["-cmd", ".timeout 10000", database, text])).stdout;
  const columns = (await sql("SELECT group_concat(name) FROM pragma_table_info('story') WHERE name NOT IN ('id', 'public_id')")).trim();
  await sql(`
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1100)
    INSERT INTO story (public_id, ${columns}) SELECT printf('copy%06d', i), ${columns} FROM story, n WHERE public_id = '${stories.silent.id}';
    INSERT INTO consent (story_id, number, watch, class_download, embed, feeds, text_version, text_hash, language, given_by, given_at)
    SELECT id, 1, 1, 1, 1, 1, '1', 'x', 'fi', 'teller', created_at FROM story WHERE public_id LIKE 'copy%';`);
  const { parseSitemapIndex } = await load("sitemap");
  const index = (await get("/sitemap.xml")).text;
  const parts = await parseSitemapIndex(Readable.from([index]));
  assert.deepEqual(parts.map((one) => one.url), [1, 2].map((part) => `${site.server.url}/sitemap.xml?part=${part}`));
  const found = [];
  for (const { url } of parts) found.push(...(await parseSitemap((await get(url)).text)).map((item) => item.url).filter((place) => place.includes("/copy") && !place.includes("?")));
  assert.equal(found.length, 1100);
  assert.equal(new Set(found).size, 1100);
  assert.equal((await get("/sitemap.xml?part=3")).status, 404);
  assert.equal((await get("/sitemap.xml?part=x")).status, 404);
});
