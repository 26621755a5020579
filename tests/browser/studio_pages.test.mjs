// Every page behind a sign-in or a personal link, in both themes and at both widths: axe finds nothing, nothing sticks
// out, no script complains, no other host is asked. Screenshots go to build/screenshots.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { fitsWidth, narrow, openBrowser, openContext, screenshot, violations, wide } from "./lib/browser.mjs";
import { clip, subtitles } from "./lib/clips.mjs";
import { invitation, loadStory, upload, Visitor } from "./lib/people.mjs";
import { startServer, tarinaServer } from "./lib/server.mjs";

let server, browser, staff;
const known = {};

const invited = (teller) => invitation(staff, { institution: "osao", teller, language: "fi" });

async function accepted(teller) {
  const visitor = new Visitor(server.url);
  const invite = await invited(teller);
  const agreed = await visitor.send("POST", `/invite/${invite}`, { form: [["show_name", "yes"], ["shown_name", teller], ["age", "yes"], ["use", "watch"], ["use", "class_download"]] });
  return { visitor, invite, mine: /\/mine\/([a-z0-9]+)/.exec(agreed.location)[1] };
}

async function phase(visitor, mine, wanted) {
  for (;;) {
    const state = JSON.parse((await visitor.send("GET", `/mine/${mine}/state`, { headers: { accept: "application/json" } })).text);
    if (state.phase === wanted) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** A story whose original has a flipped byte and whose stream lacks its manifest, both found: /admin has something to show. */
async function damage(data) {
  const query = "SELECT o.public_id, p.public_id FROM package p JOIN original o ON o.id = p.original_id WHERE p.state = 'published' LIMIT 1";
  const { stdout } = await promisify(execFile)("sqlite3", ["-readonly", join(data, "catalog.sqlite"), query]);
  const [original, made] = stdout.trim().split("|");
  const file = join(data, "media/originals", original);
  const bytes = await readFile(file);
  bytes[100] ^= 1;
  await writeFile(file, bytes);
  await rm(join(data, "media/packages", made, "main.mpd"));
  assert.equal((await tarinaServer(data, "verify")).code, 1);
}

before(async () => {
  [server, browser] = await Promise.all([startServer(), openBrowser()]);
  staff = new Visitor(server.url);
  await staff.signIn(await server.admin());
  const lines = ["Hei, minä olen Aino ja valmistuin lähihoitajaksi Oulussa.", "Opiskelin kolme vuotta.", "Nyt hoidan ihmisiä heidän omissa kodeissaan ja se on hyvää työtä."];
  const described = { title: { fi: "Hoitaja kulkee kotiin", sv: "Vårdaren kommer hem" }, summary: { fi: "Aino tekee kotihoitoa." }, occupation: "Lähihoitaja", qualification: "371101", year: 2019, tags: ["kotihoito"] };
  known.published = await loadStory(staff, { file: await clip({ seconds: 8 }), ...described, subtitles: [{ language: "fi", kind: "captions", text: subtitles(lines, 2) }] });
  known.review = await loadStory(staff, { file: await clip({ width: 360, height: 640, seconds: 8 }), teller: "Mikael", title: { fi: "Hitsaaja metsäkonekorjaamolla" }, fields: [], publish: false, subtitles: [{ language: "fi", kind: "captions", text: subtitles(["Minusta tuli hitsaaja."], 3) }] });
  known.fresh = await accepted("Sari");
  known.failed = await accepted("Pekka");
  await upload(known.failed.visitor, known.failed.mine, Buffer.from("tämä ei ole video ".repeat(200)), "muistio.mp4");
  await phase(known.failed.visitor, known.failed.mine, "failed");
  known.gone = await accepted("Veikko");
  known.withdrawn = /data-scope="([a-z0-9]+)"/.exec((await known.gone.visitor.send("GET", `/mine/${known.gone.mine}`)).text)[1];
  await known.gone.visitor.send("POST", `/mine/${known.gone.mine}/withdraw`, { form: {} });
  await damage(server.data);
  known.once = new URL(await server.admin("uusi@example.org", "Uusi")).pathname;
  known.invite = await invited("Maija, lähihoitaja 2019");
  await staff.send("POST", "/admin/people", { form: { name: "Kaisa Korhonen", email: "kaisa@example.org", role: "coordinator", institution: "osao", language: "fi" } });
  await new Visitor(server.url).send("POST", "/join", { form: { name: "Riitta", contact: "040 123 4567", message: "Haluaisin kertoa tarinani.", institution: "osao" }, fine: [200, 303, 400, 422] });
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test("without scripts the browser's own file field stays, for it names the file", async () => {
  const context = await openContext(browser, server.url, { javaScriptEnabled: false });
  await context.addCookies([...staff.cookies].map(([cookie, value]) => ({ name: cookie, value, url: server.url })));
  const page = await context.newPage();
  await page.goto(`${server.url}/studio/stories/${known.review.id}`);
  await page.getByText("Lisää tekstitys", { exact: true }).click();
  assert.ok((await page.locator("#sub-file").boundingBox()).width > 100);
  assert.equal(await page.locator("#subtitles .file__button").isVisible(), false);
  await context.close();
});

test("personal pages keep the way home and the languages, and no menu to get lost in", async () => {
  const context = await openContext(browser, server.url);
  const page = await context.newPage();
  for (const path of [`/invite/${known.invite}`, `/mine/${known.fresh.mine}`, `/mine/${known.gone.mine}`]) {
    await page.goto(server.url + path);
    assert.equal(await page.locator(".site-nav").count(), 0, path);
    assert.equal(await page.locator(".site-header .wordmark").getAttribute("href"), "/");
    assert.equal(await page.locator(".site-header .languages li").count(), 3);
  }
  await context.close();
});

const pages = {
  "sign-in": () => ["/sign-in"],
  "sign-in-once": () => [known.once],
  invite: () => [`/invite/${known.invite}`],
  "invite-used": () => [`/invite/${known.fresh.invite}`],
  "mine-fresh": () => [`/mine/${known.fresh.mine}`],
  "mine-failed": () => [`/mine/${known.failed.mine}`],
  "mine-published": () => [`/mine/${known.published.mine}`],
  "mine-receipt": () => [`/mine/${known.gone.mine}`],
  studio: () => ["/studio", staff],
  "studio-empty": () => ["/studio?q=eitallaista", staff],
  "studio-new": () => ["/studio/stories/new", staff],
  "studio-review": () => [`/studio/stories/${known.review.id}`, staff],
  "studio-published": () => [`/studio/stories/${known.published.id}`, staff],
  "studio-subtitles": () => [`/studio/stories/${known.published.id}/subtitles/fi-captions`, staff],
  "studio-invites": () => ["/studio/invites", staff],
  "studio-withdrawn": () => [`/studio/stories/${known.withdrawn}`, staff],
  "studio-interests": () => ["/studio/interests", staff],
  "admin-people": () => ["/admin/people", staff],
  "admin-sites": () => ["/admin/sites", staff],
  admin: () => ["/admin", staff],
};

for (const theme of ["light", "dark"]) {
  for (const [size, viewport] of Object.entries({ wide, narrow })) {
    describe(`studio and personal pages, ${theme}, ${size}`, () => {
      for (const [name, where] of Object.entries(pages)) {
        test(`${name} has no violation, fits and complains of nothing`, async () => {
          const [path, who] = where();
          const context = await openContext(browser, server.url, { viewport, colorScheme: theme });
          if (who) await context.addCookies([...who.cookies].map(([cookie, value]) => ({ name: cookie, value, url: server.url })));
          const page = await context.newPage();
          await page.goto(server.url + path, { waitUntil: "load" });
          assert.equal(new URL(page.url()).pathname, path.split("?")[0]);
          await page.evaluate(() => document.fonts.ready);
          if (name === "studio-subtitles") await page.locator(".cue").first().waitFor();
          await screenshot(page, `${name}-${size}-${theme}`, true);
          assert.deepEqual(await violations(page), []);
          assert.ok(await fitsWidth(page), "the page is wider than the window");
          assert.deepEqual(context.strangers, []);
          assert.deepEqual(context.complaints, []);
          await context.close();
        });
      }
    });
  }
}
