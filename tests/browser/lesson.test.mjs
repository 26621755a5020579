// A lesson from the first word typed to the last question asked: search, clip, list, paper, class mode by keyboard, embed.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { fitsWidth, narrow, openBrowser, openContext, openContextAs, screenshot, screenshots, violations } from "./lib/browser.mjs";
import { clip, subtitles } from "./lib/clips.mjs";
import { loadStory } from "./lib/people.mjs";
import { siteWithStories } from "./lib/site.mjs";

const run = promisify(execFile);
const desktop = { width: 1280, height: 800 };
let site;
let browser;
let welder;
before(async () => {
  [site, browser] = await Promise.all([siteWithStories(), openBrowser()]);
  welder = await loadStory(site.staff, {
    file: await clip(),
    teller: "Sanna",
    institution: "osao",
    title: { fi: "Sanna hitsaa Oulun telakalla", sv: "Sanna svetsar i Uleåborg" },
    summary: { fi: "Sanna kertoo työpäivästään." },
    fields: ["07"],
    tags: ["hitsaus"],
    subtitles: [{ language: "fi", kind: "captions", text: subtitles(["Hei, olen Sanna.", "Työpäivä alkaa seitsemältä.", "Minusta tuli hitsaaja vahingossa.", "Nyt en vaihtaisi ammattia.", "Kiitos, kun kuuntelit."], 2) }],
  });
});
after(async () => {
  await browser?.close();
  await site?.server.stop();
});

const time = (page) => page.evaluate(() => document.querySelector("video").currentTime);

/** A list of two clips, made by the API. */
async function makeList(title = "Kaksi hitsaajaa", more = "") {
  const answer = await fetch(`${site.server.url}/api/v1/lists`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      title,
      description: "Kaksi ihmistä kertoo samasta ammatista.",
      language: "fi",
      items: [
        { story: welder.id, start_ms: 4000, end_ms: 5000, note: `Kuuntele, miten Sanna päätyi alalle.${more}`, question: "Mikä yllätti sinut Sannan tarinassa?" },
        { story: site.stories.portrait.id, start_ms: 1000, end_ms: 2000, question: "Miten Mikael löysi oman tahtinsa?" },
      ],
    }),
  });
  assert.equal(answer.status, 201);
  return answer.json();
}

test("a teacher finds a moment, adds it to a list, prints the list and plays it in class by keyboard alone", async () => {
  const context = await openContext(browser, site.server.url, { viewport: desktop });
  const page = await context.newPage();
  await page.goto(`${site.server.url}/`);
  const search = page.getByRole("combobox", { name: "Hae tarinoita" });
  await search.pressSequentially("hitsa");
  await page.getByRole("listbox", { name: "Ehdotukset" }).locator("[data-kind=word], [data-kind=occupation]").first().click();
  await page.waitForURL(/\/stories\?q=hitsaa/i);
  await page.getByRole("checkbox", { name: /OSAO/ }).check();
  await page.waitForURL(/institution=osao/);
  const hit = page.locator(".hit", { hasText: "Sanna hitsaa" });
  assert.equal(await page.locator(".hit").count(), 1);
  assert.match(await hit.locator(".moments a").first().innerText(), /Minusta tuli hitsaaja vahingossa/);
  await hit.locator(".moments a").first().click();
  await page.waitForURL(/\/stories\/\w+\?t=\d+/);
  await page.locator("media-controller").waitFor();
  await page.waitForFunction(() => document.querySelector("video").currentTime >= 4);
  await page.evaluate(() => (document.querySelector("video").currentTime = 5.5));

  await page.getByText("Lisää oppituntilistaan").click();
  // The sentence that was found, though the video is past its beginning.
  assert.equal(await page.getByLabel("Alkaa").inputValue(), "0:04");
  assert.equal(await page.getByLabel("Loppuu").inputValue(), "0:06");
  await page.getByLabel("Uuden listan nimi").fill("Hitsaajan päivä");
  assert.deepEqual(await violations(page), []);
  await screenshot(page, "lesson-add-wide", false);
  await page.getByRole("button", { name: "Lisää listaan" }).click();
  await page.waitForURL(/\/lists\/edit\/\w{32}/);
  await page.getByText("Lista on tehty.").waitFor();

  // A second story goes to the same list without leaving its page: the device remembers the list.
  await page.goto(`${site.server.url}/stories/${site.stories.portrait.id}`);
  await page.locator("media-controller").waitFor();
  await page.getByText("Lisää oppituntilistaan").click();
  assert.equal(await page.getByLabel("Mihin listaan?").locator("option:checked").innerText(), "Hitsaajan päivä");
  await page.getByLabel("Loppuu").fill("kohta");
  await page.getByRole("button", { name: "Lisää listaan" }).click();
  await page.getByText("Kirjoita ajat muodossa 1:23").waitFor();
  await page.getByLabel("Loppuu").fill("0:01");
  await page.getByRole("button", { name: "Lisää listaan" }).click();
  await page.getByText("Lisätty listaan Hitsaajan päivä.").waitFor();
  await page.getByRole("link", { name: "Avaa lista" }).click();

  const items = page.locator("[data-item]");
  await items.nth(1).waitFor();
  await items.nth(0).getByLabel("Muistiinpano ennen kohtaa").fill("Kuunnelkaa tarkasti.");
  await items.nth(0).getByLabel("Pohdittavaa").fill("Miksi juuri hitsaus?");
  await items.nth(1).getByRole("button", { name: /^Ylös/ }).click();
  await page.getByText("Lista on tallennettu.").waitFor();
  assert.match(await items.nth(0).innerText(), /Hitsaaja, joka halusi maalle/);
  assert.equal(await items.nth(1).getByLabel("Pohdittavaa").inputValue(), "Miksi juuri hitsaus?");
  assert.deepEqual(await violations(page), []);
  await screenshot(page, "lesson-edit-wide");

  // On paper: every QR code leads to its clip.
  await page.getByRole("link", { name: "Tulosta" }).click();
  await page.waitForURL(/\/print$/);
  assert.deepEqual(await violations(page), []);
  await mkdir(screenshots, { recursive: true });
  const pdf = join(screenshots, "lesson-paper.pdf");
  await page.pdf({ path: pdf, format: "A4" });
  await run("pdftoppm", ["-png", "-r", "150", pdf, join(screenshots, "lesson-paper")]);
  const { stdout } = await run("sh", ["-c", `zbarimg --quiet --raw ${screenshots}/lesson-paper-*.png`]);
  const list = /\/lists\/(\w+)\/print/.exec(page.url())[1];
  assert.deepEqual(stdout.trim().split("\n").sort(), [`${site.server.url}/lists/${list}`, `${site.server.url}/stories/${site.stories.portrait.id}`, `${site.server.url}/stories/${welder.id}?t=4`].sort());

  // In class: nothing but keys from here on.
  await page.goto(`${site.server.url}/class/list/${list}`);
  await page.getByRole("button", { name: "Aloita" }).waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Seuraavaksi: Sanna hitsaa Oulun telakalla" }).waitFor(); // the first clip ended at its end
  assert.ok(Math.abs((await time(page)) - 1) < 0.5);
  await page.getByText("Kuunnelkaa tarkasti.").waitFor();
  await page.keyboard.press("n");
  await page.getByRole("heading", { name: "Lista on lopussa" }).waitFor();
  await page.keyboard.press("p");
  await page.keyboard.press("Space");
  await page.getByText("Miksi juuri hitsaus?").waitFor();
  await page.getByRole("heading", { name: "Lista on lopussa" }).waitFor();
  const stopped = await time(page);
  assert.ok(stopped >= 6 && stopped < 6.6, `stopped at ${stopped}`);
  assert.deepEqual(context.complaints, []);
  assert.deepEqual(context.strangers, []);
  await context.close();
});

test("adding to a list that is gone says so, and the device forgets it", async () => {
  const list = await makeList("Poistuva lista");
  const context = await openContext(browser, site.server.url, { viewport: desktop });
  const page = await context.newPage();
  await page.goto(list.edit_url);
  await page.getByText("Tämä laite muistaa listan").waitFor();
  const full = Array.from({ length: 100 }, () => ({ story: welder.id }));
  const { revision } = await (await fetch(`${site.server.url}/api/v1/lists/${list.id}`)).json();
  const headers = { "content-type": "application/json", authorization: `Bearer ${list.edit_token}` };
  const filled = await fetch(`${site.server.url}/api/v1/lists/${list.id}`, { method: "PUT", headers, body: JSON.stringify({ title: "Poistuva lista", revision, items: full }) });
  assert.equal(filled.status, 200);
  await page.goto(`${site.server.url}/stories/${welder.id}`);
  await page.getByText("Lisää oppituntilistaan").click();
  await page.getByRole("button", { name: "Lisää listaan" }).click();
  await page.getByText("Listaan mahtuu enintään 100 tarinaa tai kohtaa.").waitFor();
  assert.equal((await fetch(`${site.server.url}/api/v1/lists/${list.id}`, { method: "DELETE", headers })).status, 204);
  await page.getByRole("button", { name: "Lisää listaan" }).click();
  await page.getByText("Listaa ei ole. Ehkä sen tekijä on poistanut sen.").waitFor();
  assert.equal(await page.getByLabel("Mihin listaan?").locator("option:checked").innerText(), "Uuteen listaan");
  assert.equal(await page.evaluate(() => localStorage.getItem("tarina.lists")), "[]");
  await context.close();
});

test("class mode of a list keeps its place, shows large subtitles and says its keys", async () => {
  const list = await makeList();
  const context = await openContext(browser, site.server.url, { viewport: desktop });
  const page = await context.newPage();
  await page.goto(`${site.server.url}/class/list/${list.id}`);
  await page.getByText("Kuuntele, miten Sanna päätyi alalle.").waitFor();
  assert.deepEqual(await violations(page), []);
  await screenshot(page, "lesson-class-begin", false);
  await page.keyboard.press("Space");
  await page.getByText("Minusta tuli hitsaaja vahingossa.").waitFor();
  await page.getByText("Mikä yllätti sinut Sannan tarinassa?").waitFor();
  assert.deepEqual(await violations(page), []);
  await screenshot(page, "lesson-class-pause", false);
  await page.reload();
  await page.getByText("Kohta 2 / 2", { exact: true }).waitFor();
  await page.keyboard.press("k");
  await page.waitForFunction(() => document.querySelector("video").currentTime > 1 && !document.querySelector("video").paused);
  await page.locator("[data-act=play] [data-when=playing]:not([hidden]) + span", { hasText: "Keskeytä" }).waitFor({ state: "attached" });
  assert.equal(await page.locator("[data-captions]").innerText(), "Minusta tuli hitsaaja.");
  await page.getByRole("heading", { name: "Lista on lopussa" }).waitFor();
  await page.locator("[data-act=play] [data-when=playing][hidden] + span", { hasText: "Toista" }).waitFor({ state: "attached" });
  await page.keyboard.press("a");
  await page.locator("[data-pause]").waitFor({ state: "hidden" });
  await page.keyboard.press("p");
  await page.getByText("Kohta 2 / 2", { exact: true }).waitFor();
  await page.keyboard.press("?");
  await page.getByText("Seuraava tai edellinen kohta").waitFor();
  assert.deepEqual(context.complaints, []);
  await context.close();
});

test("lists are read, made and edited on a phone and without scripts", async () => {
  const list = await makeList("Kännykällä", ` https://www.esimerkki.fi/${"pitkaosoite".repeat(12)}`);
  const context = await openContext(browser, site.server.url, { viewport: narrow, javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(list.url);
  await page.getByText("Mikä yllätti sinut Sannan tarinassa?").waitFor();
  await page.getByRole("link", { name: "Näytä luokassa" }).click();
  await page.getByRole("link", { name: "Seuraava kohta" }).first().click();
  await page.waitForURL(/item=2$/);
  await page.goto(`${site.server.url}/stories?q=hitsaaja`);
  await page.getByRole("link", { name: /^Lisää listaan/ }).first().click();
  await page.getByLabel("Tai listan muokkauslinkki").fill(list.edit_url);
  await page.getByRole("button", { name: "Lisää listaan" }).click();
  await page.waitForURL(/\/lists\/edit\//);
  await page.locator("[data-item]").nth(2).getByRole("button", { name: /^Poista listasta/ }).click();
  await page.getByText("Lista on tallennettu.").waitFor();
  assert.equal(await page.locator("[data-item]").count(), 2);
  await context.close();

  const seen = await openContext(browser, site.server.url, { viewport: narrow });
  const phone = await seen.newPage();
  for (const [name, address] of [["read", `/lists/${list.id}`], ["edit", new URL(list.edit_url).pathname], ["lists", "/lists"], ["print", `/lists/${list.id}/print`], ["add", `/lists/add?story=${welder.id}&start=0:04`], ["collections", "/collections"], ["class", `/class/list/${list.id}`]]) {
    await phone.goto(`${site.server.url}${address}`);
    assert.ok(await fitsWidth(phone), name);
    assert.deepEqual(await violations(phone), [], name);
    await screenshot(phone, `lesson-${name}-narrow`);
  }
  assert.deepEqual(seen.complaints, []);
  await seen.close();
});

test("an editor makes a collection, which people find on the front page and embed", async () => {
  const staff = await openContextAs(browser, site.staff, { viewport: desktop });
  const page = await staff.newPage();
  await page.goto(`${site.server.url}/studio/collections`);
  await page.getByLabel("Nimi").fill("Ensimmäinen työpaikka");
  await page.getByRole("button", { name: "Tee kokoelma" }).click();
  await page.getByLabel("Lisää tarina osoitteella").fill(`${site.server.url}/stories/${welder.id}?t=4`);
  await page.getByRole("button", { name: "Lisää", exact: true }).click();
  await page.getByRole("heading", { name: /1\. Sanna hitsaa/ }).waitFor();
  assert.deepEqual(await violations(page), []);
  await screenshot(page, "collection-studio-wide");
  await page.getByRole("button", { name: "Julkaise kokoelma" }).click();
  await page.getByText("Kokoelma on julkaistu.").waitFor();
  await page.goto(`${site.server.url}/studio/collections`);
  assert.deepEqual(await violations(page), []);
  await screenshot(page, "collections-studio-wide");
  await staff.close();

  const context = await openContext(browser, site.server.url, { viewport: desktop });
  const visitor = await context.newPage();
  await visitor.goto(`${site.server.url}/`);
  assert.deepEqual(await violations(visitor), []);
  await screenshot(visitor, "collection-front-wide");
  await visitor.getByRole("link", { name: "Ensimmäinen työpaikka" }).click();
  await visitor.waitForURL(/\/collections\/\w+/);
  assert.deepEqual(await violations(visitor), []);
  await screenshot(visitor, "collection-wide");
  await visitor.getByRole("button", { name: "Upota sivulle" }).click();
  const code = await visitor.getByLabel("Upotuskoodi").inputValue();
  const address = /src="([^"]+)"/.exec(code)[1];
  await visitor.goto(address);
  await visitor.getByRole("button", { name: "Toista" }).click();
  await visitor.waitForFunction(() => document.querySelector("video").currentTime > 4.2);
  assert.deepEqual(await violations(visitor), []);
  await screenshot(visitor, "embed-list", false);
  assert.equal((await context.cookies()).length, 0);
  assert.deepEqual(context.complaints, []);
  await context.close();
});
