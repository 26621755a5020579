// One real video through the whole way, and what became of it.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { loadStory } from "../browser/lib/people.mjs";

const run = promisify(execFile);

/** Seconds from the first to the end of the last packet of the streams a viewer gets, as ffprobe reads the original. */
export async function sourceSeconds(file) {
  const { stdout } = await run("ffprobe", ["-v", "error", "-show_entries", "packet=stream_index,pts_time,duration_time,flags:stream=index,codec_type,disposition:stream_disposition=attached_pic", "-of", "json", file], { maxBuffer: 256 << 20 });
  const { packets, streams } = JSON.parse(stdout);
  const shown = new Set();
  for (const kind of ["video", "audio"]) {
    const first = streams.find((stream) => stream.codec_type === kind && !stream.disposition?.attached_pic);
    if (first) shown.add(first.index);
  }
  let start = Infinity;
  let end = -Infinity;
  for (const packet of packets) {
    const at = Number(packet.pts_time);
    if (!shown.has(packet.stream_index) || !Number.isFinite(at) || packet.flags.includes("D")) continue; // D: outside the edit list
    start = Math.min(start, at);
    end = Math.max(end, at + (Number(packet.duration_time) || 0));
  }
  return end - Math.max(start, 0); // before 0 stands only what a decoder needs to warm up
}

/** {state: "published", id, stream} or {state: "refused", reason}; anything else throws. */
export async function publishFile(base, staff, file) {
  const given = { file, title: { fi: "Koe" }, summary: {}, description: {}, exemption: "Koevideo" };
  let story;
  try {
    story = await loadStory(staff, given);
  } catch (failure) {
    if (/: \d{3} |the page shows no|fetch failed/.test(failure.message)) throw failure;
    return { state: "refused", reason: failure.message };
  }
  const page = await (await fetch(`${base}/stories/${story.id}`)).text();
  const [path] = /\/stream\/[a-z0-9]+\/main\.m3u8/.exec(page);
  return { state: "published", id: story.id, stream: base + path };
}
