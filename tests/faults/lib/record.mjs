// What the record on disk says, read beside the server, and whether the packages in the store are what it says.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Rows of a query, each an object. */
export async function rows(data, query) {
  const { stdout } = await run("sqlite3", ["-readonly", "-json", "-cmd", ".timeout 10000", join(data, "catalog.sqlite"), query], { maxBuffer: 1 << 28 });
  return stdout ? JSON.parse(stdout) : [];
}

/** Lets the days pass in which the story's withdrawal could be undone: the next sweep erases it. */
export async function endGrace(data, story) {
  await run("sqlite3", ["-cmd", ".timeout 10000", join(data, "catalog.sqlite"), `UPDATE story SET erase_at = 1 WHERE public_id = '${story}' AND state = 'withdrawn'`]);
}

export async function sha256OfFile(file) {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}

/** What is published twice, half, or not as the record says; empty where all is well. */
export async function wrongPackages(data) {
  const wrong = [];
  for (const { story_id } of await rows(data, "SELECT story_id FROM package WHERE state = 'published' GROUP BY 1 HAVING count(*) > 1"))
    wrong.push(`story row ${story_id} has two published packages`);
  for (const { package: id, use } of await rows(data, "SELECT package, use FROM stream_key GROUP BY 1, 2 HAVING count(*) > 1"))
    wrong.push(`package ${id} has two keys for ${use}`);
  for (const { action, story, subject } of await rows(data, "SELECT action, story, subject FROM audit WHERE action IN ('story.published', 'package.ready') GROUP BY 1, 2, 3 HAVING count(*) > 1"))
    wrong.push(`${action} twice: ${story} ${subject}`);
  const published = await rows(data, "SELECT public_id AS id, facts FROM package WHERE state = 'published'");
  const folders = await readdir(join(data, "media/packages"));
  for (const name of folders) if (!published.some(({ id }) => id === name)) wrong.push(`folder ${name} is no published package`);
  for (const { id, facts } of published) {
    const folder = join(data, "media/packages", id);
    const told = JSON.parse(facts);
    const files = ["main.m3u8", "main.mpd"].map((name) => ({ name }));
    for (const track of [...told.video, ...told.audio]) {
      files.push({ name: `${track.name}/index.m3u8` }, { name: `${track.name}/init.mp4`, sha256: track.init_sha256 });
      for (const one of [...track.segments, ...track.data]) files.push({ name: `${track.name}/${one.name}`, sha256: one.sha256, bytes: one.bytes });
    }
    for (const { name, sha256, bytes } of files) {
      const there = await stat(join(folder, name)).catch(() => null);
      if (!there || there.size === 0) wrong.push(`${id}/${name} is missing or empty`);
      else if (bytes !== undefined && bytes !== there.size) wrong.push(`${id}/${name} has ${there.size} bytes of ${bytes}`);
      else if (sha256 && sha256 !== (await sha256OfFile(join(folder, name)))) wrong.push(`${id}/${name} is not what was reported`);
    }
  }
  return wrong;
}
