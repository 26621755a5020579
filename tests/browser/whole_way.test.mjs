// The whole way, by hand in a browser: a coordinator invites, the alumnus agrees and uploads from a phone, watches the
// progress, an editor captions and publishes, a visitor finds an inflected spoken word and plays from its second, and a
// foreign page embeds the story in a sandbox. Then the alumnus withdraws, and every door is closed.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { narrow, openBrowser, openContext, screenshot } from "./lib/browser.mjs";
import { clip, subtitles } from "./lib/clips.mjs";
import { root, startServer } from "./lib/server.mjs";

let server;
let browser;
let foreign;
let markup = "";
before(async () => {
  [server, browser] = await Promise.all([startServer({ withWorker: false }), openBrowser()]);
  foreign = createServer((_request, response) => response.setHeader("content-type", "text/html").end(`<!doctype html><html lang="fi"><title>Oppilaitos</title><h1>Oppilaitoksen sivu</h1>${markup}`));
  await new Promise((resolve) => foreign.listen(0, "localhost", resolve));
});
after(async () => {
  foreign?.close();
  await browser?.close();
  await server?.stop();
});

const spoken = [
  "Sateenkaari on ilmakehän optinen ilmiö.",
  "Se syntyy, kun valo taittuu pisaran pinnasta.",
  "Vesipisara hajottaa valkoisen valon väreiksi.",
  "Siitä innostuin valokuvaajan työstä.",
];

async function choosePassword(page, link) {
  await page.goto(link);
  await page.locator("input[name=password]").fill("salaisuus-joka-riittaa");
  await page.locator("input[name=repeat]").fill("salaisuus-joka-riittaa");
  await page.locator("main form button.button--primary").click();
  await page.waitForURL(/\/studio/);
}

/** The administrator makes an account; gives its one-time address. */
async function makePerson(page, name, email, role) {
  await page.goto(`${server.url}/admin/people`);
  await page.locator("#name").fill(name);
  await page.locator("#email").fill(email);
  await page.locator("#role").selectOption(role);
  await page.locator("#institution").selectOption("osao");
  await page.locator("form[action='/admin/people#link'] button.button--primary").click();
  return page.locator("#link input[readonly]").inputValue();
}

async function openEmbed(html) {
  markup = html;
  const origin = `http://localhost:${foreign.address().port}`;
  const context = await openContext(browser, server.url, { origins: [origin] });
  const page = await context.newPage();
  await page.goto(origin);
  return { context, page, frame: page.frameLocator("iframe") };
}

test("a story goes the whole way from invitation to embed, and back by withdrawal", async () => {
  const real = join(root, "../shared/clips/bench/phone_portrait_hevc_10s.mov");
  const file = existsSync(real) ? real : await clip({ width: 360, height: 640 });

  // The house gets a coordinator and an editor.
  const office = await openContext(browser, server.url);
  const admin = await office.newPage();
  await choosePassword(admin, await server.admin());
  await admin.goto(`${server.url}/admin/sites`);
  await admin.locator("#sites-osao").fill(`http://localhost:${foreign.address().port}`);
  await admin.locator("form[action='/admin/sites/osao'] button").click();
  await admin.waitForLoadState();
  const coordinatorLink = await makePerson(admin, "Kaisa Yhdyshenkilö", "kaisa@example.org", "coordinator");
  const editorLink = await makePerson(admin, "Teemu Toimittaja", "teemu@example.org", "editor");

  // The coordinator invites.
  const coordinators = await openContext(browser, server.url);
  const coordinator = await coordinators.newPage();
  await choosePassword(coordinator, coordinatorLink);
  await coordinator.goto(`${server.url}/studio/invites`);
  await coordinator.locator("#teller").fill("Aino");
  await coordinator.locator("form[action='/studio/invites#created'] button.button--primary").click();
  const invitation = await coordinator.locator("#created input[readonly]").inputValue();
  assert.match(invitation, /\/invite\/[a-z0-9]{32,}$/);
  assert.ok(await coordinator.locator("#created .qr svg").isVisible());

  // The alumnus agrees on a phone, step by step, and sends the video.
  const phones = await openContext(browser, server.url, { viewport: narrow, hasTouch: true, isMobile: true });
  const phone = await phones.newPage();
  await phone.goto(invitation);
  const next = phone.locator("[data-step-next]");
  await next.click();
  await next.click();
  for (const use of ["watch", "class_download", "embed"]) {
    assert.equal(await phone.locator(`#use-${use}`).isChecked(), false, "nothing is ticked beforehand");
    await phone.locator(`#use-${use}`).check();
  }
  await next.click();
  await phone.locator("input[name=show_name][value=yes]").check();
  await phone.locator("#shown-name").fill("Aino");
  await phone.locator("input[name=age]").check();
  await phone.locator("[data-step-finish]").click();
  await phone.waitForURL(/\/mine\//);
  const mine = phone.url().replace(/[?#].*/, "");
  await phone.locator("#upload-file").setInputFiles(file);
  await phone.locator("[data-upload-send]").click();
  await phone.locator(".processing:not([data-phase=none])").waitFor();

  // Processing is shown live: the sentence is there before a worker is, and changes without a reload.
  const before = await phone.locator("[data-sentence]").innerText();
  server.startWorker();
  await phone.waitForFunction((was) => document.querySelector("[data-sentence]").textContent !== was, before);
  await phone.locator("[data-processing][data-phase=ready]").waitFor({ timeout: 400_000 });
  await screenshot(phone, "way-mine-narrow");

  // The editor adds captions, field and tags, and publishes.
  const editors = await openContext(browser, server.url);
  const editor = await editors.newPage();
  await choosePassword(editor, editorLink);
  await editor.goto(`${server.url}/studio`);
  await editor.locator("main a[href^='/studio/stories/']:not([href*='/new'])").first().click();
  await editor.waitForURL(/\/studio\/stories\/\w+/);
  const id = /stories\/(\w+)/.exec(editor.url())[1];
  await editor.locator("#gate button[disabled]").waitFor(); // it cannot be published yet
  await editor.locator("#title-fi").fill("Sateenkaaresta ammattiin");
  await editor.locator("#field-1").selectOption("021");
  await editor.locator("#tags").fill("valokuvaus, ensimmäinen työpaikka");
  await editor.locator("#details button.button--primary").click();
  await editor.waitForLoadState();
  await editor.locator("#sub-file").setInputFiles({ name: "aino.vtt", mimeType: "text/vtt", buffer: Buffer.from(subtitles(spoken, 2)) });
  await editor.locator("form[action$='/subtitles'] button").click();
  await editor.waitForLoadState();
  if (!/subtitles\//.test(editor.url())) await editor.locator("a[href*='/subtitles/fi-captions']").first().click();
  const cues = editor.locator("[data-part=list] .cue");
  await cues.nth(3).waitFor();
  await cues.nth(3).locator("textarea").fill("Siitä innostuin valokuvaajan ammatista.");
  await editor.locator("[data-part=checked]").check();
  await editor.locator("[data-do=save]").click();
  await editor.waitForFunction(() => !document.querySelector("[data-subtitle-editor]").dataset.dirty && document.querySelector("[data-part=state]").textContent.trim() !== "");
  await screenshot(editor, "way-subtitles-wide");
  await editor.goto(`${server.url}/studio/stories/${id}`);
  await editor.locator("#gate form[action$='/publish'] button:enabled").click();
  await editor.locator("#gate a[href^='/stories/']").waitFor();
  await screenshot(editor, "way-studio-story-wide");

  // A visitor searches an inflected word that was said, and plays that moment.
  const visitors = await openContext(browser, server.url);
  const visitor = await visitors.newPage();
  await visitor.goto(server.url);
  await visitor.locator("main input[type=search], main input[name=q]").first().fill("valokuvaajien ammatti");
  await visitor.keyboard.press("Enter");
  const moment = visitor.locator(".moments a").first();
  assert.match(await moment.innerText(), /valokuvaajan ammatista/);
  await screenshot(visitor, "way-search-wide");
  await moment.click();
  await visitor.waitForURL(new RegExp(`/stories/${id}\\?t=6&q=`));
  await visitor.locator("media-controller").waitFor();
  await visitor.evaluate(() => void document.querySelector("video").play());
  await visitor.waitForFunction(() => document.querySelector("video").currentTime > 6.8);
  assert.ok(await visitor.evaluate(() => document.querySelector("video").videoHeight > document.querySelector("video").videoWidth), "portrait stays portrait");
  await visitor.waitForFunction(() => [...document.querySelector("video").textTracks].some((track) => track.mode === "showing" && track.activeCues?.[0]?.text.includes("ammatista")));
  await screenshot(visitor, "way-watch-wide", false);
  assert.deepEqual(await visitors.cookies(), []);
  assert.deepEqual(visitors.strangers, []);
  assert.deepEqual(visitors.complaints, []);

  // A foreign page embeds it with scripts allowed and nothing else.
  const embed = `<iframe src="${server.url}/embed/${id}" title="Tarina" width="360" height="640" sandbox="allow-scripts"></iframe>`;
  const { context, page, frame } = await openEmbed(embed);
  await frame.getByRole("button", { name: "Toista" }).click();
  const inside = page.frames().find((one) => one.url().includes("/embed/"));
  await inside.waitForFunction(() => document.querySelector("video").currentTime > 1);
  await screenshot(page, "way-embed", false);
  assert.deepEqual(await context.cookies(), []);
  assert.deepEqual(context.strangers, []);
  assert.deepEqual(context.complaints, []);
  const segments = await inside.evaluate(() => performance.getEntriesByType("resource").map((entry) => entry.name).filter((name) => name.includes("/stream/")));
  assert.ok(segments.length > 0, "the embed played a stream");

  // The alumnus withdraws: page, class, embed, subtitles and streams are gone.
  const watchStream = /\/stream\/[a-z0-9]+\/main\.m3u8/.exec(await (await fetch(`${server.url}/stories/${id}`)).text())[0];
  await phone.goto(mine);
  await phone.locator("#withdraw button").click();
  await phone.waitForLoadState();
  const doors = { page: `/stories/${id}`, class: `/class/${id}`, embed: `/embed/${id}`, subtitles: `/api/v1/stories/${id}/subtitles/fi-captions.vtt`, stream: watchStream, segment: new URL(segments.at(-1)).pathname };
  for (const [name, path] of Object.entries(doors)) {
    const { status } = await fetch(server.url + path);
    assert.ok(status === 410 || status === 404, `${name} still answers ${status}`);
  }
  const found = await (await fetch(`${server.url}/api/v1/stories?q=valokuvaaja`)).json();
  assert.equal(found.total, 0);
  for (const one of [office, coordinators, phones, editors, visitors, context]) await one.close();
});
