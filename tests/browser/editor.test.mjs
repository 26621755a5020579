// The editor's way in a browser: sign in, describe, write subtitles beside the video, publish; much of it by keyboard.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { narrow, openBrowser, openContext, openContextAs, screenshot } from "./lib/browser.mjs";
import { clip } from "./lib/clips.mjs";
import { loadStory, Visitor } from "./lib/people.mjs";
import { root, startServer } from "./lib/server.mjs";

let server, browser, staff, story;
before(async () => {
  [server, browser] = await Promise.all([startServer(), openBrowser()]);
  staff = new Visitor(server.url);
  await staff.signIn(await server.admin());
  story = await loadStory(staff, { file: await clip({ seconds: 10 }), title: {}, fields: [], publish: false });
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const signedIn = (options) => openContextAs(browser, staff, options);

test("a person signs in by keyboard with a link, a password, and the password again", async () => {
  const context = await openContext(browser, server.url);
  const page = await context.newPage();
  await page.goto(await server.admin("kaisa@example.org", "Kaisa"));
  await page.getByLabel("Uusi salasana").focus();
  await page.keyboard.type("kolme lammasta aidan takana");
  await page.keyboard.press("Tab");
  await page.keyboard.type("kolme lammasta aidan takana");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/studio$/);
  await page.getByRole("button", { name: "Kirjaudu ulos" }).click();
  await page.waitForURL(/\/sign-in$/);
  await page.goto(`${server.url}/studio/invites`);
  await page.getByText("Kirjaudu ensin sisään").waitFor();
  await page.getByLabel("Sähköposti").fill("kaisa@example.org");
  await page.getByLabel("Salasana").fill("ihan väärä salasana");
  await page.keyboard.press("Enter");
  await page.getByText("Sähköposti tai salasana on väärin").waitFor();
  await page.getByLabel("Salasana").fill("kolme lammasta aidan takana");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/studio\/invites$/);
  const cookies = await context.cookies();
  assert.ok(cookies.find((one) => one.name === "session")?.httpOnly);
  await context.close();
});

test("an editor describes, subtitles beside the video and publishes what the gate asked for", async () => {
  const context = await signedIn();
  const page = await context.newPage();
  await page.goto(`${server.url}/studio/stories/${story.id}`);
  const gate = page.locator("#gate");
  await gate.getByText("Otsikko puuttuu").waitFor();
  await gate.getByText("Koulutusala puuttuu").waitFor();
  assert.equal(await page.getByRole("button", { name: "Julkaise" }).isDisabled(), true);

  // Tabs of languages by arrow keys; the Swedish title stands in its own tab.
  await page.getByRole("tab", { name: "Suomi" }).focus();
  await page.keyboard.press("ArrowRight");
  await page.getByRole("tabpanel", { name: "Ruotsi" }).getByLabel("Rubrik").or(page.locator("#title-sv")).first().fill("Vårdaren");
  await page.getByRole("tab", { name: "Ruotsi" }).focus();
  await page.keyboard.press("ArrowLeft");
  await page.locator("#title-fi").fill("Hoitaja kotona");
  await page.getByLabel("Tärkein koulutusala").selectOption("091");
  await page.getByLabel("Ammatti", { exact: true }).fill("Lähihoitaja");
  await page.getByLabel("Avainsanat").fill("kotihoito, oppisopimus");
  await page.getByRole("button", { name: "Tallenna tiedot" }).click();
  await page.getByText("Tiedot on tallennettu.").waitFor();
  assert.equal(await page.locator("#title-sv").inputValue(), "Vårdaren");
  assert.equal(await gate.getByText("Otsikko puuttuu").count(), 0);

  // The editor: add a cue where the video stands, type, set its end, save; all from the keyboard.
  await page.goto(`${server.url}/studio/stories/${story.id}/subtitles/fi-captions`);
  const editor = page.locator("[data-subtitle-editor][data-ready]");
  await editor.waitFor();
  const video = editor.locator("video");
  await page.waitForFunction(() => document.querySelector("[data-subtitle-editor] video").readyState >= 2, undefined, { timeout: 60_000 });
  const at = async (seconds) => {
    await video.evaluate((element, to) => (element.currentTime = to), seconds);
    await page.waitForFunction((to) => Math.abs(document.querySelector("[data-subtitle-editor] video").currentTime - to) < 0.05, seconds);
  };
  await at(1);
  await editor.getByRole("button", { name: "Lisää tähän" }).focus();
  await page.keyboard.press("Alt+Enter");
  await page.keyboard.type("Hei, minä olen Aino ja tämä on todella pitkä rivi josta huomautetaan");
  await editor.getByText(/merkkiä, enintään 37/).waitFor();
  await page.keyboard.press("Control+a");
  await page.keyboard.type("Hei, minä olen Aino.");
  await at(3.5);
  await page.keyboard.press("Alt+KeyO");
  await at(4);
  await page.keyboard.press("Alt+Enter");
  await page.keyboard.type("Valmistuin lähihoitajaksi.");
  assert.equal(await editor.locator(".cue").count(), 2);
  assert.equal(await editor.getByLabel("Repliikki 1, loppu").inputValue(), "00:03,500");

  // Everything earlier and back again; a direction is a button, not a sign.
  await editor.getByLabel("Siirrä koko tekstitystä, sekuntia").fill("0,5");
  await editor.getByRole("button", { name: "Aikaista" }).click();
  await editor.getByText("Kaikkia repliikkejä aikaistettiin 0,5 s.").waitFor();
  assert.equal(await editor.getByLabel("Repliikki 1, loppu").inputValue(), "00:03,000");
  await editor.getByRole("button", { name: "Myöhennä" }).click();
  assert.equal(await editor.getByLabel("Repliikki 1, loppu").inputValue(), "00:03,500");
  await editor.getByText("2 repliikkiä, 0 huomautusta").waitFor();

  // Merge and undo, by keyboard.
  await editor.getByLabel("Repliikki 1, teksti").focus();
  await page.keyboard.press("Alt+KeyM");
  assert.equal(await editor.locator(".cue").count(), 1);
  await page.keyboard.press("Alt+KeyZ");
  assert.equal(await editor.locator(".cue").count(), 2);

  // The cue is on the picture while it is being edited.
  const shown = await video.evaluate((element) => [...element.textTracks].flatMap((track) => [...track.cues]).map((cue) => cue.text));
  assert.deepEqual(shown, ["Hei, minä olen Aino.", "Valmistuin lähihoitajaksi."]);
  await screenshot(page, "subtitle-editor-wide-light", false);

  // Unsaved words survive the tab.
  await page.getByText("Tallessa tällä laitteella").waitFor();
  page.on("dialog", (dialog) => dialog.accept());
  await page.reload();
  await page.getByText("Tällä laitteella on kesken jäänyt teksti").waitFor();
  await page.getByRole("button", { name: "Ota kesken jäänyt teksti" }).click();
  assert.equal(await editor.locator(".cue").count(), 2);
  await page.getByLabel("Olen tarkistanut tekstityksen").first().check();
  await editor.getByLabel("Repliikki 2, teksti").focus();
  await page.keyboard.press("Control+s");
  await page.getByText("Tallennettu ja merkitty tarkistetuksi").waitFor();

  // Somebody else saves meanwhile: nothing is lost, and the editor chooses.
  const track = `/studio/stories/${story.id}/subtitles/fi-captions`;
  const theirs = await staff.send("GET", track);
  const revision = /name="revision" value="(\d+)"/.exec(theirs.text)[1];
  await staff.send("POST", track, { form: { revision, checked: "yes", vtt: "WEBVTT\n\n00:01.000 --> 00:03.000\nToisen versio\n" } });
  await editor.getByLabel("Repliikki 2, teksti").fill("Minun versioni, valmistuin lähihoitajaksi.");
  await page.keyboard.press("Control+s");
  await page.getByText("Joku muu tallensi tekstityksen ennen sinua").first().waitFor();
  assert.equal(await editor.getByLabel("Repliikki 2, teksti").inputValue(), "Minun versioni, valmistuin lähihoitajaksi.");
  await page.getByRole("button", { name: "Tallenna minun versioni" }).click();
  await page.getByText("Tallennettu ja merkitty tarkistetuksi").waitFor();

  await page.goto(`${server.url}/studio/stories/${story.id}`);
  await gate.getByText("Kaikki on kunnossa").waitFor();
  await page.getByRole("button", { name: "Julkaise" }).focus();
  await page.keyboard.press("Enter");
  await page.getByText("Tarina on julkaistu.").first().waitFor();
  const visitor = await openContext(browser, server.url);
  const outside = await visitor.newPage();
  assert.equal((await outside.goto(`${server.url}/stories/${story.id}`)).status(), 200);
  await outside.getByText("valmistuin lähihoitajaksi").first().waitFor();
  await visitor.close();

  await page.goto(`${server.url}/studio/stories/${story.id}`);
  await page.getByRole("button", { name: "Palauta tarkistettavaksi" }).click();
  await page.getByText("Se ei näy julkisesti").waitFor();
  assert.equal((await context.request.get(`${server.url}/stories/${story.id}`)).status(), 404);
  assert.deepEqual(context.strangers, []);
  await context.close();
});

test("the editor goes from shot to shot and lets cues begin and end with the picture", async () => {
  const film = await loadStory(staff, { file: join(root, "tests/fixtures/video/shots.mp4"), title: { fi: "Monta kuvaa" }, fields: [], publish: false });
  const context = await signedIn();
  const page = await context.newPage();
  await page.goto(`${server.url}/studio/stories/${film.id}/subtitles/fi-captions`);
  const editor = page.locator("[data-subtitle-editor][data-ready]");
  await editor.waitFor();
  const standsAt = (ms) => page.waitForFunction((to) => {
    const video = document.querySelector("[data-subtitle-editor] video");
    return video.readyState >= 2 && !video.seeking && Math.abs(video.currentTime * 1000 - to) < 2;
  }, ms);
  const at = async (ms) => {
    await editor.locator("video").evaluate((video, to) => (video.currentTime = to / 1000), ms);
    await standsAt(ms);
  };
  await page.waitForFunction(() => document.querySelector("[data-subtitle-editor] video").readyState >= 2, undefined, { timeout: 60_000 });
  await editor.getByRole("button", { name: "Lisää tähän" }).focus();
  for (const shot of [2000, 4800, 7920, 14_000, 16_000]) {
    await page.keyboard.press("Alt+KeyK");
    await standsAt(shot + 1);
  }
  await page.keyboard.press("Alt+KeyK");
  await editor.getByText("Kuva ei enää vaihdu tämän jälkeen.").waitFor();

  await at(2180); // a reaction's time late
  await page.keyboard.press("Alt+Enter");
  await editor.getByText("Alku kohdistettiin kuvanvaihtoon.").waitFor();
  await page.keyboard.type("Aloitin työt keittiössä.");
  await at(4700);
  await page.keyboard.press("Alt+KeyO");
  await editor.getByText("Loppu kohdistettiin kuvanvaihtoon.").waitFor();
  const edges = async () => [await editor.getByLabel("Repliikki 1, alku").inputValue(), await editor.getByLabel("Repliikki 1, loppu").inputValue()];
  assert.deepEqual(await edges(), ["00:02,000", "00:04,800"]);
  await screenshot(page, "subtitle-editor-shots", false);

  await editor.getByLabel(/Kohdista alku ja loppu kuvanvaihtoon/).uncheck();
  await editor.getByLabel("Repliikki 1, teksti").focus();
  await at(4700);
  await page.keyboard.press("Alt+KeyO");
  await page.waitForFunction(() => [...document.querySelectorAll("[data-subtitle-editor] .cue input")].some((field) => field.value === "00:04,700"));
  assert.deepEqual(await edges(), ["00:02,000", "00:04,700"]);
  await page.setViewportSize(narrow);
  await screenshot(page, "subtitle-editor-shots-narrow");
  assert.deepEqual(context.complaints, []);
  await context.close();
});

test("two editors on one story: the second save is refused, keeps every word, and shows what differs", async () => {
  const context = await signedIn();
  const first = await context.newPage();
  const second = await context.newPage();
  const address = `${server.url}/studio/stories/${story.id}`;
  await first.goto(address);
  await second.goto(address);
  await first.locator("#summary-fi").fill("Ensimmäisen tiivistelmä");
  await first.getByRole("button", { name: "Tallenna tiedot" }).click();
  await first.getByText("Tiedot on tallennettu.").waitFor();
  await second.locator("#summary-fi").fill("Toisen tiivistelmä");
  await second.getByRole("button", { name: "Tallenna tiedot" }).click();
  await second.getByText("Joku muu tallensi tiedot ennen sinua").waitFor();
  assert.equal(await second.locator("#summary-fi").inputValue(), "Toisen tiivistelmä");
  await second.getByText("Ensimmäisen tiivistelmä").waitFor();
  await second.getByRole("button", { name: "Tallenna tiedot" }).click();
  await second.getByText("Tiedot on tallennettu.").waitFor();
  await context.close();
});

test("words typed while a save is on its way stay unsaved, and a draft on offer is not written over", async () => {
  const context = await signedIn();
  const page = await context.newPage();
  page.on("dialog", (dialog) => dialog.accept());
  const address = `/studio/stories/${story.id}/subtitles/fi-captions`;
  const editor = page.locator("[data-subtitle-editor][data-ready]");
  const words = editor.getByLabel("Repliikki 1, teksti");
  const revision = async () => /name="revision" value="(\d+)"/.exec((await staff.send("GET", address)).text)[1];
  const saveTheirs = async (text) => staff.send("POST", address, { form: { revision: await revision(), vtt: `WEBVTT\n\n00:01.000 --> 00:03.000\n${text}\n` } });
  const drafts = () => page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("tarina-subtitles/")).map((key) => JSON.parse(localStorage.getItem(key)).cues[0].text).sort());
  await saveTheirs("Alku");
  await page.goto(server.url + address);
  await editor.waitFor();

  let release;
  const held = new Promise((resolve) => (release = resolve));
  await page.route("**/api/v1/**", async (route) => {
    if (route.request().method() === "PUT") await held;
    await route.continue();
  });
  await words.fill("Lähetetty");
  const sent = page.waitForRequest((request) => request.method() === "PUT");
  await page.keyboard.press("Control+s");
  await sent;
  await words.fill("Lähetetty ja jatkettu");
  const answered = page.waitForResponse((response) => response.request().method() === "PUT");
  release();
  assert.equal((await answered).status(), 200);
  await page.getByText("Tallessa tällä laitteella").waitFor();
  assert.deepEqual(await drafts(), ["Lähetetty ja jatkettu"]);

  // The draft is offered again; typing before answering keeps both.
  await page.reload();
  await page.getByText("Tällä laitteella on kesken jäänyt teksti").waitFor();
  assert.equal(await words.inputValue(), "Lähetetty");
  await words.fill("Uusi alku");
  await page.getByText("Tallessa tällä laitteella").waitFor();
  assert.deepEqual(await drafts(), ["Lähetetty ja jatkettu", "Uusi alku"]);

  // A draft older than somebody else's save is not saved over it, however often Ctrl+S is pressed.
  await saveTheirs("Toisen teksti");
  await page.reload();
  const offer = page.locator("[data-part=draft]");
  await offer.getByRole("button", { name: "Ota kesken jäänyt teksti" }).click();
  assert.equal(await words.inputValue(), "Uusi alku");
  await offer.getByRole("button", { name: "Ota kesken jäänyt teksti" }).click();
  assert.equal(await words.inputValue(), "Lähetetty ja jatkettu");
  for (let time = 0; time < 2; time += 1) {
    await words.focus();
    const refused = page.waitForResponse((response) => response.request().method() === "PUT");
    await page.keyboard.press("Control+s");
    assert.equal((await refused).status(), 409);
    await page.waitForFunction(() => document.activeElement?.dataset.part === "conflict");
  }
  assert.match((await staff.send("GET", address)).text, /Toisen teksti/);
  await page.getByRole("button", { name: "Tallenna minun versioni" }).click();
  await page.locator("[data-part=state]", { hasText: "Tallennettu" }).waitFor();
  assert.match((await staff.send("GET", address)).text, /Lähetetty ja jatkettu/);
  assert.deepEqual(await drafts(), []);
  await context.close();
});

test("a video sent to a story published meanwhile stops at once and says why", async () => {
  const context = await signedIn();
  const page = await context.newPage();
  let tries = 0;
  await page.route("**/api/v1/uploads", (route) => {
    tries += 1;
    return route.fulfill({ status: 409, contentType: "application/problem+json", body: JSON.stringify({ type: "urn:tarina:problem:upload.story_published", status: 409, key: "upload.story_published" }) });
  });
  await page.goto(`${server.url}/studio/stories/${story.id}`);
  await page.locator("details:has([data-upload]) > summary").click();
  await page.locator("[data-upload-file]").setInputFiles(await clip({ seconds: 10 }));
  await page.locator("[data-upload-send]").click();
  await page.getByText("Tarina on julkaistu, joten videota ei voi nyt vaihtaa.").waitFor();
  assert.equal(tries, 1);
  await context.close();
});

test("without script the same forms work: details, subtitles as text, publishing", async () => {
  const context = await signedIn({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${server.url}/studio/stories/${story.id}`);
  await page.locator("#title-en").fill("The nurse at home");
  await page.getByRole("button", { name: "Tallenna tiedot" }).click();
  await page.getByText("Tiedot on tallennettu.").waitFor();
  await page.goto(`${server.url}/studio/stories/${story.id}/subtitles/fi-captions`);
  await page.locator("#as-text summary").first().click();
  await page.locator("#vtt").fill("WEBVTT\n\n00:01.000 --> 00:03.000\nTekstinä tehty\n");
  await page.locator("#as-text").getByLabel("Olen tarkistanut").check();
  await page.locator("#as-text").getByRole("button", { name: "Tallenna tekstitys" }).click();
  await page.getByText("Tekstitys on tallennettu.").waitFor();
  assert.match(await page.locator("#vtt").inputValue(), /Tekstinä tehty/);
  await page.locator("#versions").getByText("nykyinen").waitFor();
  await context.close();
});
