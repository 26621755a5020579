// The worker API, asked without a worker.
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** One request of a worker's under the lease `token`, to a {url, data}; `body` is sent as it is when it is text, else as JSON. Gives the answer. */
export function askAsWorker({ url, data }, path, token, body, method = "POST") {
  const secret = readFileSync(join(data, "secrets/worker-token"), "utf8").trim();
  const headers = { authorization: `Bearer ${secret}`, "tarina-lease": String(token), "content-type": "application/json" };
  return fetch(`${url}/api/v1/worker/${path}`, { method, headers, body: typeof body === "string" ? body : JSON.stringify(body) });
}
