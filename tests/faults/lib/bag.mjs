// RFC 8493 as a reader of bags sees it, written apart from the program: what a bag must be to be valid, and how tests spoil one.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { lstat, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
export const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
const encoded = (path) => path.replace(/[%\r\n]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);
const decoded = (path) => path.replace(/%(0A|0D|25)/gi, (_, code) => String.fromCharCode(parseInt(code, 16)));

/** Paths of all files below, links and whatever else counted as what they are not allowed to be. */
async function filesIn(folder, below = "") {
  const found = [];
  for (const name of await readdir(join(folder, below))) {
    const path = below ? `${below}/${name}` : name;
    const facts = await lstat(join(folder, path));
    if (facts.isDirectory()) found.push(...(await filesIn(folder, path)));
    else assert.ok(facts.isFile(), `${path} is a file`), found.push(path);
    assert.equal(facts.mode & 0o077, 0, `${path} is its owner's alone`);
  }
  return found.sort();
}

/** {path: hash} of a manifest; every line is "{64 hex}  {path}". */
async function manifest(bag, name) {
  const text = await readFile(join(bag, name), "utf8");
  assert.ok(text.endsWith("\n"), name);
  const all = {};
  for (const line of text.slice(0, -1).split("\n")) {
    const [, hash, path] = /^([0-9a-f]{64}) {2}([^\r\n]+)$/.exec(line) ?? assert.fail(`${name}: ${line}`);
    assert.equal(encoded(decoded(path)), path, "only LF, CR and % are encoded");
    assert.ok(!path.startsWith("/") && !path.split("/").includes(".."), path);
    all[decoded(path)] = hash;
  }
  return all;
}

/** Asserts that the folder is a complete and valid bag; gives {payload, tags, metadata, consents}. */
export async function validate(bag) {
  assert.equal(await readFile(join(bag, "bagit.txt"), "utf8"), "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n");
  const files = await filesIn(bag);
  const payload = await manifest(bag, "manifest-sha256.txt");
  assert.deepEqual(Object.keys(payload).sort(), files.filter((path) => path.startsWith("data/")), "the manifest names every payload file and no other");
  const tagFiles = await manifest(bag, "tagmanifest-sha256.txt");
  assert.deepEqual(Object.keys(tagFiles).sort(), files.filter((path) => !path.startsWith("data/") && !path.startsWith("tagmanifest-")));
  // coreutils read the hashes; file names with escapes are theirs to name otherwise, so those go by content.
  for (const [path, hash] of [...Object.entries(payload), ...Object.entries(tagFiles)]) {
    const { stdout } = await run("sha256sum", ["--", join(bag, path)]);
    assert.equal(/[0-9a-f]{64}/.exec(stdout)[0], hash, path);
  }
  const tags = (await readFile(join(bag, "bag-info.txt"), "utf8")).trimEnd().split("\n").map((line) => /^([^:]+): (.*)$/.exec(line).slice(1));
  const sizes = await Promise.all(Object.keys(payload).map(async (path) => (await lstat(join(bag, path))).size));
  assert.deepEqual(tags.filter(([label]) => label === "Payload-Oxum"), [["Payload-Oxum", `${sizes.reduce((a, b) => a + b, 0)}.${sizes.length}`]]);
  return { payload, tags, metadata: await json(bag, "metadata.json"), consents: await json(bag, "consents.json") };
}

export const json = async (bag, name) => JSON.parse(await readFile(join(bag, "data", name), "utf8"));

/** The names of bags in a folder: what has bagit.txt, whatever it is called. */
export async function bagsIn(folder) {
  const bags = [];
  for (const name of await readdir(folder)) if (await lstat(join(folder, name, "bagit.txt")).then(() => true, () => false)) bags.push(name);
  return bags.sort();
}

/** Writes manifests, Payload-Oxum and tag manifest anew over what now lies in the bag: a forger can do that too. */
export async function seal(bag) {
  const lines = async (files) => (await Promise.all(files.map(async (path) => `${sha256(await readFile(join(bag, path)))}  ${encoded(path)}\n`))).join("");
  const files = (await filesIn(bag)).filter((path) => path.startsWith("data/"));
  await writeFile(join(bag, "manifest-sha256.txt"), await lines(files));
  const sizes = await Promise.all(files.map(async (path) => (await lstat(join(bag, path))).size));
  const info = await readFile(join(bag, "bag-info.txt"), "utf8");
  await writeFile(join(bag, "bag-info.txt"), info.replace(/^Payload-Oxum: .*$/m, `Payload-Oxum: ${sizes.reduce((a, b) => a + b, 0)}.${sizes.length}`));
  await writeFile(join(bag, "tagmanifest-sha256.txt"), await lines(["bag-info.txt", "bagit.txt", "manifest-sha256.txt"]));
}

/** The Library of Congress' bagit-python, where TARINA_PYTHON (python3 unless set) has it; gives whether it has. */
export async function validateByOthers(bag) {
  const python = process.env.TARINA_PYTHON ?? "python3";
  const has = await run(python, ["-c", "import bagit"]).then(() => true, () => false);
  if (has) await run(python, ["-c", "import bagit, sys; bagit.Bag(sys.argv[1]).validate()", bag]);
  return has;
}
