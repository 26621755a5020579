// Debian's nginx as a foreground process with a configuration of its own, for comparisons.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { symlinkSync, readFileSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { makeCertificate } from "./certificate.mjs";

/** A port that nothing listens on just now. */
export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** Whether something on this machine takes connections to `port`. */
export function listens(port) {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port }, () => resolve(socket.destroy() !== undefined));
    socket.on("error", () => resolve(false));
  });
}

/** For both sides of a comparison over HTTPS: a certificate in `folder` and a port for the server under test. */
export async function prepareTls(folder) {
  const tls = makeCertificate(folder);
  const port = await freePort();
  return { tls, url: `https://127.0.0.1:${port}`, config: { tls_certificate: tls.certificate, tls_key: tls.key, tls_port: port } };
}

/**
 * Gives {url, serve(folder), workers(), stop()}. `serve` makes a folder the document root, once. With `tls`, a {certificate,
 * key} of files, it speaks HTTPS as Mozilla's intermediate profile has it.
 */
export async function startNginx({ folder, workers, connections = 4096, tls }) {
  const port = await freePort();
  const file = join(folder, "nginx.conf");
  writeFileSync(file, `daemon off; pid ${folder}/nginx.pid; error_log ${folder}/nginx.log; worker_processes ${workers}; worker_rlimit_nofile 65536; user root;
events { worker_connections ${connections}; }
http {
  access_log off; sendfile on; tcp_nopush on; keepalive_timeout 1h; keepalive_requests 1000000000; default_type video/mp4;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi; uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  ${tls ? `ssl_certificate ${tls.certificate}; ssl_certificate_key ${tls.key}; ssl_protocols TLSv1.2 TLSv1.3;` : ""}
  server { listen 127.0.0.1:${port} ${tls ? "ssl" : ""} reuseport backlog=4096; location / { root ${folder}/site; } }
}
`);
  const child = spawn("nginx", ["-c", file, "-e", join(folder, "nginx.log")], { stdio: "inherit" });
  const url = `${tls ? "https" : "http"}://127.0.0.1:${port}`;
  const gone = once(child, "exit");
  for (let up = false; !up;) {
    up = await listens(port);
    if (child.exitCode !== null) throw new Error(`nginx ended with ${child.exitCode}`);
  }
  return {
    url,
    serve: (root) => symlinkSync(root, join(folder, "site")),
    workers: () => readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").split(" ").filter(Boolean).map(Number),
    async stop() {
      child.kill("SIGTERM");
      await gone;
    },
  };
}
