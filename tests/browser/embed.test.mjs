// The embed on a foreign page, in the sandbox a CMS puts around it: no cookies, no storage, no other host.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { openBrowser, openContext, screenshot } from "./lib/browser.mjs";
import { siteWithStories } from "./lib/site.mjs";

let site;
let browser;
let foreign;
let markup = "";
before(async () => {
  [site, browser] = await Promise.all([siteWithStories(), openBrowser()]);
  foreign = createServer((_request, response) => response.setHeader("content-type", "text/html").end(`<!doctype html><html lang="fi"><title>Vieras</title><h1>Oppilaitoksen sivu</h1>${markup}`));
  await new Promise((resolve) => foreign.listen(0, "localhost", resolve));
  foreign.url = `http://localhost:${foreign.address().port}`;
  for (const institution of ["osao", "luovi"]) await site.staff.send("POST", `/admin/sites/${institution}`, { form: { sites: foreign.url } });
});
after(async () => {
  foreign?.close();
  await browser?.close();
  await site?.server.stop();
});

async function open(html, options) {
  markup = html;
  const context = await openContext(browser, site.server.url, { origins: [foreign.url], ...options });
  const page = await context.newPage();
  await page.goto(foreign.url);
  return { context, page, frame: page.frames().find((one) => one !== page.mainFrame()) };
}

test("oEmbed gives one iframe that plays in sandbox=allow-scripts, with no cookie and nothing stored", async () => {
  const answer = await (await fetch(`${site.server.url}/oembed?url=${encodeURIComponent(`${site.server.url}/stories/${site.stories.landscape.id}`)}`)).json();
  assert.equal(answer.type, "video");
  assert.equal(answer.html.match(/<iframe/g).length, 1);
  // What WordPress makes of it.
  const { context, page } = await open(answer.html.replace("<iframe", '<iframe sandbox="allow-scripts" security="restricted"').replace(/src="([^"]+)"/, 'src="$1#?secret=abcdef"'));
  const frame = page.frameLocator("iframe");
  await frame.getByRole("button", { name: "Toista" }).click();
  const inside = page.frames().find((one) => one.url().includes("/embed/"));
  await inside.waitForFunction(() => document.querySelector("video").currentTime > 0.5);
  await inside.waitForFunction(() => [...document.querySelector("video").textTracks].some((track) => track.mode === "showing" && track.activeCues?.length === 1));
  const showing = await inside.evaluate(() => [...document.querySelector("video").textTracks].filter((track) => track.mode === "showing" && track.kind !== "metadata").map((track) => track.language));
  assert.deepEqual(showing, ["fi"], "one language at a time");
  await inside.evaluate(() => document.fonts.ready);
  await screenshot(page, "embed-sandboxed", false);
  assert.deepEqual(await context.cookies(), []);
  assert.equal(await inside.evaluate(() => self.origin), "null");
  assert.deepEqual(context.strangers, []);
  assert.deepEqual(context.complaints, []);
  await context.close();
});

test("an unsandboxed embed stores nothing either", async () => {
  const { context, page } = await open(`<iframe src="${site.server.url}/embed/${site.stories.portrait.id}" title="x" width="360" height="640"></iframe>`);
  await page.frameLocator("iframe").getByRole("button", { name: "Toista" }).click();
  const inside = page.frames().find((one) => one.url().includes("/embed/"));
  await inside.waitForFunction(() => document.querySelector("video").currentTime > 0.5);
  const stored = () => {
    try {
      return localStorage.length + sessionStorage.length;
    } catch {
      return 0; // the browser gives frames of other sites no storage at all
    }
  };
  assert.equal(await inside.evaluate(stored), 0);
  assert.deepEqual(await context.cookies(), []);
  await context.close();
});

test("the shape of a portrait story is kept, within the limits asked for", async () => {
  const ask = async (more) => (await fetch(`${site.server.url}/oembed?url=${encodeURIComponent(`${site.server.url}/stories/${site.stories.portrait.id}`)}${more}`)).json();
  const free = await ask("");
  assert.equal(free.width / free.height, 360 / 640);
  const small = await ask("&maxwidth=200&maxheight=200");
  assert.ok(small.width <= 200 && small.height <= 200);
});

test("oEmbed answers in XML, refuses other formats and other sites", async () => {
  const of = (query) => fetch(`${site.server.url}/oembed?${query}`);
  const address = encodeURIComponent(`${site.server.url}/stories/${site.stories.landscape.id}`);
  const xml = await of(`url=${address}&format=xml`);
  assert.match(xml.headers.get("content-type"), /^text\/xml/);
  assert.match(await xml.text(), /<html>&lt;iframe /);
  assert.equal((await of(`url=${address}&format=yaml`)).status, 501);
  assert.equal((await of(`url=${encodeURIComponent("https://example.org/stories/abc")}`)).status, 404);
});

test("only the sites that the institution named may frame its stories, and its own until it has", async () => {
  const policy = async (id) => /frame-ancestors ([^;]+)/.exec((await fetch(`${site.server.url}/embed/${id}`)).headers.get("content-security-policy"))[1];
  assert.equal(await policy(site.stories.silent.id), "'self'");
  await site.staff.send("POST", "/admin/sites/psk", { form: { sites: "https://www.psk.example" } });
  assert.equal(await policy(site.stories.landscape.id), `'self' ${foreign.url}`);
  assert.equal(await policy(site.stories.silent.id), "'self' https://www.psk.example");
});

test("a withdrawn story leaves a card of words, 410, in its frame", async () => {
  await site.staff.send("POST", `/studio/stories/${site.stories.portrait.id}/withdraw`, { form: { confirm: site.stories.portrait.id } });
  const { context, page } = await open(`<iframe src="${site.server.url}/embed/${site.stories.portrait.id}" title="x" width="360" height="640" sandbox="allow-scripts"></iframe>`);
  await page.frameLocator("iframe").getByText("Kertoja on perunut suostumuksensa.").waitFor();
  assert.equal((await fetch(`${site.server.url}/embed/${site.stories.portrait.id}`)).status, 410);
  await context.close();
});
