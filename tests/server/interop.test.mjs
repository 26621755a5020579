// What we tell other catalogs and sites, before checkers that we did not write.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
