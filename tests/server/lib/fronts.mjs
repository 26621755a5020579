// The programs of deploy/proxy with our configurations: only names, ports and folders change.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, request as plainRequest } from "node:http";
import { Agent, request } from "node:https";
import { join } from "node:path";
import { makeCertificate } from "../../bench/lib/certificate.mjs";
import { freePort, listens } from "../../bench/lib/nginx.mjs";
import { root } from "../../browser/lib/server.mjs";

/** One HTTPS request; gives {status, headers, bytes}. `local`: the address it comes from. */
export function ask(port, path, { method = "GET", headers = {}, body, agent, local } = {}) {
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port, path, method, agent, localAddress: local, servername: "localhost", rejectUnauthorized: false, headers: { host: `localhost:${port}`, ...headers } };
    const sent = request(options, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("error", reject);
      answer.on("end", () => resolve({ status: answer.statusCode, headers: answer.headers, bytes: Buffer.concat(parts) }));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

export const keepAlive = () => new Agent({ keepAlive: true, maxSockets: 8 });

/** Runs a front until the test ends; resolves when something listens on `port`. */
async function run(t, program, args, port, env = {}) {
  const child = spawn(program, args, { stdio: ["ignore", "ignore", process.env.TARINA_LOG ? "inherit" : "ignore"], env: { ...process.env, ...env } });
  const gone = once(child, "exit");
  const end = async (signal = "SIGTERM") => {
    child.kill(signal);
    await gone;
  };
  t.after(() => end());
  for (let up = false; !up;) {
    up = await listens(port);
    if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode}`);
  }
  return end;
}

const ours = (name) => readFileSync(join(root, "deploy/proxy", name), "utf8");

/** Replaces what a test must, and makes sure that it was there. */
function adapt(text, changes) {
  for (const [from, to] of changes) {
    if (!text.includes(from)) throw new Error(`the configuration does not say ${from}`);
    text = text.replaceAll(from, to);
  }
  return text;
}

/** nginx in front of `origin` ("host:port"); gives its ports. */
export async function startNginx(t, folder, origin) {
  const [port, plain] = [await freePort(), await freePort()];
  const { certificate, key } = makeCertificate(folder);
  const config = adapt(ours("nginx.conf"), [
    ["127.0.0.1:8080", origin], ["/var/cache/nginx/tarina", join(folder, "cache")], ["/var/log/nginx/tarina-error.log", join(folder, "error.log")], ["listen 80;", `listen 127.0.0.1:${plain};`], ["listen 443 ssl", `listen 127.0.0.1:${port} ssl`],
    ["/etc/ssl/tarina.pem", certificate], ["/etc/ssl/tarina.key", key], ["tarina.example.fi", "localhost"],
  ]);
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${folder}/${name};`).join(" ");
  writeFileSync(join(folder, "nginx.conf"), `daemon off; pid ${folder}/pid; error_log ${folder}/log; user root; events {} http { access_log ${folder}/access.log; ${paths}\n${config}\n}\n`);
  const end = await run(t, "nginx", ["-c", join(folder, "nginx.conf"), "-e", join(folder, "log")], port);
  return { port, plain, finish: () => end("SIGQUIT") };
}

/** Caddy in front of `origin`; gives its port, for TCP and UDP, and the hash of its key. */
export async function startCaddy(t, folder, origin) {
  const port = await freePort();
  const { certificate, key, spki } = makeCertificate(folder);
  const config = adapt(ours("Caddyfile"), [["127.0.0.1:8080", origin], ["tarina.example.fi {", `https://localhost:${port} {\n\ttls ${certificate} ${key}`]]);
  writeFileSync(join(folder, "Caddyfile"), `{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n}\n${config}`);
  await run(t, "caddy", ["run", "--config", join(folder, "Caddyfile"), "--adapter", "caddyfile"], port, { HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder });
  return { port, spki };
}

/** Varnish in front of `origin`; gives its port, without TLS. */
export async function startVarnish(t, folder, origin) {
  const port = await freePort();
  const [host, at] = origin.split(":");
  const config = adapt(ours("varnish.vcl"), [['.host = "127.0.0.1"', `.host = "${host}"`], ['.port = "8080"', `.port = "${at}"`]]);
  writeFileSync(join(folder, "tarina.vcl"), config);
  mkdirSync(join(folder, "varnish"));
  await run(t, "varnishd", ["-F", "-j", "none", "-n", join(folder, "varnish"), "-a", `127.0.0.1:${port},HTTP`, "-T", "none", "-f", join(folder, "tarina.vcl"), "-s", "malloc,64m", "-p", "backend_idle_timeout=50", "-p", "timeout_idle=60"], port);
  return { port };
}

/**
 * Stands before a server and makes its minute short: what may be shared for 50 seconds may be for one. Gives {origin, asked}:
 * its address, and the statuses of everything that was asked of the server, by path.
 */
export async function startHurry(t, url) {
  const target = new URL(url);
  const asked = new Map();
  const lens = createServer((incoming, outgoing) => {
    const sent = plainRequest({ host: target.hostname, port: target.port, path: incoming.url, method: incoming.method, headers: incoming.headers }, (answer) => {
      asked.set(incoming.url, [...(asked.get(incoming.url) ?? []), answer.statusCode]);
      const headers = { ...answer.headers };
      headers["cache-control"] = headers["cache-control"]?.replace("s-maxage=50", "s-maxage=1");
      if (headers["cache-control"] === undefined) delete headers["cache-control"];
      outgoing.writeHead(answer.statusCode, headers);
      answer.pipe(outgoing);
    });
    sent.on("error", () => outgoing.destroy());
    incoming.pipe(sent);
  }).listen(0, "127.0.0.1");
  await once(lens, "listening");
  t.after(() => {
    lens.close();
    lens.closeAllConnections();
  });
  return { origin: `127.0.0.1:${lens.address().port}`, asked };
}
