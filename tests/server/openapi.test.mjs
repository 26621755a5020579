// The description of /api/v1 against a checker that we did not write, the server's answers, and its routes.
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { root } from "../browser/lib/server.mjs";
import { siteWithStories } from "../browser/lib/site.mjs";

const require = createRequire(join(root, "web/package.json"));
const load = async (name) => import(pathToFileURL(require.resolve(name)));

let site;
let description;
let ajv;
before(async () => {
  site = await siteWithStories();
  description = await (await fetch(`${site.server.url}/api/v1/openapi.json`)).json();
  const Ajv = require("ajv/dist/2020");
  ajv = new Ajv({ strict: false, allErrors: true });
  require("ajv-formats")(ajv);
  ajv.addSchema(description, "openapi");
});
after(() => site?.server.stop());

/** Where in the description something stands, as a JSON pointer that ajv follows. */
const pointer = (...parts) => `openapi#/${parts.map((part) => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"))).join("/")}`;
const resolved = (thing) => (thing.$ref ? thing.$ref.slice(2).split("/").reduce((at, part) => at[part], description) : thing);

/** An answer must be one that its path tells of, in media type and, for JSON, in every field. */
async function check(path, address) {
  const answer = await fetch(new URL(address, site.server.url));
  const known = description.paths[path].get.responses[answer.status];
  assert.ok(known, `${address} answers ${answer.status}, which is not described`);
  const type = answer.headers.get("content-type").split(";")[0];
  const content = resolved(known).content;
  assert.ok(content?.[type], `${address} answers ${answer.status} as ${type}, which is not described`);
  const text = await answer.text();
  if (type.endsWith("json")) {
    const where = known.$ref ? ["components", "responses", known.$ref.split("/").at(-1)] : ["paths", path, "get", "responses", String(answer.status)];
    const validate = ajv.getSchema(pointer(...where, "content", type, "schema"));
    assert.ok(validate(JSON.parse(text)), `${address}: ${JSON.stringify(validate.errors?.slice(0, 5))} ${text.slice(0, 300)}`);
  }
  return { status: answer.status, text };
}

/** A lesson list made, added to and changed by bodies that fit the description. */
async function makeList(story) {
  const send = async (method, path, schema, body, token) => {
    const fits = ajv.getSchema(pointer("components", "schemas", schema));
    assert.ok(fits(body), JSON.stringify(fits.errors));
    const answer = await fetch(new URL(path, site.server.url), { method, headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) }, body: JSON.stringify(body) });
    const template = path.replace(/lists\/[a-z0-9]+/, "lists/{id}");
    const text = await answer.text();
    const known = ajv.getSchema(pointer("paths", template, method.toLowerCase(), "responses", String(answer.status), "content", "application/json", "schema"));
    assert.ok(known?.(JSON.parse(text)), `${method} ${path} answers ${answer.status} ${text}`);
    return JSON.parse(text);
  };
  const item = { story, start_ms: 1000, end_ms: 3000, note: "Katsotaan yhdessä.", question: "Mitä kuulit?" };
  const { id, edit_token: token } = await send("POST", "/api/v1/lists", "ListContents", { title: "Tunti", language: "fi", items: [item] });
  await send("POST", `/api/v1/lists/${id}/items`, "ListItem", { story }, token);
  const { revision, items } = await (await fetch(new URL(`/api/v1/lists/${id}`, site.server.url))).json();
  await send("PUT", `/api/v1/lists/${id}`, "ListChange", { title: "Tunti 2", revision, items: items.map(({ id: own }) => ({ id: own, story })) }, token);
  return id;
}

test("the description is OpenAPI 3.1 to a validator that we did not write", async () => {
  const { Validator } = await load("@seriousme/openapi-schema-validator");
  const validator = new Validator();
  const { valid, errors } = await validator.validate(structuredClone(description));
  assert.deepEqual(errors ?? [], []);
  assert.ok(valid);
  assert.equal(validator.version, "3.1");
  const broken = structuredClone(description);
  broken.paths["/api/v1/stories"].get.responses = { "200": { content: {} } };
  assert.equal((await new Validator().validate(broken)).valid, false, "the checker sees a response without a description");
});

test("every described GET answers as described", async () => {
  const { landscape, portrait } = site.stories;
  const list = await makeList(landscape.id);
  const asked = {
    "/api/v1/stories": ["/api/v1/stories", "/api/v1/stories?q=kotihoito&lang=sv", "/api/v1/stories?q=lahihoitaj", "/api/v1/stories?field=07&field=09&sort=longest&limit=1&captions=fi", "/api/v1/stories?cursor=broken"],
    "/api/v1/stories/{id}": [`/api/v1/stories/${landscape.id}`, `/api/v1/stories/${portrait.id}?lang=en`, "/api/v1/stories/aaaaaaaaaa"],
    "/api/v1/stories/{id}/moments": [`/api/v1/stories/${landscape.id}/moments?q=hoitaja`, `/api/v1/stories/${landscape.id}/moments`, "/api/v1/stories/aaaaaaaaaa/moments?q=hoitaja"],
    "/api/v1/suggestions": ["/api/v1/suggestions?q=hoita", "/api/v1/suggestions?q=v%C3%A5rd&lang=sv&limit=20", "/api/v1/suggestions"],
    "/api/v1/lists/{id}": [`/api/v1/lists/${list}`, "/api/v1/lists/aaaaaaaaaa"],
    "/api/v1/stories/{id}/subtitles/{file}": ["vtt", "srt", "txt", "pdf"].map((end) => `/api/v1/stories/${landscape.id}/subtitles/fi-captions.${end}`),
    "/stories.csv": ["/stories.csv", "/stories.csv?q=hitsaaja"],
    "/stories.json": ["/stories.json", "/stories.json?institution=luovi&lang=sv"],
    "/feeds/stories.rss": ["/feeds/stories.rss"],
    "/oembed": [`/oembed?url=${encodeURIComponent(`${site.server.url}/stories/${landscape.id}`)}`, `/oembed?format=xml&url=${encodeURIComponent(`${site.server.url}/embed/${landscape.id}`)}`, "/oembed?url=https://example.org/"],
    "/api/v1/openapi.json": ["/api/v1/openapi.json"],
  };
  assert.deepEqual(Object.entries(description.paths).filter(([, path]) => path.get).map(([path]) => path).sort(), Object.keys(asked).sort());
  for (const [path, addresses] of Object.entries(asked)) {
    const statuses = [];
    for (const address of addresses) statuses.push((await check(path, address)).status);
    assert.ok(statuses.includes(200), path);
  }
});

test("each described filter narrows", async () => {
  const nothing = { q: "xyzzyqwerty", field: "zz", institution: "zz", unit: "zz", language: "zz", tag: "zz", captions: "zz", length: "zz", year: "zz", plain: "1" };
  for (const [name, value] of Object.entries(nothing)) {
    assert.ok(description.paths["/api/v1/stories"].get.parameters.some((one) => resolved(one).name === name), name);
    const answer = await (await fetch(`${site.server.url}/api/v1/stories?${name}=${value}`)).json();
    assert.equal(answer.total, 0, name);
  }
});

test("every route of /api/v1 is described, but for those of workers and of the studio's own pages", async () => {
  const routes = new Set();
  for (const folder of ["api", "interop", "pages"])
    for (const name of await readdir(join(root, "server", folder))) {
      if (!name.endsWith(".cpp")) continue;
      const source = await readFile(join(root, "server", folder, name), "utf8");
      for (const [, path] of source.matchAll(/\badd\([\w:]+, "(\/api\/v1\/[^"]+)"/g)) routes.add(path);
      // What both upload protocols share stands under a name: upload_steps.hpp.
      for (const [, rest] of source.matchAll(/\badd\([\w:]+, (?:std::string\()?uploads_path(?:\) \+ "([^"]+)")?/g)) routes.add(`/api/v1/uploads${rest ?? ""}`);
    }
  const open = [...routes].filter((path) => !/^\/api\/v1\/(worker|studio)\//.test(path));
  assert.ok(open.length > 4);
  for (const path of open) assert.ok(description.paths[path], path);
  for (const path of Object.keys(description.paths).filter((path) => path.startsWith("/api/v1/"))) assert.ok(routes.has(path), `${path} is described, but there is no such route`);
});
