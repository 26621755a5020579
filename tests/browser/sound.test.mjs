// Sound: two languages to choose from, a story without picture, and what the studio shows of it.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { narrow, openBrowser, openContext, openContextAs, screenshot, violations, wide } from "./lib/browser.mjs";
import { subtitles } from "./lib/clips.mjs";
import { loadStory, Visitor } from "./lib/people.mjs";
import { startServer } from "./lib/server.mjs";

const run = promisify(execFile);
const tone = { fi: 400, sv: 1600 };
let folder, server, browser, staff, film, spoken;

const ffmpeg = (...args) => run("ffmpeg", ["-nostdin", "-v", "error", "-y", ...args]);
const told = (title, file, more = {}) =>
  loadStory(staff, { file, title: { fi: title }, summary: { fi: "Kahdella kielellä." }, subtitles: [{ language: "fi", kind: "captions", text: subtitles(["Hei.", "Opiskelin.", "Kiitos."], 3) }], ...more });

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "tarina-sound-"));
  [server, browser] = await Promise.all([startServer(), openBrowser()]);
  staff = new Visitor(server.url);
  await staff.signIn(await server.admin());
  // A voice-like tone for four seconds, then two of silence.
  const said = (frequency) => ["-f", "lavfi", "-i", `aevalsrc='0.1*sin(2*PI*${frequency}*t)*lt(mod(t,6),4)':s=48000:d=40`];
  const two = join(folder, "two.mp4");
  await ffmpeg("-f", "lavfi", "-i", "testsrc2=s=640x360:r=25:d=40", ...said(tone.fi), ...said(tone.sv), "-map", "0", "-map", "1", "-map", "2", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", "-metadata:s:a:0", "language=fin", "-metadata:s:a:1", "language=swe", two);
  const alone = join(folder, "alone.m4a");
  await ffmpeg("-f", "lavfi", "-i", "aevalsrc='0.1*(0.4+0.6*abs(sin(0.9*t)))*sin(2*PI*300*t)*lt(mod(t,6),4)':s=48000:d=30", "-c:a", "aac", alone);
  film = await told("Kaksi kieltä", two);
  spoken = await told("Pelkkä ääni", alone);
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Waits until what is heard has its strongest tone near `frequency`. */
const untilHeard = (page, frequency) =>
  page.waitForFunction((wanted) => {
    const video = document.querySelector("video");
    if (!globalThis.ear) {
      const context = new AudioContext();
      globalThis.ear = context.createAnalyser();
      globalThis.ear.fftSize = 4096;
      context.createMediaElementSource(video).connect(globalThis.ear).connect(context.destination);
    }
    const bins = new Float32Array(globalThis.ear.frequencyBinCount);
    globalThis.ear.getFloatFrequencyData(bins);
    const top = bins.indexOf(Math.max(...bins));
    return bins[top] > -60 && Math.abs((top * globalThis.ear.context.sampleRate) / 4096 - wanted) < 40;
  }, frequency);

test("a film of two languages lets its viewer choose, and the choice is heard", async () => {
  const context = await openContext(browser, server.url);
  const page = await context.newPage();
  await page.goto(`${server.url}/stories/${film.id}`);
  await page.locator("media-control-bar media-play-button").click();
  await untilHeard(page, tone.fi);
  await page.locator("media-settings-menu-button").click();
  await page.locator("media-settings-menu-item", { hasText: "Ääniraita" }).click();
  await page.locator("media-audio-track-menu:not([hidden])").waitFor();
  assert.deepEqual(await page.locator("media-audio-track-menu media-chrome-menu-item").allInnerTexts(), ["Suomi", "Svenska"]);
  assert.deepEqual(await violations(page), []);
  await screenshot(page, "player-sounds-wide-light", false);
  await page.locator("media-audio-track-menu").getByText("Svenska").click();
  await untilHeard(page, tone.sv);
  assert.deepEqual(context.complaints, []);
  await context.close();
});

test("where there is one sound there is no choice of sounds", async () => {
  const context = await openContext(browser, server.url);
  const page = await context.newPage();
  await page.goto(`${server.url}/stories/${spoken.id}`);
  await page.locator("media-settings-menu-button").click();
  await page.locator("media-settings-menu-item", { hasText: "Nopeus" }).waitFor();
  assert.equal(await page.locator("media-settings-menu-item", { hasText: "Ääniraita" }).isVisible(), false);
  await context.close();
});

/** The colour in the middle of the player, as it is on the screen. */
async function middleOf(page, box) {
  const { x, y, width, height } = box;
  const shot = await page.screenshot({ clip: { x: x + width / 2 - 60, y: y + height * 0.3, width: 120, height: 4 } });
  return page.evaluate(async (data) => {
    const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${data}`)).blob());
    const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
    canvas.drawImage(image, 0, 0);
    return [...canvas.getImageData(2, 2, 1, 1).data.slice(0, 3)];
  }, shot.toString("base64"));
}

for (const [name, size, path] of [["watch-wide", wide, "stories"], ["watch-narrow", narrow, "stories"], ["embed", wide, "embed"]])
  test(`a story without picture shows its waveform while it plays: ${name}`, async () => {
    const context = await openContext(browser, server.url, { viewport: size, bypassCSP: true });
    const page = await context.newPage();
    await page.goto(`${server.url}/${path}/${spoken.id}`);
    const video = page.locator("video");
    assert.match(await video.getAttribute("poster"), /\/a96\/cover\.jpg$/);
    if (path === "embed") await page.getByRole("button", { name: "Toista" }).click();
    else await page.locator("media-control-bar media-play-button").click();
    await page.waitForFunction(() => document.querySelector("video").currentTime > 1.5);
    await screenshot(page, `sound-alone-${name}`, false);
    const [red, green, blue] = await middleOf(page, await video.boundingBox());
    assert.ok(green > 50 && green > red + 20 && green > blue, `the cover's green, not ${[red, green, blue]}`);
    await context.close();
  });

test("cards show the waveform of a story without picture", async () => {
  const context = await openContext(browser, server.url);
  const page = await context.newPage();
  await page.goto(`${server.url}/stories`);
  const poster = page.locator(".poster img[src$='cover.jpg']").first();
  await poster.scrollIntoViewIfNeeded();
  await page.waitForFunction(() => document.querySelector(".poster img[src$='cover.jpg']")?.naturalWidth === 1280);
  const box = await poster.boundingBox();
  assert.ok(box.width > 150 && box.height > 80);
  await context.close();
});

for (const [name, size] of [["wide", wide], ["narrow", narrow]])
  test(`the subtitle editor shows the waveform, seeks in it and jumps to the next speech: ${name}`, async () => {
    const context = await openContextAs(browser, staff, { viewport: size });
    const page = await context.newPage();
    await page.goto(`${server.url}/studio/stories/${spoken.id}/subtitles/fi-captions`);
    const waveform = page.locator(".waveform[data-ready=yes]");
    await waveform.waitFor();
    await page.waitForFunction(() => document.querySelector("video").readyState >= 1);
    const inked = await waveform.evaluate((canvas) => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some((value, i) => i % 4 === 3 && value > 0));
    assert.ok(inked);
    await page.getByRole("button", { name: "Seuraava puhe" }).click();
    await page.waitForFunction(() => Math.abs(document.querySelector("video").currentTime - 6) < 0.15);
    await page.keyboard.press("Alt+s");
    await page.waitForFunction(() => Math.abs(document.querySelector("video").currentTime - 12) < 0.15);
    await waveform.click({ position: { x: 1, y: 20 } }); // four seconds before the moment
    await page.waitForFunction(() => Math.abs(document.querySelector("video").currentTime - 8) < 0.3);
    await screenshot(page, `editor-waveform-${name}`, false);
    for (let i = 0; i < 4; i++) await page.keyboard.press("Alt+s");
    await page.getByText("Puhetta ei löydy tämän jälkeen.").waitFor();
    assert.deepEqual(context.complaints, []);
    await context.close();
  });

test("the story's page tells how loud it was and what was done", async () => {
  for (const [name, size] of [["wide", wide], ["narrow", narrow]]) {
    const context = await openContextAs(browser, staff, { viewport: size });
    const page = await context.newPage();
    await page.goto(`${server.url}/studio/stories/${film.id}`);
    await page.locator("summary", { hasText: /^Ääni$/ }).click();
    const sounds = page.locator("[data-sounds]");
    assert.deepEqual(await sounds.locator("dt").allInnerTexts(), ["suomi", "ruotsi"]);
    assert.match(await sounds.locator("dd").first().innerText(), /^Mitattu −\d\d,\d LUFS, vaihtelu \d+,\d LU, huippu −\d\d,\d dBTP\. Tasattu \+\d+,\d dB/);
    await sounds.scrollIntoViewIfNeeded();
    await screenshot(page, `studio-sound-${name}-light`, false);
    await context.close();
  }
});
