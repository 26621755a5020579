// A published story whose segments have the sizes a measurement wants: a stand-in worker sends made-up bytes for them.
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadStory } from "../../browser/lib/people.mjs";

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
const fileName = (index) => `${String(index + 1).padStart(5, "0")}.m4s`;
const grid = { start_us: 0 };
const facts = (seconds) => ({
  container: "mov,mp4", duration_ms: seconds * 1000, alternates: [], remuxable: false, texts: false, covers: [],
  video: { codec: "h264", stream: 0, coded_width: 1920, coded_height: 1080, width: 1920, height: 1080, rotation: 0, mirrored: false, frame_rate: [25, 1], interlaced: false, high_dynamic_range: false, complexity: 0, ...grid },
  audio: { codec: "aac", stream: 1, channels: 2, sample_rate: 48000, language: "fi", label: "", role: "main", ...grid },
});

/**
 * A worker that makes bytes up. `sizeOf(track, index)`: bytes of a segment; `attempt(request)` sends each request, again if it
 * likes to; `witness(path, body, ask)` stands around each sending, for tests that keep account of what was acknowledged.
 * Gives `one()`, which does one task and gives what the server said of its end, undefined when there was none to do. An
 * answer that is no success is an error with its `status`.
 */
export function madeUpWorker(base, token, seconds, sizeOf, { attempt = (request) => request(), witness = (path, body, ask) => ask() } = {}) {
  const send = async (method, path, lease, body, type) => {
    const headers = { authorization: `Bearer ${token}`, "tarina-lease": String(lease), "content-type": type };
    const answer = await witness(path, body, () => fetch(`${base}/api/v1/worker/${path}`, { method, body, headers }));
    if (!answer.ok) throw Object.assign(new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`), { status: answer.status });
    return answer.status === 204 ? undefined : answer.json();
  };
  const call = (method, path, lease, body, type = "application/json") => attempt(() => send(method, path, lease, body, type));
  async function one() {
    const lease = await call("POST", "lease", 0, JSON.stringify({ worker: "made up" }));
    if (!lease) return undefined;
    const { task_id: id, token: mine, task } = lease;
    const put = async (name, size) => {
      const bytes = name.endsWith("init.mp4") ? Buffer.alloc(size, name) : randomBytes(size); // every part of a picture has the same beginning
      await call("PUT", `tasks/${id}/outputs/${name}`, mine, bytes, "application/octet-stream");
      return { bytes: size, sha256: sha256(bytes) };
    };
    const track = async (name, more, timescale, first, count, ticks) => {
      const init = await put(`${name}/init.mp4`, 900);
      const segments = [];
      for (let i = first; i < first + count; ++i) segments.push({ name: fileName(i), start: i * ticks, duration: ticks, ...(await put(`${name}/${fileName(i)}`, sizeOf(name, i))) });
      return { label: "", role: "main", loudness: null, data: [], name, timescale, width: 0, height: 0, frame_rate: [25, 1], channels: 0, sample_rate: 0, language: "", shots: [], init_sha256: init.sha256, init_bytes: init.bytes, segments, ...more };
    };
    let result;
    if (task.kind === "probe") result = { source: facts(seconds) };
    else if (task.kind === "video") {
      result = { tracks: [] };
      for (const one of task.renditions) result.tracks.push(await track(one.name, { codecs: "avc1.640028", width: one.width, height: one.height }, 25, task.first_segment, task.segment_count, 150));
    } else if (task.kind === "audio") result = { tracks: [await track(task.rendition.name, { codecs: "mp4a.40.2", channels: 2, sample_rate: 48000 }, 48000, 0, seconds / 6, 288_000)] };
    else if (task.kind === "download") result = { download: await put("download/story.mp4", 100_000) };
    else if (task.kind === "texts") result = { texts: [] };
    else {
      for (const name of ["poster.jpg", "storyboard-001.jpg"]) await put(`stills/${name}`, 20_000);
      result = { stills: { posters: ["poster.jpg"], storyboard: { tile_width: 160, tile_height: 90, columns: 5, rows: 5, interval_ms: 1000, tiles: 24, sheets: ["storyboard-001.jpg"] } } };
    }
    return call("POST", `tasks/${id}/complete`, mine, JSON.stringify({ result }));
  }
  return { one };
}

/** Does every task of the server's queue until a story's package is complete; `senders` as of madeUpWorker. */
export async function work(base, token, seconds, sizeOf, senders = {}) {
  const worker = madeUpWorker(base, token, seconds, sizeOf, senders);
  while (!(await worker.one())?.package_complete);
}

/**
 * Publishes one on a server of startServer({withWorker: false}); `staff` is a signed-in Visitor. Gives {id, stream, preview}:
 * "/stream/…/" as the page of the story has it, and as the studio's preview has it.
 */
export async function publishMadeUp(site, staff, seconds, sizeOf) {
  const folder = mkdtempSync(join(tmpdir(), "tarina-bench-"));
  const film = join(folder, "film.mp4");
  writeFileSync(film, randomBytes(100_000));
  const token = readFileSync(join(site.data, "secrets/worker-token"), "utf8").trim();
  const story = { file: film, title: { fi: "Mittausta varten" }, summary: { fi: "Tarina mittausta varten" }, exemption: "music", publish: false, wait: () => work(site.url, token, seconds, sizeOf) };
  const { id } = await loadStory(staff, story);
  rmSync(folder, { recursive: true });
  const stream = /\/stream\/[a-z0-9-]+\//;
  const preview = stream.exec((await staff.send("GET", `/studio/stories/${id}`)).text)?.[0];
  await staff.send("POST", `/studio/stories/${id}/publish`, { form: {} });
  const shown = stream.exec((await staff.send("GET", `/stories/${id}`, { headers: { accept: "text/html" } })).text)?.[0];
  if (!preview || !shown) throw new Error("the pages show no stream");
  return { id, stream: shown, preview };
}
