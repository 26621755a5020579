// What an upload does when the server refuses: go on later, or stop with a sentence that exists in every language.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { before, test } from "node:test";
import { root } from "./lib/server.mjs";

const web = join(root, "web");
let trouble;
before(async () => {
  const esbuild = createRequire(join(web, "package.json"))("esbuild");
  const built = await esbuild.build({ entryPoints: [join(web, "src/lib/upload_trouble.ts")], bundle: true, format: "esm", write: false });
  trouble = await import(`data:text/javascript;base64,${Buffer.from(built.outputFiles[0].text).toString("base64")}`);
});

const refused = (status, body = "") => Object.assign(new Error("refused"), { originalResponse: { getStatus: () => status, getBody: () => body } });
const problem = (status, key) => refused(status, JSON.stringify({ type: `urn:tarina:problem:${key}`, status, key }));

test("a conflict about the offset is waited out; a published story stops the upload", () => {
  for (const error of [new Error("no answer"), refused(503), refused(423), refused(409), refused(409, "<html>"), problem(409, "upload.offset_differs"), problem(409, "upload.interrupted")]) assert.ok(trouble.is_passing(error));
  for (const error of [refused(404), refused(413), refused(507), problem(409, "upload.story_published"), problem(409, "invite.not_accepted")]) assert.ok(!trouble.is_passing(error));
  assert.equal(trouble.failure_key(problem(409, "upload.story_published")), "story_published");
});

test("every reason to stop has its sentence in all three languages", async () => {
  const reasons = [refused(404), refused(413), refused(415), refused(507), problem(409, "upload.story_published"), problem(409, "invite.not_accepted"), refused(400)];
  for (const language of ["fi", "sv", "en"]) {
    const words = JSON.parse(await readFile(join(web, `i18n/studio.${language}.json`), "utf8"));
    for (const reason of reasons) assert.ok(words[`uploadscript.failed_${trouble.failure_key(reason)}`], `${language}: ${trouble.failure_key(reason)}`);
  }
});
