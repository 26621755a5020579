// Stories out of one server and into an empty one, as bags: what comes out is compared with what went in, through the API.
// Bags that somebody has tampered with come in by no door. TARINA_EXPORT_KILLS says how many exports are killed (5 unless set).
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readFile, readdir, rename, rm, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { clip, subtitles } from "../browser/lib/clips.mjs";
import { Visitor, loadStory, untilReady, upload } from "../browser/lib/people.mjs";
import { siteWithStories } from "../browser/lib/site.mjs";
import { programs, startServer, tarinaServer } from "../browser/lib/server.mjs";
import { bagsIn, json, seal, sha256, validate, validateByOthers } from "./lib/bag.mjs";

const kills = Number(process.env.TARINA_EXPORT_KILLS ?? 5);
let site, folder, bags, ids, second;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "tarina-bags-"));
  bags = join(folder, "bags");
  site = await siteWithStories();
  const small = await clip({ width: 320, height: 180, seconds: 3 });
  const words = (text) => [{ language: "fi", kind: "captions", text: subtitles([text], 2) }];
  const quiet = await loadStory(site.staff, { file: small, uses: ["watch"], title: { fi: "Vain katseltavaksi" }, subtitles: words("Tätä ei upoteta."), send: (visitor, mine, bytes) => upload(visitor, mine, bytes, "50 % äidin \"oma\".mp4") });
  const draft = await loadStory(site.staff, { file: small, uses: ["watch", "feeds"], title: { fi: "Vielä julkaisematta" }, publish: false });
  const gone = await loadStory(site.staff, { file: small, title: { fi: "Peruttu jo ennen" }, subtitles: words("Perun tämän.") });
  await new Visitor(site.server.url).send("POST", `/mine/${gone.mine}/withdraw`, { form: [["confirm", "yes"]] });
  const { landscape, portrait, silent } = site.stories;
  // Words that nobody has checked yet lie over checked ones, a use is taken back, and somebody chose another picture.
  const track = `/studio/stories/${landscape.id}/subtitles/fi-captions`;
  const revision = /name="revision" value="(\d+)"/.exec((await site.staff.send("GET", track)).text)[1];
  await site.staff.send("POST", track, { form: { revision, vtt: subtitles(["Uusi luonnos, jota ei ole tarkistettu."], 2) } });
  await new Visitor(site.server.url).send("POST", `/mine/${portrait.mine}/consents`, { form: [["use", "watch"], ["use", "embed"]] });
  const stills = [...(await site.staff.send("GET", `/studio/stories/${landscape.id}`)).text.matchAll(/name="poster" value="([^"]+)"/g)].map(([, still]) => still);
  assert.ok(stills.length > 1, "there is a choice of pictures");
  await site.staff.send("POST", `/studio/stories/${landscape.id}/poster`, { form: { poster: stills.at(-1) } });
  ids = { still: stills.at(-1), landscape: landscape.id, portrait: portrait.id, silent: silent.id, quiet: quiet.id, draft: draft.id, gone: gone.id };
  ids.mine = quiet.mine;
  ids.draftMine = draft.mine;
});
after(async () => {
  await second?.stop();
  await site?.server.stop();
  await rm(folder, { recursive: true, force: true });
});

const exported = (...words) => tarinaServer(site.server.data, "export", "--to", bags, ...words);
const living = () => [ids.landscape, ids.portrait, ids.silent, ids.quiet, ids.draft].sort();

/** What anybody is told about a story, whatever packages and streams are called here, and whenever this feed was last changed. */
async function told(base, path) {
  const answer = await fetch(base + path);
  const text = (await answer.text()).replaceAll(base, "").replace(/\/stream\/[a-z0-9]+\//g, "/stream/KEY/").replace(/<lastBuildDate>[^<]*/, "<lastBuildDate>").replace(/"request_id":"\w+"/, "");
  return `${answer.status} ${text}`;
}
async function everything(base) {
  const addresses = ["/api/v1/stories?limit=100", "/api/v1/stories?q=valmistuin", "/api/v1/stories?q=ty%C3%B6paikan", "/api/v1/stories?q=hitsaaja", "/api/v1/stories?q=luonnos", "/api/v1/stories?q=v%C3%A5rdar&language=fi", "/stories.csv", "/feeds/stories.rss"];
  for (const id of living()) {
    addresses.push(`/api/v1/stories/${id}`, `/oembed?format=json&url=${encodeURIComponent(`${base}/stories/${id}`)}`);
    for (const name of ["fi-captions", "sv-subtitles"]) for (const type of ["vtt", "srt", "txt"]) addresses.push(`/api/v1/stories/${id}/subtitles/${name}.${type}`);
  }
  const answers = {};
  for (const page of ["stories", "embed", "class"]) for (const id of living()) answers[`/${page}/${id}`] = (await fetch(`${base}/${page}/${id}`)).status;
  for (const path of addresses) answers[path.replaceAll(encodeURIComponent(base), "")] = await told(base, path);
  return answers;
}

test("an export beside a busy server gives a valid bag for every story that is not taken back", { timeout: 300_000 }, async (t) => {
  let busy = true;
  const load = (async () => {
    const file = await clip({ width: 320, height: 180, seconds: 3 });
    while (busy) {
      const { mine } = await loadStory(site.staff, { file, title: { fi: "Kuorman tarina" }, publish: false });
      await new Visitor(site.server.url).send("POST", `/mine/${mine}/withdraw`, { form: [["confirm", "yes"]] });
    }
  })();
  load.catch(() => {});
  try {
    const done = await exported("--all");
    assert.equal(done.code, 0, done.stdout + done.stderr);
    const made = await bagsIn(bags);
    for (const id of living()) assert.ok(made.includes(id), id);
    assert.ok(!made.includes(ids.gone), "a story that was taken back is in no bag");
    for (const id of made) await validate(join(bags, id));
  } finally {
    busy = false;
    await load;
  }
  // Quiet again: those taken back since are named, and their bags go by hand.
  const again = await exported();
  assert.equal(again.code, 0, again.stdout);
  const stale = (await bagsIn(bags)).filter((id) => !living().includes(id));
  for (const id of stale) {
    assert.match(again.stdout, new RegExp(`^${id}: was taken back; remove its bag`, "m"));
    await rm(join(bags, id), { recursive: true });
  }
  assert.deepEqual(await bagsIn(bags), living());
  const others = await Promise.all(living().map((id) => validateByOthers(join(bags, id))));
  t.diagnostic(others[0] ? "bagit-python finds every bag valid as well" : "bagit-python is not here; its word is left out");
});

test("a bag holds the original as it was sent, the words of both languages, and every consent there was", async () => {
  const bag = join(bags, ids.landscape);
  const { payload, tags, metadata, consents } = await validate(bag);
  assert.equal(payload[metadata.original.file], sha256(await readFile(await clip())));
  assert.deepEqual(Object.keys(payload).filter((path) => path.startsWith("data/subtitles/")).sort(), ["data/subtitles/fi-captions.draft.vtt", "data/subtitles/fi-captions.vtt", "data/subtitles/sv-subtitles.vtt"]);
  const shown = await (await fetch(`${site.server.url}/api/v1/stories/${ids.landscape}/subtitles/sv-subtitles.vtt`)).text();
  assert.equal(await readFile(join(bag, "data/subtitles/sv-subtitles.vtt"), "utf8"), shown);
  assert.equal(metadata.poster.name, ids.still);
  assert.ok(payload[metadata.poster.file]);
  assert.equal(metadata.title.sv, "Vårdaren kommer hem");
  assert.equal(metadata.institution.short_name, "OSAO");
  assert.deepEqual(consents.consents.map((one) => one.uses), [{ watch: true, class_download: true, embed: true, feeds: true }]);
  const changed = await json(join(bags, ids.portrait), "consents.json");
  assert.deepEqual(changed.consents.map((one) => [one.number, one.uses.feeds, one.ended_at === null, one.given_by]), [[1, true, false, "teller"], [2, false, true, "teller"]]);
  assert.deepEqual(tags.filter(([label]) => label !== "Payload-Oxum").map(([label]) => label), ["Source-Organization", "External-Description", "Bagging-Date", "External-Identifier", "Bag-Software-Agent"]);
  assert.equal(Object.fromEntries(tags)["External-Identifier"], ids.landscape);
  const quiet = await json(join(bags, ids.quiet), "metadata.json");
  assert.equal(quiet.original.filename, "50 % äidin \"oma\".mp4");
  assert.equal(quiet.original.file, "data/original/50 % äidin _oma_.mp4");
  const whole = (await Promise.all(["metadata.json", "consents.json"].map((name) => readFile(join(bag, "data", name), "utf8")))).join("");
  for (const secret of ["admin@example.org", "Ylläpitäjä", ids.mine]) assert.ok(!whole.includes(secret), secret);
});

test("what has not changed is not written again, and single stories can be asked for", async () => {
  const before = (await stat(join(bags, ids.quiet))).ino;
  assert.match((await exported("--all")).stdout, /^Bags: 0 written, 5 unchanged/m);
  assert.equal((await stat(join(bags, ids.quiet))).ino, before);
  const one = join(folder, "one");
  const asked = await tarinaServer(site.server.data, "export", "--to", one, "--story", ids.quiet, "--story", ids.gone);
  assert.equal(asked.code, 1, "a story that was taken back cannot be had");
  assert.match(asked.stdout, new RegExp(`^${ids.gone}: is no story here, or was taken back`, "m"));
  assert.deepEqual(await bagsIn(one), [ids.quiet]);
  assert.equal((await tarinaServer(site.server.data, "export", "--to", one, "--story", ids.quiet, "--all")).code === 0, false, "all and one exclude each other");
});

test("an export that is killed leaves no bag that passes for whole", { timeout: 60_000 + kills * 10_000 }, async () => {
  const to = join(folder, "killed");
  let halves = 0;
  for (let round = 0; round < kills; round += 1) {
    const child = spawn(programs.server, ["--data", site.server.data, "export", "--to", to], { stdio: "ignore" });
    const ended = once(child, "exit");
    // Killed as soon as the next bag is begun, each round a bag further; what stands then must be whole.
    for (let busy = true; busy && child.exitCode === null && child.signalCode === null;) {
      const names = await readdir(to).catch(() => []);
      if (names.some((name) => name.endsWith(".partial")) && names.filter((name) => !name.includes(".")).length - 1 >= round % 5) busy = false;
    }
    child.kill("SIGKILL");
    await ended;
    const names = await readdir(to);
    halves += names.filter((name) => name.endsWith(".partial")).length;
    for (const name of await bagsIn(to)) if (!name.includes(".")) await validate(join(to, name));
    const dry = await tarinaServer(join(folder, "nowhere"), "import", "--from", to, "--dry-run");
    if ((await bagsIn(to)).some((name) => !name.includes("."))) assert.equal(dry.code, 0, dry.stdout);
    if (round % 2 === 1) await rm(to, { recursive: true });
  }
  assert.ok(halves > 0, "some export was met in the middle of a bag");
  assert.equal((await tarinaServer(site.server.data, "export", "--to", to)).code, 0);
  assert.deepEqual(await bagsIn(to), living());
  for (const id of living()) await validate(join(to, id));
});

test("an empty server that takes the bags tells everybody the same as the old one", { timeout: 300_000 }, async () => {
  const data = join(folder, "new");
  const dry = await tarinaServer(data, "import", "--from", bags, "--dry-run");
  assert.equal(dry.code, 0, dry.stdout + dry.stderr);
  assert.match(dry.stdout, /^Stories: 5 can be brought in, 0 here already\. Bags refused: 0\./m);
  await assert.rejects(stat(data), { code: "ENOENT" }, "a dry run makes nothing");
  const done = await tarinaServer(data, "import", "--from", bags);
  assert.equal(done.code, 0, done.stdout + done.stderr);
  assert.match(done.stdout, /^Stories: 5 brought in/m);
  const twice = await tarinaServer(data, "import", "--from", bags);
  assert.equal(twice.code, 0, twice.stdout);
  assert.match(twice.stdout, /^Stories: 0 brought in, 5 here already\. Bags refused: 0\./m);

  second = await startServer({ data });
  const running = await tarinaServer(data, "import", "--from", bags);
  assert.equal(running.code, 1);
  assert.match(running.stderr, /another tarina-server .*uses the data folder/);
  const ready = async () => (await (await fetch(`${second.url}/api/v1/stories?limit=100`)).json()).total;
  const wanted = (await (await fetch(`${site.server.url}/api/v1/stories?limit=100`)).json()).total;
  while ((await ready()) < wanted) await new Promise((resolve) => setTimeout(resolve, 200));
  const old = await everything(site.server.url);
  const here = await everything(second.url);
  assert.deepEqual([old[`/embed/${ids.landscape}`], old[`/embed/${ids.quiet}`]], [200, 404], "the answers compared are those of the consents");
  for (const path of Object.keys(old)) assert.equal(here[path], old[path], path);
  assert.equal((await fetch(`${second.url}/stories/${ids.draft}`)).status, 404, "what was not published is not");

  // The originals lie there byte for byte, and the teller's link still leads to the story.
  const kept = await Promise.all((await readdir(join(data, "media/originals"))).map(async (name) => sha256(await readFile(join(data, "media/originals", name)))));
  const sent = await Promise.all(living().map(async (id) => (await json(join(bags, id), "metadata.json")).original.sha256));
  assert.deepEqual(kept.sort(), sent.sort());
  assert.match((await new Visitor(second.url).send("GET", `/mine/${ids.mine}`)).text, new RegExp(ids.quiet));
  await untilReady(new Visitor(second.url), ids.draftMine);
  const staff = new Visitor(second.url);
  await staff.signIn(await second.admin());
  for (const page of ["", "/subtitles/fi-captions"]) await staff.send("GET", `/studio/stories/${ids.landscape}${page}`); // people who have no account here have worked on it

  // Exported again from there, bags say the same but for times and packages of the new server.
  await second.stop();
  second = undefined;
  assert.equal((await tarinaServer(data, "check")).code, 0);
  const back = join(folder, "back");
  assert.equal((await tarinaServer(data, "export", "--to", back)).code, 0);
  for (const id of living()) {
    const { consents, metadata, payload } = await validate(join(back, id));
    assert.deepEqual(consents, await json(join(bags, id), "consents.json"));
    const first = await validate(join(bags, id));
    assert.deepEqual({ ...metadata, changed_at: "" }, { ...first.metadata, changed_at: "" });
    for (const [path, hash] of Object.entries(first.payload)) if (path !== "data/metadata.json") assert.equal(payload[path], hash, path);
  }
  const third = await tarinaServer(data, "import", "--from", bags);
  assert.equal(third.code, 0, third.stdout);
});

test("bags that were tampered with are refused by name, whole, and the others come in", { timeout: 120_000 }, async () => {
  const from = join(folder, "hostile");
  const metadata = (name, change) => async (bag) => {
    const value = await json(bag, name);
    change(value);
    await writeFile(join(bag, "data", name), JSON.stringify(value));
    await seal(bag);
  };
  const cases = {
    "a-changed-video": [/data\/original\/.+ is not what the manifest says/, async (bag) => {
      const [name] = await readdir(join(bag, "data/original"));
      const file = join(bag, "data/original", name);
      const bytes = await readFile(file);
      bytes[1000] ^= 1;
      await writeFile(file, bytes);
    }],
    "b-shorter-video": [/Payload-Oxum/, async (bag) => truncate(join(bag, "data/original", (await readdir(join(bag, "data/original")))[0]), 100)],
    "c-other-video": [/is not the original that metadata.json describes/, async (bag) => {
      await writeFile(join(bag, "data/original", (await readdir(join(bag, "data/original")))[0]), "not the video");
      await seal(bag);
    }],
    "d-missing": [/Payload-Oxum/, (bag) => rm(join(bag, "data/consents.json"))],
    "e-missing-sealed": [/data\/consents.json is missing/, async (bag) => {
      await rm(join(bag, "data/consents.json"));
      await seal(bag);
    }],
    "f-unlisted": [/data\/extra.sh is in the bag and not in the manifest|Payload-Oxum/, (bag) => writeFile(join(bag, "data/extra.sh"), "x", { mode: 0o600 })],
    "g-unnamed": [/metadata.json says nothing of data\/extra.sh/, async (bag) => {
      await writeFile(join(bag, "data/extra.sh"), "x", { mode: 0o600 });
      await seal(bag);
    }],
    "h-link": [/data\/metadata.json is a symbolic link/, async (bag) => {
      await rename(join(bag, "data/metadata.json"), join(folder, "metadata.json"));
      await symlink(join(folder, "metadata.json"), join(bag, "data/metadata.json"));
    }],
    "i-dots": [/manifest-sha256.txt: line 1 names "data\/..\/..\/..\/secret", which does not lie in the bag/, async (bag) => {
      const file = join(bag, "manifest-sha256.txt");
      await writeFile(file, `${"0".repeat(64)}  data/../../../secret\n${await readFile(file, "utf8")}`);
      await writeFile(join(bag, "tagmanifest-sha256.txt"), `${sha256(await readFile(file))}  manifest-sha256.txt\n${sha256(await readFile(join(bag, "bagit.txt")))}  bagit.txt\n${sha256(await readFile(join(bag, "bag-info.txt")))}  bag-info.txt\n`);
    }],
    "j-named-outside": [/metadata.json: original.file must be the path of a file in the bag/, metadata("metadata.json", (m) => (m.original.file = "../../../../etc/hostname"))],
    "k-version": [/metadata.json: has version 99 .* reads version 1/, metadata("metadata.json", (m) => (m.version = 99))],
    "l-fetch": [/fetch.txt names files that are elsewhere/, (bag) => writeFile(join(bag, "fetch.txt"), "http://127.0.0.1/x 1 data/x\n", { mode: 0o600 })],
    "m-no-bag": [/bagit.txt is missing/, (bag) => rm(join(bag, "bagit.txt"))],
    "n-more-consent": [/only the newest consent can be in force/, metadata("consents.json", (c) => void c.consents.push({ ...c.consents[0] }))],
    "o-id": [/is not a story's id/, async (bag) => {
      await metadata("metadata.json", (m) => (m.id = "../../x"))(bag);
      await metadata("consents.json", (c) => (c.story = "../../x"))(bag);
    }],
    "p-withdrawn": [/withdrawn.json beside it says that the story was taken back/, async (bag) => {
      await metadata("metadata.json", (m) => (m.id = ids.gone))(bag);
      await metadata("consents.json", (c) => (c.story = ids.gone))(bag);
    }],
  };
  await mkdir(from);
  for (const [name, [, spoil]] of Object.entries(cases)) {
    await cp(join(bags, ids.quiet), join(from, name), { recursive: true });
    await spoil(join(from, name));
  }
  await cp(join(bags, ids.silent), join(from, "z-sound"), { recursive: true });
  await cp(join(bags, "withdrawn.json"), join(from, "withdrawn.json"));
  await writeFile(join(folder, "secret"), "kept");
  const data = join(folder, "guarded");
  for (const words of [["--dry-run"], []]) {
    const done = await tarinaServer(data, "import", "--from", from, ...words);
    assert.equal(done.code, 1, "the exit code tells");
    for (const [name, [words]] of Object.entries(cases)) assert.match(/** @type {string} */ (done.stdout.split("\n").find((line) => line.startsWith(`${name}: refused: `)) ?? `nothing about ${name}`), words);
    assert.match(done.stdout, new RegExp(`^Stories: 1 (can be )?brought in, 0 here already\\. Bags refused: ${Object.keys(cases).length}\\.`, "m"));
  }
  assert.equal((await readdir(join(data, "media/originals"))).length, 1);
  assert.deepEqual(await readdir(join(data, "media/uploads")), []);
  assert.equal((await tarinaServer(data, "check")).code, 0);
  assert.equal((await tarinaServer(data, "import", "--from", join(folder, "hostile/withdrawn.json"))).code === 0, false);
});

test("a bag of a story that was taken back after the export does not bring it back, here or beside the note of it", { timeout: 60_000 }, async () => {
  await new Visitor(site.server.url).send("POST", `/mine/${ids.mine}/withdraw`, { form: [["confirm", "yes"]] });
  const told = await exported();
  assert.match(told.stdout, new RegExp(`^${ids.quiet}: was taken back; remove its bag`, "m"));
  const elsewhere = await tarinaServer(join(folder, "elsewhere"), "import", "--from", join(bags, ids.quiet));
  assert.equal(elsewhere.code, 1);
  assert.match(elsewhere.stdout, /withdrawn.json beside it says that the story was taken back/);
  // Without the note, the record of the old server knows by itself.
  const alone = join(folder, "alone");
  await mkdir(alone);
  await cp(join(bags, ids.quiet), join(alone, ids.quiet), { recursive: true });
  await site.server.stop({ keep: true });
  const data = site.server.data;
  const refused = await tarinaServer(data, "import", "--from", alone);
  assert.equal(refused.code, 1);
  assert.match(refused.stdout, new RegExp(`story ${ids.quiet} was taken back here, and stays so`));
  const others = await tarinaServer(data, "import", "--from", join(bags, ids.silent));
  assert.match(others.stdout, new RegExp(`^${ids.silent}: is here already`, "m"));
  await rm(data, { recursive: true, force: true });
});
