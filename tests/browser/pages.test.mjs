// Every public page in both themes and at both widths: axe finds nothing, nothing sticks out, no script complains, no
// other host is asked. Screenshots go to build/screenshots.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { fitsWidth, narrow, openBrowser, openContext, screenshot, violations, wide } from "./lib/browser.mjs";
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

const pages = {
  front: () => "/",
  stories: () => "/stories",
  search: () => "/stories?q=l%C3%A4hihoitaja",
  filtered: () => "/stories?field=09&institution=osao",
  nothing: () => "/stories?q=avaruusl%C3%A4%C3%A4ketiede",
  "nothing-filtered": () => "/stories?field=09&institution=luovi",
  watch: ({ landscape }) => `/stories/${landscape.id}`,
  "watch-portrait": ({ portrait }) => `/stories/${portrait.id}`,
  "watch-silent": ({ silent }) => `/stories/${silent.id}`,
  class: ({ landscape }) => `/class/${landscape.id}?t=3`,
  embed: ({ landscape }) => `/embed/${landscape.id}`,
  "embed-gone": () => "/embed/eiolemassa",
  fields: () => "/fields",
  institutions: () => "/institutions",
  join: () => "/join",
  sent: () => "/join?sent=1",
  about: () => "/about",
  accessibility: () => "/accessibility",
  privacy: () => "/privacy",
  missing: () => "/tallaista-ei-ole",
};
const missing = new Set(["missing", "embed-gone"]); // their 404 is a console error by design

for (const theme of ["light", "dark"]) {
  for (const [size, viewport] of Object.entries({ wide, narrow })) {
    describe(`public pages, ${theme}, ${size}`, () => {
      for (const [name, path] of Object.entries(pages)) {
        test(`${name} has no violation, fits and complains of nothing`, async () => {
          const context = await openContext(browser, site.server.url, { viewport, colorScheme: theme });
          const page = await context.newPage();
          await page.goto(site.server.url + path(site.stories), { waitUntil: "load" });
          if (name.startsWith("watch")) await page.locator("media-controller").waitFor();
          await page.evaluate(() => document.fonts.ready);
          await screenshot(page, `${name}-${size}-${theme}`, !["class", "embed", "embed-gone"].includes(name));
          assert.deepEqual(await violations(page), []);
          assert.ok(await fitsWidth(page), "the page is wider than the window");
          assert.deepEqual(context.strangers, []);
          if (!missing.has(name)) assert.deepEqual(context.complaints, []);
          await context.close();
        });
      }
    });
  }
}

test("pages speak the three languages and remember the choice", async () => {
  const context = await openContext(browser, site.server.url);
  const page = await context.newPage();
  await page.goto(`${site.server.url}/`);
  assert.equal(await page.locator("html").getAttribute("lang"), "fi");
  await page.getByRole("link", { name: "svenska" }).click();
  assert.equal(await page.locator("html").getAttribute("lang"), "sv");
  await page.goto(`${site.server.url}/fields`);
  assert.equal(await page.locator("h1").textContent(), "Utbildningsområden");
  await page.goto(`${site.server.url}/stories/${site.stories.landscape.id}`);
  assert.equal(await page.locator("h1").textContent(), "Vårdaren kommer hem");
  await context.close();
});

test("the wordmark stands in the same place on every page", async () => {
  const context = await openContext(browser, site.server.url);
  const page = await context.newPage();
  const lefts = new Set();
  for (const path of ["/", "/stories", `/stories/${site.stories.landscape.id}`, "/join", "/about", "/sign-in", "/tallaista-ei-ole"]) {
    await page.goto(site.server.url + path);
    lefts.add((await page.locator(".site-header .wordmark").boundingBox()).x);
  }
  assert.equal(lefts.size, 1, [...lefts].join(", "));
  await context.close();
});

test("when filters alone leave nothing, the page says so and each can be taken away", async () => {
  const context = await openContext(browser, site.server.url);
  const page = await context.newPage();
  await page.goto(`${site.server.url}/stories?field=09&institution=luovi`);
  await page.getByText("Näillä rajauksilla ei ole tarinoita.").waitFor();
  assert.equal(await page.getByLabel("Järjestys").count(), 0);
  assert.equal(await page.getByText("Tarkista kirjoitusasu.").count(), 0);
  assert.equal(await page.locator(".empty .chip").count(), 3); // two filters, and both at once
  await page.getByRole("link", { name: "Poista rajaus: Luovi" }).click();
  assert.equal(new URL(page.url()).search, "?field=09");
  assert.equal(await page.locator("#result-count").textContent(), "1 tarina");
  await page.goto(`${site.server.url}/stories?q=eitallaista&institution=luovi`);
  await page.getByText("Tällä haulla ja näillä rajauksilla ei löytynyt tarinaa.").waitFor();
  await page.getByText("Tarkista kirjoitusasu.").waitFor();
  await context.close();
});

test("cards have media boxes of one shape, whatever way the story was filmed", async () => {
  const context = await openContext(browser, site.server.url);
  const page = await context.newPage();
  await page.goto(`${site.server.url}/stories`);
  assert.equal(await page.locator(".poster--portrait").count(), 1);
  const ratios = await page.locator(".cards .poster").evaluateAll((posters) => posters.map((poster) => (poster.clientWidth / poster.clientHeight).toFixed(2)));
  assert.deepEqual([...new Set(ratios)], ["1.78"]);
  await context.close();
});

test("the button of the theme says what it brings, also where the system is dark", async () => {
  const context = await openContext(browser, site.server.url, { colorScheme: "dark" });
  const page = await context.newPage();
  await page.goto(`${site.server.url}/`);
  await page.getByRole("button", { name: "Vaalea ulkoasu" }).click();
  assert.equal(await page.locator("html").getAttribute("data-theme"), "light");
  await page.getByRole("button", { name: "Tumma ulkoasu" }).waitFor();
  await context.close();
});

test("a title in another language than the page says so", async () => {
  const context = await openContext(browser, site.server.url);
  const page = await context.newPage();
  const { portrait } = site.stories;
  for (const [path, title] of [["/stories", `.card a[href="/stories/${portrait.id}"]`], [`/stories/${portrait.id}`, "h1"], [`/class/${portrait.id}`, "h1 span"], [`/embed/${portrait.id}`, "h1"]]) {
    await page.goto(`${site.server.url}${path}?lang=sv`);
    assert.equal(await page.locator("html").getAttribute("lang"), "sv");
    assert.equal(await page.locator(title).getAttribute("lang"), "fi", path);
  }
  await context.close();
});

test("the reader's choice of a dark page is there in the next first view", async () => {
  const context = await openContext(browser, site.server.url, { colorScheme: "light" });
  const page = await context.newPage();
  await page.goto(`${site.server.url}/`);
  await page.getByRole("button", { name: "Tumma ulkoasu" }).click();
  await page.goto(`${site.server.url}/about`);
  assert.equal(await page.locator("html").getAttribute("data-theme"), "dark");
  await context.close();
});

test("everything that is read works without JavaScript", async () => {
  const context = await openContext(browser, site.server.url, { javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${site.server.url}/`);
  await page.getByRole("searchbox").fill("lähihoitaja");
  await page.getByRole("button", { name: "Hae" }).click();
  await page.locator(".moments a").first().click();
  assert.match(page.url(), /\/stories\/\w+\?t=\d+&q=/);
  assert.equal(await page.locator("video[controls]").count(), 1);
  assert.equal(await page.locator("video track[kind=captions][srclang=fi]").count(), 1);
  assert.match(await page.locator(".transcript__text").innerText(), /valmistuin lähihoitajaksi/);
  assert.match(await page.locator(".watch__picture").innerText(), /JavaScript/);
  await page.goto(`${site.server.url}/class/${site.stories.landscape.id}`);
  const picture = await page.locator("video").boundingBox();
  assert.ok((await page.locator(".stage__hint").boundingBox()).y >= picture.y + picture.height, "the hint lies over the picture");
  await page.getByRole("link", { name: "Tekstivastine" }).click();
  assert.equal(new URL(page.url()).pathname, `/stories/${site.stories.landscape.id}`);
  // The embed's native player fills its frame.
  await page.goto(`${site.server.url}/embed/${site.stories.landscape.id}`);
  const box = await page.locator("video").boundingBox();
  assert.deepEqual([box.width, box.height], [page.viewportSize().width, page.viewportSize().height]);
  await context.close();
});
