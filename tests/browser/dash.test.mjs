// The DASH manifest in the two players that others embed: dash.js and Shaka Player, to the end, with picture and sound.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { playDash } from "../players/dash.mjs";
import { openBrowser, openContext } from "./lib/browser.mjs";
import { clip } from "./lib/clips.mjs";
import { Visitor, loadStory } from "./lib/people.mjs";
import { startServer } from "./lib/server.mjs";

let server;
let staff;
let browser;
let context;
let folder;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "tarina-dash-"));
  server = await startServer();
  staff = new Visitor(server.url);
  await staff.signIn(await server.admin());
  browser = await openBrowser(["--autoplay-policy=no-user-gesture-required"]);
  context = await openContext(browser, server.url);
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function publish(file) {
  const story = await loadStory(staff, { file, title: { fi: "Muilla soittimilla" }, exemption: "Koevideo" });
  const page = await (await fetch(`${server.url}/stories/${story.id}`)).text();
  return `${server.url}${/\/stream\/[a-z0-9]+\//.exec(page)[0]}main.mpd`;
}

async function tone() {
  const file = join(folder, "tone.m4a");
  await promisify(execFile)("ffmpeg", ["-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", "sine=d=8", "-c:a", "aac", file]);
  return file;
}

for (const [what, file, expected, seconds] of [
  ["picture and sound over three segments", () => clip({ width: 1280, height: 720 }), {}, 14],
  ["an upright picture without sound", () => clip({ width: 360, height: 640, seconds: 7, sound: false }), { sound: false }, 7],
  ["sound alone", tone, { picture: false }, 8],
]) {
  test(`dash.js and Shaka Player play ${what} to the end`, async () => {
    const manifest = await publish(await file());
    for (const name of ["dash.js", "Shaka"]) {
      const { ok, seconds: length, detail } = await playDash(context, name, manifest, expected);
      assert.ok(ok, `${name}: ${detail}`);
      assert.ok(Math.abs(length - seconds) < 0.1, `${name}: ${detail}`);
    }
  });
}

test("a manifest that leads nowhere is noticed by both", async () => {
  for (const name of ["dash.js", "Shaka"]) {
    const { ok, detail } = await playDash(context, name, `${server.url}/stream/nosuchkeynosuchkey20/main.mpd`);
    assert.equal(ok, false);
    assert.match(detail, /404/, name);
  }
});
