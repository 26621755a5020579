// Tests' people: the forms of the site, sent as browsers send them, up to a published story.
import { readFile } from "node:fs/promises";
import { Visitor, addSubtitles, createUpload, detailsForm, find, invitation, sendUpload, stateOf } from "../../../deploy/samples/visitor.mjs";

export { Visitor, invitation };

/** An administrator who has signed in; any who was before is signed out. */
export async function signedIn(server) {
  const staff = new Visitor(server.url);
  await staff.signIn(await server.admin());
  return staff;
}

/** A new story's personal link, by the way an alumnus gets one; gives its token. `staff` invites, else somebody who signs in for it. */
export async function personalLink(server, staff) {
  staff ??= await signedIn(server);
  const invite = await invitation(staff, { institution: "osao", teller: "Aino", language: "fi" });
  const agreed = await new Visitor(server.url).send("POST", `/invite/${invite}`, { form: [["show_name", "no"], ["age", "yes"], ["use", "watch"]] });
  return find(agreed.location, /\/mine\/([a-z0-9]{32,})/, "personal page");
}

/** tus 1.0.0 upload of a whole file for a story's own page. */
export async function upload(visitor, mine, bytes, filename = "video.mp4") {
  const address = await createUpload(visitor, mine, bytes.length, filename);
  await sendUpload(visitor, address, bytes, bytes.length);
  return address;
}

/** Waits until workers are done; throws with the plain sentence when they failed. */
export async function untilReady(visitor, mine) {
  for (;;) {
    const state = await stateOf(visitor, mine);
    if (state.phase === "ready") return state;
    if (state.phase === "failed" || state.phase === "withdrawn") throw new Error(state.sentence ?? state.phase);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/**
 * The whole way of one story. `story`: {file, teller, institution, unit, uses, title: {fi, sv, en}, summary, description,
 * fields, qualification, occupation, year, tags, spoken, subtitles: [{language, kind, text}], publish}; `send` and `wait`
 * stand in for upload and untilReady where a test disturbs them.
 * Gives {id, mine, invite}.
 */
export async function loadStory(staff, story) {
  const visitor = new Visitor(staff.base);
  const given = { teller: "Aino", institution: "osao", uses: ["watch", "class_download", "embed", "feeds"], fields: ["09"], tags: [], spoken: "fi", publish: true, ...story };
  const invite = await invitation(staff, { institution: given.institution, unit: given.unit ?? "", teller: given.teller, language: given.spoken });
  const agreed = await visitor.send("POST", `/invite/${invite}`, { form: [["show_name", given.teller ? "yes" : "no"], ["shown_name", given.teller], ["age", "yes"], ...given.uses.map((use) => ["use", use])] });
  const mine = find(agreed.location, /\/mine\/([a-z0-9]{32,})/, "personal page");
  const id = find((await visitor.send("GET", `/mine/${mine}`)).text, /data-scope="([a-z0-9]+)"/, "story");
  await (given.send ?? upload)(visitor, mine, await readFile(given.file));

  const address = `/studio/stories/${id}`;
  const revision = find((await staff.send("GET", address)).text, /name="revision" value="(\d+)"/, "revision");
  await staff.send("POST", address, { form: detailsForm(given, revision) });
  for (const track of given.subtitles ?? []) await addSubtitles(staff, id, track);
  await (given.wait ?? untilReady)(visitor, mine);
  if (given.publish) await staff.send("POST", `${address}/publish`, { form: {} });
  return { id, mine, invite };
}
