// The crawler that the other fault tests rely on sees what it is there to see.
import assert from "node:assert/strict";
import http from "node:http";
import { after, before, test } from "node:test";
import { Crawler } from "./lib/crawler.mjs";

const whole = {
  "/stories/a": "<video src=/stream/key/main.m3u8>",
  "/stream/key/main.m3u8": "#EXTM3U\nv360/index.m3u8\n",
  "/stream/key/main.mpd": "<MPD/>",
  "/stream/key/v360/index.m3u8": '#EXTM3U\n#EXT-X-MAP:URI="init.mp4"\n00001.m4s\n#EXT-X-ENDLIST\n',
  "/stream/key/v360/init.mp4": "init",
  "/stream/key/v360/00001.m4s": "segment",
};
let site, files, cut;
before(async () => {
  site = http.createServer((request, response) => {
    const text = files[request.url];
    response.writeHead(text === undefined ? 404 : 200, { "content-length": text?.length ?? 0 });
    if (request.url !== cut) return response.end(text);
    response.write(text.slice(0, 3), () => response.destroy());
  });
  await new Promise((resolve) => site.listen(0, "127.0.0.1", resolve));
});
after(() => site.close());

/** What it finds in a second round over a site that was whole in the first. */
async function findings(change, breaks = "") {
  files = { ...whole };
  cut = "";
  const crawler = new Crawler({ url: `http://127.0.0.1:${site.address().port}` });
  crawler.add("a");
  await crawler.round();
  assert.deepEqual(crawler.findings, []);
  assert.equal(crawler.figures.requests, 6);
  files = { ...whole, ...change };
  cut = breaks;
  await crawler.round();
  const found = crawler.findings.join("\n");
  await crawler.stop();
  return found;
}

for (const [what, change, breaks, words] of [
  ["a segment that is missing", { "/stream/key/v360/00001.m4s": undefined }, "", /00001\.m4s is answered with 404/],
  ["an answer that ends too soon", {}, "/stream/key/v360/00001.m4s", /00001\.m4s broke off/],
  ["a segment that changed", { "/stream/key/v360/00001.m4s": "other bytes" }, "", /00001\.m4s changed from 7 to 11 bytes/],
  ["a playlist without its end", { "/stream/key/v360/index.m3u8": "#EXTM3U\n" }, "", /index\.m3u8 is not whole/],
  ["a manifest that is empty", { "/stream/key/main.mpd": "" }, "", /main\.mpd is empty/],
  ["a page without its stream", { "/stories/a": "<p>" }, "", /names no stream/],
])
  test(`${what} is found`, async () => assert.match(await findings(change, breaks), words));

test("a death of the server excuses what broke off, and the same is asked again", async () => {
  files = { ...whole };
  cut = "/stream/key/main.mpd";
  const server = {
    url: `http://127.0.0.1:${site.address().port}`,
    moment: () => ({}),
    excuses: () => cut !== "",
    up: async () => (cut = ""),
  };
  const crawler = new Crawler(server);
  crawler.add("a");
  await crawler.round();
  await crawler.stop();
  assert.deepEqual(crawler.findings, []);
  assert.equal(crawler.figures.broken_off, 1);
  assert.equal(crawler.figures.requests, 6);
});
