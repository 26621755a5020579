// Nothing that somebody wrote, answered or was shown gets lost or doubled: by Back, a reload, another language, a button
// pressed too early, or a word too long for the screen.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import { fitsWidth, narrow, openBrowser, openContext, screenshot, wide } from "./lib/browser.mjs";
import { clip, subtitles } from "./lib/clips.mjs";
import { invitation, loadStory, Visitor } from "./lib/people.mjs";
import { startServer } from "./lib/server.mjs";

const long = "pitkäsana".repeat(13).slice(0, 110);
let server, browser, staff, story;
before(async () => {
  [server, browser] = await Promise.all([startServer(), openBrowser()]);
  staff = new Visitor(server.url);
  await staff.signIn(await server.admin());
  story = await loadStory(staff, { file: await clip({ seconds: 6 }), teller: long.slice(0, 60), title: { fi: long }, summary: { fi: `${long} on pitkä` }, tags: [long.slice(0, 60)], subtitles: [{ language: "fi", kind: "captions", text: subtitles([`Hei ${long}`, "Toinen repliikki tässä."], 2) }] });
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

async function signedIn(options) {
  const context = await openContext(browser, server.url, options);
  await context.addCookies([...staff.cookies].map(([name, value]) => ({ name, value, url: server.url })));
  return context;
}

test("a word of 110 letters pushes no page sideways", async () => {
  const context = await signedIn({ viewport: narrow });
  const page = await context.newPage();
  for (const path of ["/", "/stories", `/stories?q=${encodeURIComponent(long)}`, `/stories/${story.id}`, "/studio", `/studio/stories/${story.id}`, `/studio/stories/${story.id}/subtitles/fi-captions`, `/mine/${story.mine}`, "/admin", "/studio/invites"]) {
    await page.goto(server.url + path);
    await page.evaluate(() => document.fonts.ready);
    if (path.startsWith("/stories?q=")) assert.equal(await page.locator(".hit").count(), 1);
    assert.ok(await fitsWidth(page), path);
    // Nor is it cut off at the edge of something that hides what sticks out.
    const cut = await page.evaluate(() => [...document.querySelectorAll("main :is(h1, h2, h3, p, dd, .chip)")].filter((each) => each.getBoundingClientRect().right > innerWidth + 1).map((each) => each.className || each.tagName));
    assert.deepEqual(cut, [], path);
  }
  await context.close();
});

test("the invitation's steps go back with the browser, and a reload or another language keeps the answers", async () => {
  const context = await openContext(browser, server.url, { viewport: narrow });
  const page = await context.newPage();
  const address = `${server.url}/invite/${await invitation(staff, { institution: "osao", teller: "Maija", language: "fi" })}`;
  const at = (n) => page.waitForFunction((wanted) => document.querySelector("[data-step-position]")?.textContent?.includes(`${wanted}/4`) || [...document.querySelectorAll("[data-step]")].findIndex((step) => !step.hidden) === wanted - 1, n);
  await page.goto(server.url);
  await page.goto(address);
  const next = page.locator("[data-step-next]");
  await next.click();
  await next.click();
  await page.locator("#use-watch").check();
  await next.click();
  await at(4);
  await page.locator("#shown-name").fill("Maija M.");
  await page.locator("input[name=show_name][value=yes]").check();
  await page.goBack();
  await at(3);
  assert.equal(await page.locator("#use-watch").isChecked(), true);
  await page.locator("[data-step-back]").click();
  await at(2);
  await page.goForward();
  await page.goForward();
  await at(4);

  await page.reload();
  await at(4);
  assert.equal(await page.locator("#shown-name").inputValue(), "Maija M.");
  await page.locator(".languages a[lang=sv]").click();
  await page.locator("html[lang=sv]").waitFor();
  await at(4);
  await screenshot(page, "invite-kept-narrow-light", true);
  assert.equal(await page.locator("#shown-name").inputValue(), "Maija M.");
  assert.equal(await page.locator("input[name=show_name][value=yes]").isChecked(), true);
  assert.equal(await page.locator("input[name=age]").isChecked(), false);
  await page.locator("[data-step-back]").click();
  await at(3);
  assert.equal(await page.locator("#use-watch").isChecked(), true);
  assert.equal(await page.locator("#use-embed").isChecked(), false);
  await next.click();
  await page.locator("input[name=age]").check();
  await page.locator("[data-step-finish]").click();
  await page.waitForURL(/\/mine\//);
  await page.locator("[data-upload]").waitFor();
  assert.deepEqual(await page.evaluate(() => Object.keys(sessionStorage).filter((key) => key.startsWith("tarina-invite:"))), []);
  assert.deepEqual(context.complaints, []);
  await context.close();
});

test("a button pressed with unsaved details says to save first, and the words stay", async () => {
  const context = await signedIn();
  const page = await context.newPage();
  const dialogs = [];
  page.on("dialog", (dialog) => (dialogs.push(dialog.type()), dialog.accept()));
  await page.goto(`${server.url}/studio/stories/${story.id}`);
  await page.getByRole("button", { name: "Palauta" }).first().click();
  await page.waitForURL(/done=edit\.unpublished_now/);
  await page.locator("#title-fi").fill("Uusi otsikko");
  const publish = page.locator("form[action$='/publish']");
  await publish.getByRole("button").click();
  const note = publish.getByText("Tallenna tiedot ensin");
  await note.waitFor();
  assert.ok(await note.evaluate((element) => element === document.activeElement));
  await screenshot(page, "studio-save-first-wide-light", true);
  assert.equal(await page.locator("#title-fi").inputValue(), "Uusi otsikko");
  await page.getByRole("button", { name: "Tallenna tiedot" }).click();
  await page.getByText("Tiedot on tallennettu.").waitFor();
  await publish.getByRole("button").click();
  await page.waitForURL(/done=edit\.published_now/);
  assert.equal(await page.locator("#title-fi").inputValue(), "Uusi otsikko");
  assert.deepEqual(dialogs, []);
  await context.close();
});

test("a reload of the page with the new invitation makes no second one", async () => {
  const context = await signedIn();
  const page = await context.newPage();
  await page.goto(`${server.url}/studio/invites`);
  await page.locator("#teller").fill("Vain yksi kutsu");
  await page.getByRole("button", { name: "Tee kutsu" }).click();
  await page.locator("#created input[readonly]").waitFor();
  await page.reload();
  assert.equal(await page.locator("#created").count(), 0);
  assert.equal(await page.getByText("Vain yksi kutsu").count(), 1);
  await context.close();
});

test("while a video is sent, the status card tells of that at once and leaves the figure to the bar", async () => {
  const context = await openContext(browser, server.url, { viewport: narrow });
  const page = await context.newPage();
  const visitor = new Visitor(server.url);
  const invite = await invitation(staff, { institution: "osao", teller: "Sari", language: "fi" });
  const agreed = await visitor.send("POST", `/invite/${invite}`, { form: [["show_name", "no"], ["age", "yes"], ["use", "watch"]] });
  await page.goto(server.url + agreed.location);
  await page.getByText("Videota ei ole vielä lähetetty.").waitFor();
  const line = await context.newCDPSession(page);
  await line.send("Network.enable");
  await line.send("Network.emulateNetworkConditions", { offline: false, latency: 5, downloadThroughput: -1, uploadThroughput: 2 << 20 });
  await page.locator("#upload-file").setInputFiles({ name: "video.mp4", mimeType: "video/mp4", buffer: randomBytes(16 << 20) });
  await page.locator("[data-upload-send]").click();
  const card = page.locator("#state");
  await card.getByText("Videon lähetys on kesken.", { exact: true }).waitFor();
  await card.getByText("Videosi ei ole vielä kokonaan perillä.").waitFor();
  assert.equal(await page.getByText("Videota ei ole vielä lähetetty.").count(), 0);
  assert.equal(await card.locator("progress").isVisible(), false);
  assert.doesNotMatch(await card.innerText(), /%/);
  await screenshot(page, "mine-sending-narrow-light", true);
  await page.getByRole("button", { name: "Keskeytä" }).click();
  await page.getByText("Keskeytetty").waitFor();
  // Opened anew, the card has the figure and the panel only asks for the file.
  await page.goto(server.url + agreed.location);
  await card.getByText(/Videon lähetys on kesken: \d+ % on perillä\./).waitFor();
  await page.getByText("Lähetys on kesken (video.mp4).").waitFor();
  assert.doesNotMatch(await page.locator("#upload").innerText(), / Mt \//);
  await screenshot(page, "mine-unfinished-narrow-light", true);
  await context.close();
});

test("the subtitle editor says why it does not shift, and shows the picked cue alone", async () => {
  const context = await signedIn({ viewport: wide });
  const page = await context.newPage();
  await page.goto(`${server.url}/studio/stories/${story.id}/subtitles/fi-captions`);
  const editor = page.locator("[data-subtitle-editor][data-ready]");
  await editor.waitFor();
  const shift = editor.getByLabel("Siirrä koko tekstitystä, sekuntia");
  for (const wrong of ["-0,5", "0", "puoli"]) {
    await shift.fill(wrong);
    await editor.getByRole("button", { name: "Myöhennä" }).click();
    await editor.getByText("Kirjoita siirto sekunteina").waitFor();
    assert.equal(await shift.getAttribute("aria-invalid"), "true");
    await shift.fill("0,5");
    await editor.getByRole("button", { name: "Myöhennä" }).click();
    await editor.getByText("Kaikkia repliikkejä myöhennettiin 0,5 s.").waitFor();
    await editor.getByRole("button", { name: "Aikaista" }).click();
  }
  await page.waitForFunction(() => document.querySelector("[data-subtitle-editor] video").readyState >= 2, undefined, { timeout: 60_000 });
  // The second cue begins where the first ends.
  await editor.getByLabel("Repliikki 2, teksti").focus();
  await page.waitForFunction(() => [...document.querySelector("[data-subtitle-editor] video").textTracks].some((track) => track.activeCues?.length));
  const active = () => editor.locator("video").evaluate((video) => [...video.textTracks].flatMap((track) => [...(track.activeCues ?? [])]).map((cue) => cue.text));
  await page.waitForFunction(() => [...document.querySelector("[data-subtitle-editor] video").textTracks].some((track) => [...(track.activeCues ?? [])].some((cue) => cue.text.startsWith("Toinen"))));
  assert.deepEqual(await active(), ["Toinen repliikki tässä."]);
  await context.close();
});
