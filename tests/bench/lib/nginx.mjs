// Debian's nginx as a foreground process with a configuration of its own, for comparisons.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { symlinkSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

/** A port that nothing listens on just now. */
export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** Gives {url, serve(folder), workers(), stop()}. `serve` makes a folder the document root, once. */
export async function startNginx({ folder, workers, connections = 4096 }) {
  const port = await freePort();
  const file = join(folder, "nginx.conf");
  writeFileSync(file, `daemon off; pid ${folder}/nginx.pid; error_log ${folder}/nginx.log; worker_processes ${workers}; worker_rlimit_nofile 65536; user root;
events { worker_connections ${connections}; }
http {
  access_log off; sendfile on; tcp_nopush on; keepalive_timeout 1h; keepalive_requests 1000000000; default_type video/mp4;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi; uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  server { listen 127.0.0.1:${port} reuseport backlog=4096; location / { root ${folder}/site; } }
}
`);
  const child = spawn("nginx", ["-c", file, "-e", join(folder, "nginx.log")], { stdio: "inherit" });
  const url = `http://127.0.0.1:${port}`;
  const gone = once(child, "exit");
  for (let up = false; !up;) {
    up = await fetch(url).then(() => true, () => false);
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
