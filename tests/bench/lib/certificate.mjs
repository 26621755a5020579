// Certificates that nobody but a test trusts.
import { execFileSync } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A certificate for localhost in `folder`; gives {certificate, key, spki}: two files, and the key's hash as Chromium wants it. */
export function makeCertificate(folder, name = "localhost") {
  const [certificate, key] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
  execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", certificate, "-days", "2", "-subj", `/CN=${name}`, "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"], { stdio: "ignore" });
  const der = new X509Certificate(readFileSync(certificate)).publicKey.export({ type: "spki", format: "der" });
  return { certificate, key, spki: createHash("sha256").update(der).digest("base64") };
}
