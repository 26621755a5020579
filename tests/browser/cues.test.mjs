// The subtitle editor's values without a page: the list with its undo, the reading rules, times, and kept drafts.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { before, test } from "node:test";
import { root } from "./lib/server.mjs";

const web = join(root, "web");
let cues;
before(async () => {
  const esbuild = createRequire(join(web, "package.json"))("esbuild");
  const entry = `export * from "./src/lib/cue_list"; export * from "./src/lib/reading_rules"; export * from "./src/lib/timecode"; export * from "./src/lib/subtitle_draft"; export * from "./src/lib/shot_changes";`;
  const built = await esbuild.build({ stdin: { contents: entry, resolveDir: web, loader: "ts" }, bundle: true, format: "esm", write: false });
  cues = await import(`data:text/javascript;base64,${Buffer.from(built.outputFiles[0].text).toString("base64")}`);
});

const cue = (start_ms, end_ms, text) => ({ start_ms, end_ms, text, speaker: "", settings: "" });
const plain = (list) => list.plain().map(({ start_ms, end_ms, text }) => [start_ms, end_ms, text]);
const rules = (one, next) => cues.check_cue({ id: 1, ...one }, next && { id: 2, ...next }).map((remark) => remark.rule);

test("times are read as people write them and written back the same", () => {
  for (const [text, ms] of [["0", 0], ["83,5", 83500], ["1:23", 83000], ["01:23,4", 83400], ["1:01:23.456", 3683456], [" 00:02,050 ", 2050]]) assert.equal(cues.parse_timecode(text), ms, text);
  for (const text of ["", "a", "1:60", "1:60:00", "1,2345", "-1", "1:2:3:4"]) assert.equal(cues.parse_timecode(text), null, text);
  for (const ms of [0, 1, 999, 1000, 59999, 60000, 3599999, 3600000, 86399999]) assert.equal(cues.parse_timecode(cues.format_timecode(ms)), ms);
});

test("the Finnish reading rules are met exactly at their limits and broken one step past them", () => {
  const fine = "a".repeat(37);
  assert.deepEqual(rules(cue(0, 5000, `${fine}\n${fine}`)), []); // 75 characters in 5 s are 15 a second
  assert.deepEqual(rules(cue(0, 4900, `${fine}\n${fine}`)), ["speed"]);
  assert.deepEqual(rules(cue(0, 5000, `${fine}a`)), ["line_length"]);
  assert.deepEqual(rules(cue(0, 5000, "a\nb\nc")), ["lines"]);
  assert.deepEqual(rules(cue(0, 1800, "Hei.")), []);
  assert.deepEqual(rules(cue(0, 1799, "Hei.")), ["short"]);
  assert.deepEqual(rules(cue(0, 7000, "Hei.")), []);
  assert.deepEqual(rules(cue(0, 7001, "Hei.")), ["long"]);
  assert.deepEqual(rules(cue(0, 2000, " \n ")), ["empty"]);
  assert.deepEqual(rules(cue(2000, 2000, "Hei.")), ["order"]);
  assert.deepEqual(rules(cue(0, 2000, "Hei."), cue(1999, 4000, "a")), ["overlap"]);
  assert.deepEqual(rules(cue(0, 2000, "Hei."), cue(2000, 4000, "a")), []);
  assert.deepEqual(rules(cue(0, 2000, "Hei."), cue(2079, 4000, "a")), ["gap"]);
  assert.deepEqual(rules(cue(0, 2000, "Hei."), cue(2080, 4000, "a")), []);
  assert.equal(cues.readable_length("äö\n  å"), 4);
});

test("cues are added without running into the next, split at the caret, merged and shifted", () => {
  const list = new cues.CueList([cue(1000, 3000, "Hei kaikille tässä"), cue(5000, 7000, "Toinen")]);
  const id = list.add(4000, "Väliin");
  assert.deepEqual(plain(list)[1], [4000, 5000, "Väliin"]);
  list.remove(id);
  const first = list.cues[0].id;
  const second = list.split(first, 4, 2000);
  assert.deepEqual(plain(list).slice(0, 2), [[1000, 2000, "Hei"], [2000, 3000, "kaikille tässä"]]);
  assert.equal(list.cues[1].id, second);
  assert.ok(list.merge(first));
  assert.deepEqual(plain(list)[0], [1000, 3000, "Hei\nkaikille tässä"]);
  assert.equal(list.merge(list.cues[1].id), false);
  list.shift(-1500);
  assert.deepEqual(plain(list).map(([start, end]) => [start, end]), [[0, 1500], [3500, 5500]]);
  list.edit(list.cues[1].id, { start_ms: 0, end_ms: 100 });
  assert.equal(plain(list)[0][2], "Toinen"); // kept in the order of time
});

test("undo goes back step by step, typing in one field being one step, and redo forward again", () => {
  const list = new cues.CueList([cue(0, 2000, "")]);
  const { id } = list.cues[0];
  for (const text of ["H", "He", "Hei"]) list.edit(id, { text });
  list.end_edit();
  list.edit(id, { text: "Hei!" });
  list.add(3000, "Uusi");
  const states = [plain(list)];
  while (list.undo()) states.push(plain(list));
  assert.deepEqual(states.map((state) => state.map((one) => one[2])), [["Hei!", "Uusi"], ["Hei!"], ["Hei"], [""]]);
  while (list.redo());
  assert.deepEqual(plain(list), states[0]);
  list.undo();
  list.edit(id, { text: "Toinen tie" });
  assert.equal(list.can_redo, false);
});

test("any row of edits can be undone to the beginning", () => {
  let seed = 12345;
  const random = (n) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
  for (let round = 0; round < 50; round += 1) {
    const begun = Array.from({ length: 1 + random(6) }, (_, i) => cue(i * 3000, i * 3000 + 2000, `rivi ${i}`));
    const list = new cues.CueList(begun);
    const before = plain(list);
    for (let step = 0; step < 40; step += 1) {
      const one = list.cues[random(list.cues.length || 1)];
      if (!one) list.add(random(20000), "x");
      else [() => list.add(random(20000), "x"), () => list.split(one.id, random(8)), () => list.merge(one.id), () => list.remove(one.id), () => list.shift(random(2000) - 1000), () => list.edit(one.id, { text: `t${step}` })][random(6)]();
      const starts = list.cues.map((each) => each.start_ms);
      assert.deepEqual(starts, [...starts].sort((a, b) => a - b));
    }
    while (list.undo());
    assert.deepEqual(plain(list), before);
  }
});

test("a new opening of the editor never writes over a draft that is still on offer", () => {
  const kept = Object.create({
    getItem: (key) => kept[key] ?? null,
    setItem: (key, value) => (kept[key] = value),
    removeItem: (key) => delete kept[key],
  });
  Object.defineProperty(globalThis, "localStorage", { value: kept, configurable: true });
  const texts = (box) => box.found().map((draft) => [draft.revision, draft.cues[0].text]);
  const yesterday = new cues.DraftBox("story/fi");
  assert.ok(yesterday.write(3, [cue(0, 2000, "eilinen")]));
  const today = new cues.DraftBox("story/fi");
  today.write(5, [cue(0, 2000, "tämän päivän")]);
  assert.deepEqual(texts(today), [[3, "eilinen"]]);
  assert.deepEqual(texts(new cues.DraftBox("story/fi")).sort(), [[3, "eilinen"], [5, "tämän päivän"]]);
  assert.deepEqual(texts(new cues.DraftBox("story/fi-other")), []);
  today.clear();
  assert.deepEqual(texts(today), [[3, "eilinen"]]);
  today.clear(today.found()[0].key);
  assert.deepEqual(Object.keys(kept), []);
});

test("an edge goes to a shot change within a quarter of a second, and the next shot is always a later one", () => {
  const shots = new cues.ShotChanges([2000, 4800, 5000]);
  for (const [ms, near] of [[0, null], [1749, null], [1750, 2000], [2000, 2000], [2250, 2000], [2251, null], [4890, 4800], [4910, 5000], [5251, null]]) assert.equal(shots.near(ms), near, ms);
  for (const [ms, next] of [[0, 2000], [1998, 2000], [1999, 4800], [2001, 4800], [4801, 5000], [5001, null]]) assert.equal(shots.after(ms), next, ms);
  assert.equal(new cues.ShotChanges([]).near(0), null);
  assert.equal(new cues.ShotChanges([]).after(0), null);
});
