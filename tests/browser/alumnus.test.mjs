// The alumnus's way in a phone-sized browser: invitation, consent step by step, an upload that survives the death of the
// server, the own page, and withdrawal.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fitsWidth, narrow, openBrowser, openContext, screenshot, violations, wide } from "./lib/browser.mjs";
import { clip, subtitles } from "./lib/clips.mjs";
import { invitation as invite, loadStory, Visitor } from "./lib/people.mjs";
import { startServer } from "./lib/server.mjs";

let browser;
const finish = [];
before(async () => (browser = await openBrowser()));
after(async () => {
  await browser?.close();
  for (const end of finish.reverse()) await end();
});

async function staffOf(server) {
  const staff = new Visitor(server.url);
  await staff.signIn(await server.admin());
  return staff;
}

const invitation = (staff) => invite(staff, { institution: "osao", teller: "Maija", language: "fi" });

/** Names of all files under a folder. */
async function filesIn(folder) {
  const all = await readdir(folder, { recursive: true, withFileTypes: true });
  return all.filter((one) => one.isFile()).map((one) => one.name).sort();
}

const freePort = () =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });

/** Answers the questions by keyboard alone and gives the page that stands on the own page. */
async function agreeByKeyboard(page, address) {
  await page.goto(address);
  const press = async (name) => {
    const button = page.getByRole("button", { name });
    await button.focus();
    await page.keyboard.press("Enter");
  };
  const tick = async (label) => {
    await page.getByLabel(label).focus();
    await page.keyboard.press("Space");
  };
  await press("Seuraava");
  await press("Seuraava");
  assert.equal(await page.locator("input[name=use]:checked").count(), 0);
  await tick("Katselu Tarinan sivuilla");
  await tick("Oppitunnit ja lataaminen");
  await screenshot(page, "invite-uses-narrow-light", true);
  await press("Seuraava");
  await tick("Kyllä, näytä nimi");
  await page.getByLabel("Nimi, joka näytetään").focus();
  await page.keyboard.type("Maija");
  await tick("Olen vähintään 18-vuotias");
  await press("Hyväksyn valintani");
  await page.waitForURL(/\/mine\//);
}

test("an upload goes on where it was after the server was killed and the page reloaded, and not a byte differs", async () => {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), "tarina-alumnus-"));
  finish.push(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, "puhelin.mp4");
  // Real bytes enough that half of them takes a while; what is inside does not matter to an upload.
  const bytes = Buffer.concat([await readFile(await clip({ seconds: 8 })), randomBytes(48 << 20)]);
  await writeFile(file, bytes);

  let server = await startServer({ data: folder, port, withWorker: false });
  const staff = await staffOf(server);
  const context = await openContext(browser, server.url, { viewport: narrow, isMobile: true, hasTouch: true });
  const page = await context.newPage();
  await agreeByKeyboard(page, `${server.url}/invite/${await invitation(staff)}`);

  // A slow line, so that there is a middle to kill at.
  const slow = await context.newCDPSession(page);
  const speed = (bytesPerSecond) => slow.send("Network.emulateNetworkConditions", { offline: false, latency: 5, downloadThroughput: -1, uploadThroughput: bytesPerSecond });
  await slow.send("Network.enable");
  await speed(6 << 20);
  await page.getByLabel("Valitse video").setInputFiles(file);
  await page.getByText("puhelin.mp4").waitFor();
  await page.getByRole("button", { name: "Lähetä video" }).click();
  const bar = page.locator("[data-upload-bar]");
  await page.waitForFunction(() => Number(document.querySelector("[data-upload-bar]").value) > 0.45, undefined, { timeout: 120_000 });
  await screenshot(page, "upload-running-narrow-light", true);
  await server.kill();
  await page.getByText("Yhteys katkesi").waitFor({ timeout: 60_000 });
  await screenshot(page, "upload-waiting-narrow-light", true);

  server = await startServer({ data: folder, port, withWorker: false });
  finish.push(() => server.stop({ keep: true }));
  page.on("dialog", (dialog) => dialog.accept());
  await page.reload();
  await page.getByText("Lähetys on kesken").first().waitFor();
  let resent = 0;
  page.on("request", (request) => {
    if (request.method() === "PATCH" && resent === 0) resent = Number(request.headers()["upload-offset"]);
  });
  await speed(-1);
  await page.getByLabel("Valitse video").setInputFiles(file);
  await page.getByRole("button", { name: "Lähetä video" }).click();
  await page.waitForFunction(() => /Video on perillä/.test(document.querySelector("[data-sentence]")?.textContent ?? ""), undefined, { timeout: 120_000 });
  assert.ok(resent > bytes.length * 0.2, `went on from ${resent} of ${bytes.length}`);
  assert.ok((await bar.count()) === 0 || !(await bar.isVisible()));

  const originals = join(folder, "media/originals");
  const [kept] = await readdir(originals, { recursive: true, withFileTypes: true }).then((all) => all.filter((one) => one.isFile()));
  const stored = await readFile(join(kept.parentPath ?? kept.path, kept.name));
  assert.equal(createHash("sha256").update(stored).digest("hex"), createHash("sha256").update(bytes).digest("hex"));
  await context.close();
});

test("a second device goes on with the same upload by the same link, and a pause is a pause", async () => {
  const server = await startServer({ withWorker: false });
  finish.push(() => server.stop());
  const staff = await staffOf(server);
  const folder = await mkdtemp(join(tmpdir(), "tarina-alumnus-"));
  finish.push(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, "puhelin.mp4");
  await writeFile(file, randomBytes(24 << 20));
  const phone = await openContext(browser, server.url, { viewport: narrow });
  const page = await phone.newPage();
  await agreeByKeyboard(page, `${server.url}/invite/${await invitation(staff)}`);
  const mine = page.url();
  const line = await phone.newCDPSession(page);
  await line.send("Network.enable");
  await line.send("Network.emulateNetworkConditions", { offline: false, latency: 5, downloadThroughput: -1, uploadThroughput: 4 << 20 });
  await page.getByLabel("Valitse video").setInputFiles(file);
  await page.getByRole("button", { name: "Lähetä video" }).click();
  await page.waitForFunction(() => Number(document.querySelector("[data-upload-bar]").value) > 0.4, undefined, { timeout: 60_000 });
  await page.getByRole("button", { name: "Keskeytä" }).click();
  await page.getByText("Keskeytetty").waitFor();
  assert.ok(await page.getByRole("button", { name: "Jatka lähettämistä" }).isVisible());
  await phone.close();

  const computer = await openContext(browser, server.url, {});
  const other = await computer.newPage();
  await other.goto(mine);
  await other.getByText("vaikka olisit aloittanut toisella laitteella").waitFor();
  const offsets = [];
  other.on("request", (request) => request.method() === "PATCH" && offsets.push(Number(request.headers()["upload-offset"])));
  await other.getByLabel("Valitse video").setInputFiles(file);
  await other.getByRole("button", { name: "Lähetä video" }).click();
  await other.waitForFunction(() => /Video on perillä/.test(document.querySelector("[data-sentence]")?.textContent ?? ""), undefined, { timeout: 60_000 });
  assert.ok(offsets[0] > 0, "began anew");
  await computer.close();
});

test("a wrong file gets a plain sentence and nothing is sent", async () => {
  const server = await startServer({ withWorker: false, config: { upload_max_bytes: 1_000_000 } });
  finish.push(() => server.stop());
  const staff = await staffOf(server);
  const context = await openContext(browser, server.url, { viewport: narrow });
  const page = await context.newPage();
  await agreeByKeyboard(page, `${server.url}/invite/${await invitation(staff)}`);
  const choose = (name, mimeType, buffer) => page.getByLabel("Valitse video").setInputFiles({ name, mimeType, buffer });
  await choose("muistio.txt", "text/plain", Buffer.from("hei"));
  await page.getByText("Tämä tiedosto ei ole video").waitFor();
  assert.equal(await page.getByRole("button", { name: "Lähetä video" }).isVisible(), false);
  await choose("iso.mp4", "video/mp4", Buffer.alloc(1_200_000));
  await page.getByText("Video on liian suuri. Suurin koko on 1 Mt").waitFor();
  await choose("tyhja.mp4", "video/mp4", Buffer.alloc(0));
  await page.getByText("Tiedosto on tyhjä").waitFor();
  // The field speaks the page's language, not the browser's, and shows where the keyboard is.
  assert.match(await page.locator(".file__name").innerText(), /^tyhja\.mp4/);
  await page.goto(`${page.url()}?lang=sv`);
  assert.equal(await page.locator(".file__name").innerText(), "Ingen fil vald");
  await page.locator("#upload-file").focus();
  await page.keyboard.press("Shift");
  assert.notEqual(await page.locator(".file__button").evaluate((button) => getComputedStyle(button).outlineStyle), "none");
  await context.close();
});

test("withdrawing takes the story from the public at once, can be undone, and erases every file when asked", async () => {
  const server = await startServer();
  finish.push(() => server.stop());
  const staff = await staffOf(server);
  const story = await loadStory(staff, { file: await clip({ seconds: 6 }), title: { fi: "Tarina joka perutaan" }, subtitles: [{ language: "fi", kind: "captions", text: subtitles(["Hei vain."], 3) }] });
  const context = await openContext(browser, server.url, { viewport: narrow });
  const page = await context.newPage();
  assert.equal((await page.goto(`${server.url}/stories/${story.id}`)).status(), 200);
  await page.goto(`${server.url}/mine/${story.mine}`);
  // One use fewer: the embed goes, the rest stays.
  await page.getByLabel("Muiden sivustot").uncheck();
  await page.getByRole("button", { name: "Tallenna muutokset" }).click();
  await page.getByText("Valintasi on tallennettu").waitFor();
  assert.equal((await context.request.get(`${server.url}/embed/${story.id}`)).status(), 404);
  assert.equal((await context.request.get(`${server.url}/stories/${story.id}`)).status(), 200);

  const doors = [`/stories/${story.id}`, `/embed/${story.id}`, `/class/${story.id}`, `/api/v1/stories/${story.id}`];
  const answers = async () => Promise.all(doors.map(async (path) => (await context.request.get(server.url + path)).status()));
  const before = await answers();
  const kept = () => filesIn(join(server.data, "media"));
  const files = await kept();
  assert.ok(files.length > 5);
  const withdraw = async () => {
    await page.getByRole("button", { name: "Peru suostumus", exact: true }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Suostumuksesi on peruttu" }).waitFor();
    assert.deepEqual(await answers(), [410, 410, 410, 410]);
  };
  await withdraw();
  await page.getByText("Tiedostot poistetaan").waitFor();
  for (const [size, viewport] of Object.entries({ narrow, wide })) {
    await page.setViewportSize(viewport);
    assert.ok(await fitsWidth(page));
    assert.deepEqual(await violations(page), []);
    await screenshot(page, `mine-receipt-undo-${size}-light`, true);
  }
  await page.setViewportSize(narrow);

  // A slip of the thumb: everything comes back, and plays.
  await page.getByRole("button", { name: "Kumoa peruminen" }).focus();
  await page.keyboard.press("Enter");
  await page.getByText("Peruminen on kumottu").waitFor();
  assert.deepEqual(await answers(), before);
  assert.deepEqual(await kept(), files);
  await page.goto(`${server.url}/stories/${story.id}`);
  await page.locator("media-controller").waitFor();
  await page.locator("media-control-bar media-play-button").focus();
  await page.keyboard.press("Space");
  await page.waitForFunction(() => document.querySelector("video").currentTime > 0.5);

  // Meant: the files go without waiting, in the background; the receipt then says when.
  await page.goto(`${server.url}/mine/${story.mine}`);
  await withdraw();
  assert.equal(await page.getByRole("button", { name: "Poista heti" }).isVisible(), false); // not where the thumb just was
  await page.getByText("En halua odottaa").click();
  await page.getByRole("button", { name: "Poista heti" }).click();
  for (;;) {
    await page.reload();
    if (await page.getByText("Tiedostot poistettu").isVisible()) break;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  assert.deepEqual(await kept(), []);
  assert.equal(await page.getByRole("button", { name: "Kumoa peruminen" }).count(), 0);
  assert.deepEqual(await answers(), [410, 410, 410, 410]);
  await screenshot(page, "mine-receipt-erased-narrow-light", true);
  await context.close();
});
