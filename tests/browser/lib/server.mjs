// A real tarina-server and tarina-worker on a temporary data folder, for tests that need the whole house.
import { execFile, spawn } from "node:child_process";
import { existsSync, openSync, closeSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const root = join(dirname(fileURLToPath(import.meta.url)), "../../..");
export const buildFolder = process.env.TARINA_BUILD_DIR ?? ["dev", "release"].map((preset) => join(root, "build", preset)).find((folder) => existsSync(folder)) ?? join(root, "build/dev");
const server = join(buildFolder, "server/tarina-server");
const worker = join(buildFolder, "transcode/tarina-worker");
const run = promisify(execFile);
export const programs = { server, worker };

/** Runs one of tarina-server's commands on a data folder; gives its code and what it printed. */
export async function tarinaServer(data, ...words) {
  try {
    return { code: 0, ...(await run(server, ["--data", data, ...words])) };
  } catch (failure) {
    if (typeof failure.code !== "number") throw failure;
    return { code: failure.code, stdout: failure.stdout, stderr: failure.stderr };
  }
}

/** Resolves with the first line of `stream` that matches; the rest is read and dropped, so that the pipe never fills. */
function lineOf(child, stream, pattern) {
  return new Promise((resolve, reject) => {
    createInterface({ input: stream }).on("line", (line) => {
      const match = pattern.exec(line);
      if (match) resolve(match);
    });
    child.once("exit", (code) => reject(new Error(`${child.spawnfile} ended with ${code}`)));
  });
}

function ended(child) {
  return child.exitCode !== null || child.signalCode !== null ? Promise.resolve() : new Promise((resolve) => child.once("exit", resolve));
}

/**
 * Starts the server (and a worker, unless `worker: false`). `config` holds keys of deploy/tarina.jsonc; `data` keeps an
 * earlier folder, `env` adds to the server's environment. Its log and those of workers go to the file `log`, or line by line to `onLog` (its own only). Gives {url, data, stop(), kill(), admin(email, name), startWorker()}. A worker with a `core` stays on that one.
 */
export async function startServer({ config = {}, data, port = 0, withWorker = true, env = {}, log, onLog } = {}) {
  const folder = data ?? (await mkdtemp(join(tmpdir(), "tarina-browser-")));
  const file = join(folder, "config.jsonc");
  await writeFile(file, JSON.stringify({ web: join(root, "web"), log_level: "warn", disk_floor_bytes: 1 << 20, ...config, data: folder }));
  const said = log ? openSync(log, "a") : onLog ? "pipe" : process.env.TARINA_LOG ? "inherit" : "ignore";
  const child = spawn(server, ["--config", file, "--port", String(port), "serve"], { stdio: ["ignore", "pipe", said], env: { ...process.env, ...env } });
  if (log) closeSync(said);
  if (onLog) createInterface({ input: child.stderr }).on("line", onLog);
  const [, url] = await lineOf(child, child.stdout, /listens at (\S+?)\/?$/);
  const workers = [];
  const startWorker = ({ args = [], jobs = 2, stdout = "ignore", core } = {}) => {
    const [program, ...before] = core === undefined ? [worker] : ["taskset", "-c", String(core), worker];
    const words = log ? openSync(log, "a") : process.env.TARINA_LOG ? "inherit" : "ignore";
    const one = spawn(program, [...before, "--server", url, "--token-file", join(folder, "secrets/worker-token"), "--jobs", String(jobs), ...args], { stdio: ["ignore", stdout, words] });
    if (log) closeSync(words);
    workers.push(one);
    return one;
  };
  if (withWorker) startWorker();
  const end = async (signal) => {
    for (const one of [...workers, child]) {
      one.kill(signal);
      await ended(one);
    }
  };
  return {
    url,
    data: folder,
    process: child,
    startWorker,
    /** A one-time sign-in address for an administrator. */
    async admin(email = "admin@example.org", name = "Ylläpitäjä") {
      const { stdout } = await run(server, ["--config", file, "--port", new URL(url).port, "create-admin", "--email", email, "--name", name], { env: { ...process.env, ...env } });
      return /https?:\S+\/sign-in\/\w+/.exec(stdout)[0];
    },
    async stop({ keep = false } = {}) {
      await end("SIGTERM");
      if (!keep && !data) await rm(folder, { recursive: true, force: true });
    },
    kill: () => end("SIGKILL"),
  };
}
