// The player: deep links, captions, a transcript that follows and seeks, class mode by keyboard.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openBrowser, openContext, screenshot, violations } from "./lib/browser.mjs";
import { clip } from "./lib/clips.mjs";
import { loadStory } from "./lib/people.mjs";
import { siteWithStories } from "./lib/site.mjs";

let site;
let browser;
before(async () => {
  [site, browser] = await Promise.all([siteWithStories(), openBrowser()]);
});
after(async () => {
  await browser?.close();
  await site?.server.stop();
});

const time = (page) => page.evaluate(() => document.querySelector("video").currentTime);
const untilPast = (page, seconds) => page.waitForFunction((s) => document.querySelector("video").currentTime > s, seconds);

test("a moment among search results plays from its second, with its caption and its words marked", async () => {
  const context = await openContext(browser, site.server.url);
  const page = await context.newPage();
  await page.goto(`${site.server.url}/stories?q=ty%C3%B6paikka`);
  const moment = page.locator(".moments a").first();
  assert.match(await moment.innerText(), /työpaikan/);
  assert.equal(await moment.locator("mark").innerText(), "työpaikan");
  await moment.click();
  await page.waitForURL(/\?t=6&q=/);
  await page.locator("media-controller").waitFor();
  await page.evaluate(() => void document.querySelector("video").play());
  await untilPast(page, 6.5);
  assert.ok((await time(page)) < 12);
  await page.waitForFunction(() => [...document.querySelector("video").textTracks].some((track) => track.mode === "showing" && track.language === "fi" && track.activeCues?.length === 1));
  await page.locator(".cue--now").waitFor();
  assert.deepEqual(context.complaints, []);
  assert.deepEqual(context.strangers, []);
  await context.close();
});

test("a click in the transcript seeks, and its search finds words", async () => {
  const context = await openContext(browser, site.server.url);
  const page = await context.newPage();
  await page.goto(`${site.server.url}/stories/${site.stories.landscape.id}`);
  await page.locator("media-controller").waitFor();
  await page.locator(".cue", { hasText: "Nyt hoidan" }).click();
  await untilPast(page, 8.2);
  const search = page.getByRole("searchbox", { name: "Etsi tekstistä" });
  await search.fill("VAKITUISEN");
  assert.equal(await page.locator(".cue mark").innerText(), "vakituisen");
  assert.equal(await page.locator(".transcript__search output").innerText(), "1 / 1");
  await search.fill("kuukävely");
  await page.getByText("Ei osumia").waitFor();
  await context.close();
});

test("sharing gives the address with the second, and the embed code", async () => {
  const context = await openContext(browser, site.server.url, { permissions: ["clipboard-read", "clipboard-write"] });
  const page = await context.newPage();
  await page.goto(`${site.server.url}/stories/${site.stories.landscape.id}?t=4`);
  await page.waitForFunction(() => document.querySelector("video").currentTime >= 4);
  await page.getByRole("button", { name: "Jaa" }).click();
  await page.getByRole("checkbox", { name: /Aloita kohdasta/ }).check();
  await page.getByRole("button", { name: "Kopioi" }).click();
  await page.getByText("Kopioitu").waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), `${site.server.url}/stories/${site.stories.landscape.id}?t=4`);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Upota sivulle" }).click();
  assert.match(await page.getByLabel("Upotuskoodi").inputValue(), /^<iframe src="[^"]+\/embed\/\w+" title="Hoitaja kulkee kotiin" width="640" height="360"/);
  await context.close();
});

test("the player has captions, quality and speed in Finnish, and works by keyboard", async () => {
  const context = await openContext(browser, site.server.url);
  const page = await context.newPage();
  await page.goto(`${site.server.url}/stories/${site.stories.landscape.id}`);
  await page.locator("media-controller").waitFor();
  const play = page.locator("media-control-bar media-play-button");
  assert.equal(await play.getAttribute("aria-label"), "toista");
  await play.focus();
  await page.keyboard.press("Space");
  await untilPast(page, 0.5);
  await page.keyboard.press("k");
  await page.waitForFunction(() => document.querySelector("video").paused);
  await page.locator("media-captions-menu-button").press("Enter");
  await page.locator("media-captions-menu").getByText("Ruotsi (käännös)").click();
  await page.waitForFunction(() => [...document.querySelector("video").textTracks].find((track) => track.language === "sv")?.mode === "showing");
  await page.waitForFunction(() => document.querySelector("video").videoRenditions.length >= 1);
  await context.close();
});

test("the settings menu and its submenus, open, leave axe nothing to say", async () => {
  const context = await openContext(browser, site.server.url);
  const page = await context.newPage();
  await page.goto(`${site.server.url}/stories/${site.stories.landscape.id}`);
  await page.locator("media-controller").waitFor();
  await page.locator("media-settings-menu-button").press("Enter");
  await page.locator("media-settings-menu:not([hidden])").waitFor();
  assert.deepEqual(await violations(page), []);
  await page.locator("media-settings-menu-item", { hasText: "Nopeus" }).first().click();
  await page.locator("media-playback-rate-menu:not([hidden])").waitFor();
  assert.deepEqual(await violations(page), []);
  await page.getByRole("menuitem", { name: "Nopeus, takaisin asetuksiin" }).waitFor();
  await context.close();
});

test("the menu of settings shows the whole quality", async () => {
  const context = await openContext(browser, site.server.url);
  const page = await context.newPage();
  await page.goto(`${site.server.url}/stories/${site.stories.landscape.id}`);
  await page.locator("media-settings-menu-button").click();
  const quality = page.locator("media-settings-menu-item.player__quality");
  await quality.waitFor();
  await screenshot(page, "player-settings-wide-light", false);
  const cut = await quality.evaluate((item) => {
    const words = item.shadowRoot.querySelector("slot[name=description] > span");
    return [words.textContent, words.scrollWidth > words.clientWidth];
  });
  assert.match(cut[0], /^Automaattinen/);
  assert.equal(cut[1], false, cut[0]);
  await context.close();
});

test("in class mode nothing lies over the picture, and the bar leaves its room to it while the story plays", async () => {
  const context = await openContext(browser, site.server.url);
  const page = await context.newPage();
  await page.goto(`${site.server.url}/class/${site.stories.landscape.id}`);
  const bar = page.locator("[data-bar]");
  await bar.waitFor();
  const picture = async () => page.locator(".stage__picture").boundingBox();
  const paused = await picture();
  assert.ok(paused.y + paused.height <= (await page.locator("[data-captions]").boundingBox()).y + 0.5);
  assert.ok(paused.y + paused.height <= (await bar.boundingBox()).y + 0.5);
  await page.locator("[data-act=play]").click(); // a clicked button must not keep the bar
  await page.waitForFunction(() => document.querySelector(".stage--quiet") && document.querySelector("[data-bar]").offsetHeight === 0);
  assert.ok((await picture()).height > paused.height);
  await page.mouse.move(300, 300);
  await page.waitForFunction(() => document.querySelector("[data-bar]").offsetHeight > 40);
  await context.close();
});

test("class mode obeys the keyboard and draws the line itself", async () => {
  const context = await openContext(browser, site.server.url);
  const page = await context.newPage();
  await page.goto(`${site.server.url}/class/${site.stories.landscape.id}`);
  await page.keyboard.press("Space");
  await untilPast(page, 0.3);
  await page.keyboard.press("k");
  await page.waitForFunction(() => document.querySelector("video").paused);
  assert.match(await page.locator("[data-captions]").innerText(), /lähihoitajaksi/);
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction(() => Math.abs(document.querySelector("video").currentTime - 2.01) < 0.1);
  await page.getByText("Opiskelin kolme vuotta").waitFor();
  await page.keyboard.press("ArrowLeft");
  await page.waitForFunction(() => document.querySelector("video").currentTime < 0.1);
  await page.keyboard.press("l");
  await page.waitForFunction(() => document.querySelector("video").currentTime > 9.9);
  const size = () => page.locator("[data-captions]").evaluate((element) => parseFloat(getComputedStyle(element).fontSize));
  const before = await size();
  await page.keyboard.press("+");
  await page.waitForFunction((smaller) => parseFloat(getComputedStyle(document.querySelector("[data-captions]")).fontSize) > smaller * 1.2, before);
  await page.keyboard.press("c");
  await page.locator("[data-captions]").waitFor({ state: "hidden" });
  await page.keyboard.press("?");
  await page.getByRole("heading", { name: "Näppäimet" }).waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("f");
  await page.waitForFunction(() => document.fullscreenElement !== null);
  assert.deepEqual(context.strangers, []);
  await context.close();
});

test("a browser without MediaSource and HLS is told what to do", async () => {
  const context = await openContext(browser, site.server.url);
  const page = await context.newPage();
  await page.addInitScript(() => {
    delete globalThis.MediaSource;
    delete globalThis.ManagedMediaSource;
    delete globalThis.WebKitMediaSource;
    HTMLMediaElement.prototype.canPlayType = () => "";
  });
  await page.goto(`${site.server.url}/stories/${site.stories.landscape.id}`);
  await page.getByText("Selaimesi ei osaa toistaa tätä videota").waitFor();
  await context.close();
});

const endings = [
  { what: "a story of three frames with sound", title: "Kolme kuvaa", given: { seconds: 0.12 } },
  { what: "a silent story whose last segment is one picture", title: "Yksi kuva lopussa", given: { seconds: 2.04, sound: false } },
];
for (const { what, title, given } of endings) {
  test(`${what} plays to its end`, async () => {
    const short = await loadStory(site.staff, { title: { fi: title }, file: await clip(given), exemption: "test picture" });
    const context = await openContext(browser, site.server.url);
    const page = await context.newPage();
    await page.goto(`${site.server.url}/stories/${short.id}`);
    await page.locator("media-controller").waitFor();
    await page.evaluate(() => void document.querySelector("video").play());
    await page.waitForFunction(() => document.querySelector("video").ended);
    assert.ok((await time(page)) > given.seconds - 0.05);
    assert.deepEqual(context.complaints, []);
    await context.close();
  });
}
