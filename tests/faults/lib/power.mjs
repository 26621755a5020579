// A disk after a power cut. lib/power_journal.cpp notes what a program changes in a folder; a Disk is that folder as of some
// moment, and after() is what may be left of it when the power goes after so many bytes of the journal: what was synced, of
// everything else a part. Written bytes go by sectors, each for itself; names of files stay as they were or change.
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildFolder } from "../../browser/lib/server.mjs";

export const shim = join(buildFolder, "tests/libpower_journal.so");

/** Environment of a program whose changes below `folder` are noted in the file `journal`. */
export const watching = (folder, journal) => ({ LD_PRELOAD: shim, TARINA_POWER_FOLDER: folder, TARINA_POWER_JOURNAL: journal });

/** Numbers from 0 up to 1 that a seed decides (mulberry32). */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

class File {
  constructor(bytes = Buffer.alloc(0)) {
    this.bytes = bytes;
    this.size = bytes.length;
  }
  resize(size) {
    if (size > this.bytes.length) this.bytes = Buffer.concat([this.bytes], Math.max(size, 2 * this.bytes.length));
    if (size < this.size) this.bytes.fill(0, size, this.size);
    this.size = size;
  }
  write(offset, bytes) {
    if (offset + bytes.length > this.size) this.resize(offset + bytes.length);
    bytes.copy(this.bytes, offset);
  }
  copy() {
    return new File(Buffer.from(this.bytes.subarray(0, this.size)));
  }
}

/** The whole records in a journal: {kind, fields, bytes, end}, where `end` is the length of the journal up to there. */
export function records(journal) {
  const all = [];
  for (let at = 0; at < journal.length; ) {
    const line = journal.indexOf(10, at);
    if (line < 0) break;
    const [kind, ...fields] = journal.toString("utf8", at, line).split("\t");
    let end = line + 1;
    if (kind === "W") end += Number(fields[2]);
    if (end > journal.length) break; // of a program that was killed within
    all.push({ kind, fields, bytes: kind === "W" ? journal.subarray(line + 1, end) : undefined, end });
    at = end;
  }
  return all;
}

/** For each record whether a later one synced it. `deaf(path)`: files and folders whose syncs shall count for nothing. */
function syncedRecords(all, disk, deaf) {
  const paths = deaf ? pathsOf(all, disk) : undefined;
  const counts = new Set(); // inodes of which a later sync is known
  let everything = false;
  return all
    .map((_, index) => all[all.length - 1 - index])
    .map((record) => {
      const { kind, fields } = record;
      if (kind === "A") everything = true;
      if (kind === "S" && !(deaf && deaf(paths.get(record) ?? ""))) counts.add(fields[0]);
      if (everything) return true;
      if (kind === "C" || kind === "D") {
        const named = counts.has(fields[1]);
        counts.delete(fields[0]); // an inode's number may have belonged to another file before
        return named;
      }
      return counts.has(kind === "R" ? fields[2] : fields[0]);
    })
    .reverse();
}

/** Where what is synced lay then, for `deaf`. */
function pathsOf(all, disk) {
  const where = new Map(disk.paths());
  const paths = new Map();
  const at = (folder, name) => `${where.get(folder) ?? ""}/${name}`;
  for (const record of all) {
    const { kind, fields } = record;
    if (kind === "C" || kind === "D") where.set(fields[0], at(fields[1], fields[2]));
    else if (kind === "R") where.set(fields[4], at(fields[2], fields[3]));
    else if (kind === "S") paths.set(record, where.get(fields[0]));
  }
  return paths;
}

export class Disk {
  constructor(root, inodes) {
    this.root = root;
    this.inodes = inodes; // number → File, or a Map of a folder's names to them
  }

  /** What lies at `folder` now, all of it durable. */
  static of(folder) {
    const inodes = new Map();
    const read = (path) => {
      const facts = statSync(path);
      const node = facts.isDirectory() ? new Map(readdirSync(path).map((name) => [name, read(join(path, name))])) : new File(readFileSync(path));
      inodes.set(String(facts.ino), node);
      return node;
    };
    return new Disk(read(folder), inodes);
  }

  *paths() {
    const numbers = new Map([...this.inodes].map(([number, node]) => [node, number]));
    const walk = function* (folder, path) {
      yield [numbers.get(folder), path];
      for (const [name, node] of folder) node instanceof Map ? yield* walk(node, `${path}/${name}`) : yield [numbers.get(node), `${path}/${name}`];
    };
    yield* walk(this.root, "");
  }

  copy() {
    const copies = new Map();
    const copy = (node) => {
      if (!copies.has(node)) copies.set(node, node instanceof File ? node.copy() : new Map([...node].map(([name, one]) => [name, copy(one)])));
      return copies.get(node);
    };
    return new Disk(copy(this.root), new Map([...this.inodes].map(([number, node]) => [number, copy(node)])));
  }

  /**
   * This disk with what a power cut at the end of `all` (from records()) leaves of them. `random` decides; without it
   * everything is left. `nothing`: all that was not synced is gone. `deaf`: see syncedRecords.
   */
  after(all, { random, nothing = false, deaf } = {}) {
    const disk = this.copy();
    const synced = random || nothing ? syncedRecords(all, this, deaf) : all.map(() => true);
    // Some cuts lose all, some nearly nothing; names come back in their order, as journaling file systems have them, or not.
    const chance = () => (nothing ? 0 : [0, 0.5, 0.9, 1][Math.floor(random() * 4)]);
    const [names, bytes] = random || nothing ? [chance(), chance()] : [1, 1];
    const sector = random && random() < 0.5 ? 512 : 4096;
    const orderly = random ? random() < 0.5 : false;
    const lastName = orderly ? Math.floor(random() * (all.length + 1)) : all.length;
    all.forEach(({ kind, fields, bytes: written }, index) => {
      const stays = synced[index];
      if (kind === "W" || kind === "T") {
        const file = disk.inodes.get(fields[0]);
        if (!file) return; // removed long before
        if (kind === "T") {
          if (stays || (bytes > 0 && random() < bytes)) file.resize(Number(fields[1]));
        } else if (stays) file.write(Number(fields[1]), written);
        else if (bytes > 0) disk.#tear(file, Number(fields[1]), written, sector, bytes, random);
      } else if (stays || nameStays()) disk.#rename(kind, fields);
      else if (kind === "C" || kind === "D") disk.inodes.set(fields[0], kind === "C" ? new File() : new Map()); // nowhere, as yet
      function nameStays() {
        return names > 0 && (orderly ? index < lastName : random() < names);
      }
    });
    return disk;
  }

  #tear(file, offset, written, sector, chance, random) {
    const end = offset + written.length;
    for (let at = offset; at < end; ) {
      const next = Math.min(end, (Math.floor(at / sector) + 1) * sector);
      if (random() < chance) file.write(at, written.subarray(at - offset, next - offset));
      at = next;
    }
    if (end > file.size && random() < 0.3) file.resize(end); // grown, and nothing in it
  }

  #rename(kind, fields) {
    const folder = (number) => this.inodes.get(number);
    if (kind === "C" || kind === "D") {
      const node = kind === "C" ? new File() : new Map();
      this.inodes.set(fields[0], node);
      folder(fields[1])?.set(fields[2], node);
    } else if (kind === "U") {
      folder(fields[0])?.delete(fields[1]);
    } else if (kind === "R") {
      const node = this.inodes.get(fields[4]);
      if (folder(fields[0])?.get(fields[1]) === node) folder(fields[0]).delete(fields[1]);
      folder(fields[2])?.set(fields[3], node);
    }
  }

  /** Puts it into an empty folder; gives the disk that lies there, for the journal of the next program. */
  write(place) {
    const inodes = new Map();
    const put = (node, path) => {
      if (node instanceof Map) {
        mkdirSync(path, { recursive: true, mode: 0o700 });
        for (const [name, one] of node) put(one, join(path, name));
      } else writeFileSync(path, node.bytes.subarray(0, node.size), { mode: 0o600 });
      inodes.set(String(statSync(path).ino), node);
    };
    put(this.root, place);
    return new Disk(this.root, inodes);
  }
}

export const readJournal = (file) => records(readFileSync(file));
