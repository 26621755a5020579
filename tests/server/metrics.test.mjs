// /metrics as the reference parser of Prometheus' own Python client reads it, and by Prometheus' naming rules.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { startServer } from "../browser/lib/server.mjs";

const run = promisify(execFile);
const program = `
import json, sys
from prometheus_client.parser import text_string_to_metric_families
families = text_string_to_metric_families(json.loads(sys.argv[1]))
print(json.dumps([[f.name, f.type, f.documentation, [[s.name, s.labels, s.value] for s in f.samples]] for f in families]))`;

let site;
let families;
before(async () => {
  site = await startServer({ withWorker: false });
  const paths = ["/", "/healthz", "/stories?q=koulu", "/nowhere/at/all", "/api/v1/stories", ...Array.from({ length: 30 }, (_, i) => `/stories/nosuchstory${i}`)];
  for (const path of paths) await (await fetch(site.url + path)).arrayBuffer();
  const text = await (await fetch(`${site.url}/metrics`)).text();
  // Debian's Python, which has prometheus_client.
  const { stdout } = await run("/usr/bin/python3", ["-c", program, JSON.stringify(text)], { maxBuffer: 64 << 20 });
  families = new Map(JSON.parse(stdout).map(([name, type, help, samples]) => [name, { type, help, samples }]));
});
after(() => site?.stop());

test("every figure has a type, an explanation and a name by the rules", () => {
  assert.ok(families.size > 25, `${families.size} families`);
  for (const [name, { type, help, samples }] of families) {
    assert.match(name, /^(tarina|process)(_[a-z]+)+$/);
    assert.match(type, /^(counter|gauge|histogram)$/, name);
    assert.ok(help.length > 0, name);
    if (type === "counter") for (const [sample] of samples) assert.ok(sample.endsWith("_total"), sample);
    assert.doesNotMatch(name, /_(ms|milliseconds|mb|kb)$/, "base units");
  }
});

test("every histogram adds up", () => {
  let histograms = 0;
  for (const [name, { type, samples }] of families) {
    if (type !== "histogram") continue;
    const series = new Map();
    for (const [sample, { le, ...labels }, value] of samples) {
      const key = JSON.stringify(labels);
      if (!series.has(key)) series.set(key, { buckets: [] });
      const one = series.get(key);
      if (sample === `${name}_bucket`) one.buckets.push([le === "+Inf" ? Infinity : Number(le), value]);
      else one[sample.slice(name.length + 1)] = value;
    }
    for (const { buckets, sum, count } of series.values()) {
      ++histograms;
      assert.ok(buckets.length > 5);
      for (let i = 1; i < buckets.length; ++i) assert.ok(buckets[i][0] > buckets[i - 1][0] && buckets[i][1] >= buckets[i - 1][1]);
      assert.deepEqual(buckets.at(-1), [Infinity, count]);
      assert.ok(sum >= 0 && count > 0);
    }
  }
  assert.ok(histograms >= 5, `${histograms} series`);
});

test("routes are patterns: however many addresses are asked for, the series stay as many", () => {
  const routes = new Map(families.get("tarina_requests").samples.map(([, { route, status }, value]) => [`${route} ${status}`, value]));
  assert.equal(routes.get("/stories/{id} 404"), 30);
  assert.equal(routes.get("none 404"), 1);
  assert.equal([...routes.keys()].filter((route) => route.includes("nosuchstory")).length, 0);
});

test("what an operator watches is there", () => {
  const value = (name) => families.get(name)?.samples[0]?.[2];
  for (const name of ["tarina_tasks", "tarina_tasks_longest_waiting_seconds", "tarina_connections_open", "tarina_search_stories", "tarina_search_building", "tarina_search_dictionary", "tarina_catalog_queue"])
    assert.equal(typeof value(name), "number", name);
  assert.ok(value("tarina_disk_free_bytes") <= value("tarina_disk_bytes"));
  assert.ok(value("process_open_fds") > 5 && value("process_open_fds") < value("process_max_fds"));
  assert.ok(value("process_resident_memory_bytes") > 1 << 20);
  assert.ok(Math.abs(Date.now() / 1000 - value("process_start_time_seconds")) < 600);
});
