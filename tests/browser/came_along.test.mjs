// What a video brings along: subtitles and chapters become drafts, the editor chooses the cover picture, chapters reach
// the player, and the whole can be downloaded.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { narrow, openBrowser, openContext, openContextAs, screenshot, violations } from "./lib/browser.mjs";
import { subtitles } from "./lib/clips.mjs";
import { loadStory, Visitor } from "./lib/people.mjs";
import { startServer } from "./lib/server.mjs";

const ffmpeg = (...options) => execFileSync("ffmpeg", ["-nostdin", "-v", "error", "-y", ...options]);
let folder, server, browser, staff, story;

/** Two scenes, a tone, Finnish subtitles, two chapters and a cover. */
async function ladenFilm() {
  const file = (name) => join(folder, name);
  await writeFile(file("fi.srt"), subtitles(["Hei, olen Aino.", "Valmistuin Oulussa."], 3).replace("WEBVTT\n\n", ""));
  await writeFile(file("chapters.txt"), ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=6000\ntitle=Opiskelu\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=6000\nEND=12000\ntitle=Työelämä\n");
  ffmpeg("-f", "lavfi", "-i", "testsrc2=s=600x600", "-frames:v", "1", file("cover.jpg"));
  ffmpeg("-f", "lavfi", "-i", "testsrc2=s=640x360:r=25:d=6", "-f", "lavfi", "-i", "smptehdbars=s=640x360:r=25:d=6", "-f", "lavfi", "-i", "sine=330:d=12", "-f", "srt", "-i", file("fi.srt"), "-i", file("chapters.txt"), "-i", file("cover.jpg"),
    "-filter_complex", "[0:v][1:v]concat=n=2[v]", "-map", "[v]", "-map", "2:a", "-map", "3:s", "-map", "5:v", "-map_chapters", "4", "-c:v:0", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-c:v:1", "copy", "-c:a", "aac", "-c:s", "mov_text",
    "-metadata:s:s:0", "language=fin", "-disposition:v:1", "attached_pic", file("laden.mp4"));
  return file("laden.mp4");
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "tarina-laden-"));
  [server, browser] = await Promise.all([startServer(), openBrowser()]);
  staff = new Visitor(server.url);
  await staff.signIn(await server.admin());
  story = await loadStory(staff, { file: await ladenFilm(), title: { fi: "Aino ja kaksi lukua", sv: "Aino i två kapitel", en: "Aino in two chapters" }, summary: { fi: "Aino kertoo." }, exemption: "Tekstitys on videossa.", publish: false });
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

test("the studio offers what the video brought along, and the editor chooses the picture", async () => {
  const context = await openContextAs(browser, staff);
  const page = await context.newPage();
  await page.goto(`${server.url}/studio/stories/${story.id}`);
  const tracks = page.locator("#subtitles .tracks__item");
  assert.equal(await tracks.count(), 2);
  assert.match(await tracks.first().innerText(), /Tarkistamatta[^]*Löytyi videotiedostosta/);
  const pictures = page.locator("#poster input[type=radio]");
  assert.ok((await pictures.count()) >= 3); // two scenes and the cover
  for (const image of await page.locator("#poster img").all()) {
    await image.scrollIntoViewIfNeeded();
    await page.waitForFunction((element) => element.complete && element.naturalWidth > 0, await image.elementHandle());
  }
  assert.deepEqual(await violations(page), []);
  await screenshot(page, "studio-came-along");
  await page.setViewportSize(narrow);
  await screenshot(page, "studio-came-along-narrow");
  await pictures.last().check();
  await page.getByRole("button", { name: "Vaihda kansikuva" }).click();
  await page.getByText("Kansikuva on vaihdettu.").waitFor();
  assert.equal(await page.locator("#poster input:checked").getAttribute("value"), "stills/cover.jpg");
  assert.deepEqual(context.complaints, []);
  await context.close();
});

test("chapters that an editor has checked are in the player, and the video can be taken along", async () => {
  const track = `/studio/stories/${story.id}/subtitles/fi-chapters`;
  const shown = (await staff.send("GET", track)).text;
  assert.match(shown, /Työelämä/);
  const vtt = "WEBVTT\n\n00:00.000 --> 00:06.000\nOpiskelu\n\n00:06.000 --> 00:12.000\nTyöelämä\n";
  await staff.send("POST", track, { form: { revision: "1", vtt, checked: "yes" } });
  await staff.send("POST", `/studio/stories/${story.id}/publish`, { form: {} });

  const context = await openContext(browser, server.url, { acceptDownloads: true });
  const page = await context.newPage();
  await page.goto(`${server.url}/stories/${story.id}`);
  await page.locator("media-controller").waitFor();
  assert.equal(await page.locator("video track[kind=captions]").count(), 0); // nobody has checked them
  await page.locator("media-settings-menu-button").press("Enter");
  await page.locator("media-settings-menu-item.player__chapters").click();
  const entry = page.locator("media-chrome-menu-item", { hasText: /0:06\s*Työelämä/ }); // drawn again when the tracks have come
  await entry.waitFor();
  assert.deepEqual(await violations(page), []);
  await screenshot(page, "watch-chapters");
  await entry.click();
  await page.waitForFunction(() => Math.abs(document.querySelector("video").currentTime - 6) < 0.2);
  assert.deepEqual(await page.locator("media-time-range").evaluate((range) => range.mediaChaptersCues.map((cue) => cue.text)), ["Opiskelu", "Työelämä"]); // drawn on the time line

  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: /Lataa video/ }).click()]);
  assert.equal(download.suggestedFilename(), "Aino ja kaksi lukua.mp4");
  const saved = join(folder, "saved.mp4");
  await download.saveAs(saved);
  const bytes = await readFile(saved);
  assert.ok(bytes.indexOf("moov") < bytes.indexOf("mdat"));
  const facts = JSON.parse(execFileSync("ffprobe", ["-v", "error", "-of", "json", "-show_format", "-show_streams", saved]));
  assert.deepEqual(facts.streams.map((stream) => stream.codec_name), ["h264", "aac"]);
  assert.ok(Math.abs(Number(facts.format.duration) - 12) < 0.05, facts.format.duration);
  assert.deepEqual(context.complaints, []);
  await page.setViewportSize(narrow);
  await screenshot(page, "watch-chapters-narrow");
  await context.close();
});
