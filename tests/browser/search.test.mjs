// Finding a story: suggestions while one types, filters, the moment that was searched for, words within one story.
// A teacher's whole way, by keyboard alone, ends at the second; with the story in a list it goes on in lesson.test.mjs.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { fitsWidth, narrow, openBrowser, openContext, screenshot, violations, wide } from "./lib/browser.mjs";
import { clip, subtitles } from "./lib/clips.mjs";
import { loadStory } from "./lib/people.mjs";
import { siteWithStories } from "./lib/site.mjs";

let site;
let browser;
let welder;
before(async () => {
  [site, browser] = await Promise.all([siteWithStories(), openBrowser()]);
  welder = await loadStory(site.staff, {
    file: await clip({ width: 480, height: 360, seconds: 12 }),
    teller: "Sanna",
    institution: "osao",
    title: { fi: "Telakalta omaan pajaan" },
    summary: { fi: "Sanna kertoo, miten hitsaaminen vei maailmalle." },
    fields: ["07", "071"],
    tags: ["yrittäjyys"],
    subtitles: [
      { language: "fi", kind: "captions", text: subtitles(["Hei, minä olen Sanna.", "Kesällä hain töitä telakalta.", "Siellä hitsaajana opin kaiken.", "Nyt minulla on oma paja."], 3) },
      { language: "fi", kind: "plain", text: subtitles(["Olen Sanna.", "Olin telakalla.", "Opin hitsaamaan.", "Minulla on paja."], 3) },
    ],
  });
});
after(async () => {
  await browser?.close();
  await site?.server.stop();
});

const field = (page) => page.getByRole("combobox", { name: "Hae tarinoita" });
const options = (page) => page.getByRole("listbox", { name: "Ehdotukset" }).getByRole("option");
const active = (page) => page.evaluate(() => document.getElementById(document.activeElement.getAttribute("aria-activedescendant"))?.dataset.kind);

async function open(path, options = {}) {
  const context = await openContext(browser, site.server.url, options);
  const page = await context.newPage();
  await page.goto(site.server.url + path);
  return { context, page };
}

/** Types as a person does and waits for the list. */
async function type(page, text) {
  await field(page).pressSequentially(text);
  await options(page).first().waitFor();
}

/** Arrow down until a suggestion of one of these kinds is the active one. */
async function goTo(page, ...kinds) {
  for (let i = 0; i < 20; ++i) {
    await page.keyboard.press("ArrowDown");
    if (kinds.includes(await active(page))) return;
  }
  assert.fail(`no suggestion of ${kinds}`);
}

test("a teacher types, picks a suggestion, narrows, reads the sentence and is at its second, by keyboard alone", async () => {
  const { context, page } = await open("/");
  await field(page).focus();
  await page.keyboard.type("hitsa");
  await options(page).first().waitFor();
  await page.getByRole("status").filter({ hasText: /ehdotus/ }).waitFor({ state: "attached" });
  await goTo(page, "occupation", "word");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/stories\?q=hitsaa/i);
  assert.equal(await page.locator(".hit").count(), 2);

  const osao = page.getByRole("checkbox", { name: /OSAO/ });
  await osao.focus();
  await Promise.all([page.waitForURL(/institution=osao/), page.keyboard.press("Space")]);
  assert.equal(await page.locator(".hit").count(), 1);
  const moment = page.locator(".hit .moments a").first();
  assert.match(await moment.innerText(), /Siellä hitsaajana opin kaiken/);
  assert.equal(await moment.locator("mark").first().innerText(), "hitsaajana");
  await moment.focus();
  await page.keyboard.press("Enter");
  await page.waitForURL(new RegExp(`/stories/${welder.id}\\?t=6&q=`));
  await page.waitForFunction(() => document.querySelector("video").currentTime >= 6);
  await page.waitForFunction(() => [...document.querySelectorAll(".cue mark")].some((mark) => mark.textContent === "hitsaajana" && "at" in mark.dataset));
  assert.deepEqual(context.complaints, []);
  assert.deepEqual(context.strangers, []);
  await context.close();
});

test("the list opens, moves, closes and says how many there are, as a combobox must", async () => {
  const { context, page } = await open("/stories");
  const input = field(page);
  assert.equal(await input.getAttribute("aria-expanded"), "false");
  await input.fill("h");
  await type(page, "its");
  assert.equal(await input.getAttribute("aria-expanded"), "true");
  assert.equal(await active(page), undefined);
  const n = await options(page).count();
  await page.keyboard.press("ArrowUp"); // from the field to the last
  assert.equal(await options(page).nth(n - 1).getAttribute("aria-selected"), "true");
  await page.keyboard.press("ArrowDown"); // and on to the field
  assert.equal(await input.getAttribute("aria-activedescendant"), null);
  assert.equal(await input.inputValue(), "hits");
  await page.keyboard.press("ArrowDown");
  assert.deepEqual(await violations(page), []);
  await screenshot(page, "search-suggestions-wide", false);
  await page.keyboard.press("Escape");
  assert.equal(await input.getAttribute("aria-expanded"), "false");
  assert.equal(await input.inputValue(), "hits"); // the first Escape only closes
  await page.keyboard.press("ArrowDown");
  await options(page).first().waitFor();
  await page.keyboard.press("Tab");
  assert.equal(await input.getAttribute("aria-expanded"), "false");
  await context.close();
});

test("Enter without a choice searches what was typed", async () => {
  const { context, page } = await open("/stories");
  await type(page, "telakalta");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\?q=telakalta(&|$)/);
  assert.equal(await page.locator(".hit").count(), 1);
  await context.close();
});

test("a field that is suggested narrows and keeps the other filters; a story opens", async () => {
  const { context, page } = await open("/stories?institution=osao");
  await type(page, "tekniik");
  await goTo(page, "field");
  await page.keyboard.press("Enter");
  await page.waitForURL(/field=07/);
  const query = new URL(page.url()).searchParams;
  assert.deepEqual([query.get("institution"), query.has("q")], ["osao", false]);
  await type(page, "telak");
  await goTo(page, "story");
  await page.keyboard.press("Enter");
  await page.waitForURL(`${site.server.url}/stories/${welder.id}`);
  await context.close();
});

test("the search field of every page's header suggests, under a finger too", async () => {
  const { context, page } = await open("/about", { viewport: narrow, hasTouch: true });
  await type(page, "hitsa");
  assert.ok(await fitsWidth(page));
  await screenshot(page, "search-suggestions-narrow", false);
  await page.locator("[role=option][data-kind=word], [role=option][data-kind=occupation]").first().tap();
  await page.waitForURL(/\/stories\?q=hitsaa/i);
  await context.close();
});

test("a late answer to fewer letters never replaces the newer one", async () => {
  const { context, page } = await open("/stories");
  const kept = [];
  await page.route("**/api/v1/suggestions?q=hi&*", (route) => void kept.push(route));
  await field(page).pressSequentially("hi");
  await page.waitForRequest(/suggestions\?q=hi&/);
  await type(page, "tsaa");
  const shown = await options(page).allInnerTexts();
  for (const route of kept) await route.fulfill({ json: { suggestions: [{ kind: "word", text: "hiivaleipä", code: null, stories: 1, url: "http://x/" }] } }).catch(() => undefined);
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
  assert.deepEqual(await options(page).allInnerTexts(), shown);
  await context.close();
});

test("fields open into their narrow ones, and every chosen filter goes by its chip", async () => {
  const { context, page } = await open("/stories");
  const fields = page.locator("[data-facet=field]");
  assert.equal(await fields.getByRole("link", { name: /Kone-, prosessi/ }).count(), 0);
  await fields.getByRole("link", { name: /Tekniikan alat/ }).click();
  await fields.getByRole("link", { name: /Kone-, prosessi/ }).click();
  assert.equal(new URL(page.url()).search, "?field=071");
  assert.equal(await page.locator(".card").count(), 1);
  await page.locator("[data-facet=plain] summary").click();
  await Promise.all([page.waitForURL(/plain=1/), page.getByRole("checkbox", { name: /Selkokielinen tekstitys/ }).click()]);
  await screenshot(page, "search-filters-wide");
  assert.deepEqual(await violations(page), []);
  await page.getByRole("link", { name: /Poista rajaus Koulutusala/ }).click();
  await page.getByRole("link", { name: /Poista rajaus Selkokieli/ }).click();
  assert.equal(new URL(page.url()).search.replace("sort=newest", "").replace(/[?&]/g, ""), "");
  await fields.getByRole("link", { name: /Tekniikan alat/ }).waitFor();
  await context.close();
});

test("the order of a result is chosen, and stays over filters", async () => {
  const { context, page } = await open("/stories");
  await Promise.all([page.waitForURL(/sort=longest/), page.getByLabel("Järjestys").selectOption("longest")]);
  assert.equal(await page.locator(".card__title").first().innerText(), "Hoitaja kulkee kotiin");
  await Promise.all([page.waitForURL(/sort=shortest/), page.getByLabel("Järjestys").selectOption("shortest")]);
  assert.equal(await page.locator(".card__title").first().innerText(), "Keittiön hiljainen aamu");
  await page.locator("[data-facet=field]").getByRole("link", { name: /Tekniikan alat/ }).click();
  assert.equal(await page.getByLabel("Järjestys").inputValue(), "shortest");
  await context.close();
});

test("nothing found: the word that was meant, and what each filter less would give", async () => {
  const { context, page } = await open("/stories?q=hitsaaja&institution=psk&length=short");
  assert.equal(await page.locator(".empty .chip").count(), 2); // without the length there is nothing either
  await page.getByRole("link", { name: /Poista rajaus: .+ \(2 tarinaa\)/ }).waitFor();
  await screenshot(page, "search-nothing-wide");
  assert.deepEqual(await violations(page), []);
  await page.getByRole("link", { name: /Poista kaikki rajaukset \(2 tarinaa\)/ }).click();
  assert.equal(await page.locator(".hit").count(), 2);
  await page.goto(`${site.server.url}/stories?q=hitsaaaja&institution=psk`);
  assert.match(await page.locator(".search__suggestion").innerText(), /Tarkoititko: hitsaaja\? \(2 tarinaa\)/);
  await page.locator(".search__suggestion a").click();
  assert.equal(new URL(page.url()).search, "?q=hitsaaja");
  await context.close();
});

describe("within one story", () => {
  test("word forms are found, stepped through and played from", async () => {
    const { context, page } = await open(`/stories/${welder.id}`);
    const search = page.getByRole("searchbox", { name: "Etsi tekstistä" });
    await search.fill("hitsaaja");
    await page.locator(".cue mark", { hasText: /^hitsaajana$/ }).waitFor(); // the engine's; the letters alone mark "hitsaaja"
    assert.equal(await page.locator(".transcript__search output").innerText(), "1 / 1");
    await search.fill("telakka");
    await page.locator(".cue mark", { hasText: /^telakalta$/ }).waitFor();
    await screenshot(page, "watch-find-wide", false);
    assert.deepEqual(await violations(page), []);
    await page.getByRole("button", { name: "Katso tästä kohdasta" }).click();
    await page.waitForFunction(() => document.querySelector("video").currentTime >= 3);
    await search.fill("kuukävely");
    await page.getByText("Ei osumia").waitFor();
    await search.fill("");
    assert.equal(await page.locator(".cue mark").count(), 0);
    await context.close();
  });

  test("words come along from the search, also without JavaScript", async () => {
    const { context, page } = await open("/", { javaScriptEnabled: false });
    await page.getByRole("searchbox").fill("hitsaaja");
    await page.getByRole("button", { name: "Hae" }).click();
    await page.locator(`.hit[data-story="${welder.id}"] .moments a`).first().click();
    assert.equal(await page.locator(".cue mark").innerText(), "hitsaajana");
    const search = page.getByRole("searchbox", { name: "Etsi tekstistä" });
    assert.equal(await search.inputValue(), "hitsaaja");
    await search.fill("telakka");
    await search.press("Enter");
    await page.waitForURL(/find=telakka/);
    assert.equal(await page.locator(".cue mark").innerText(), "telakalta");
    assert.equal(await page.locator(".transcript__search output").innerText(), "1 osuma");
    await context.close();
  });
});

for (const [size, viewport] of Object.entries({ wide, narrow })) {
  test(`results, filters and the marked transcript fit and have no violation, ${size}`, async () => {
    for (const [name, path] of [["search-result", "/stories?q=hitsaaja"], ["search-narrowed", "/stories?q=hitsaaja&institution=osao&field=07"], ["watch-marked", `/stories/${welder.id}?q=hitsaaja&t=6`]]) {
      const { context, page } = await open(path, { viewport });
      if (name === "watch-marked") await page.locator(".cue mark[data-at]").waitFor();
      await page.evaluate(() => document.fonts.ready);
      await screenshot(page, `${name}-${size}`);
      assert.ok(await fitsWidth(page), path);
      assert.deepEqual(await violations(page), [], path);
      assert.deepEqual(context.complaints, []);
      await context.close();
    }
    const { context, page } = await open("/stories?q=hitsaaja", { viewport });
    if (size === "narrow") {
      await page.locator(".filters__label").click();
      await screenshot(page, "search-filters-narrow");
      assert.ok(await fitsWidth(page));
    }
    await context.close();
  });
}
