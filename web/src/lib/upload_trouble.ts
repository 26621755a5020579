// What an upload that stumbled should do: wait and go on, or stop and say why.

/** The part of tus-js-client's error that says what the server answered. */
export interface UploadError extends Error {
  originalResponse?: { getStatus(): number; getBody(): string } | null;
}

/** HTTP status behind an error; 0 when no answer came. */
function status_of(error: UploadError): number {
  return error.originalResponse?.getStatus() ?? 0;
}

/** The key of the server's problem details (RFC 9457); empty when the answer had none. */
function problem_key(error: UploadError): string {
  try {
    const { key } = JSON.parse(error.originalResponse?.getBody() ?? "") as { key?: unknown };
    return typeof key === "string" ? key : "";
  } catch {
    return "";
  }
}

const passing = [0, 423, 429, 500, 502, 503, 504];
// Conflicts that no new try solves. In the others the offsets differ, and tus asks for the right one before it goes on.
const lasting_conflicts = ["upload.story_published", "invite.not_accepted"];

/** Worth waiting for: no connection, a server that restarts or is busy, a lock that will be freed. */
export function is_passing(error: UploadError): boolean {
  const status = status_of(error);
  return status === 409 ? !lasting_conflicts.includes(problem_key(error)) : passing.includes(status);
}

/** Key of the sentence that says why the upload stopped. */
export function failure_key(error: UploadError): string {
  switch (status_of(error)) {
    case 409:
      return problem_key(error) === "upload.story_published" ? "story_published" : "link_closed";
    case 413:
      return "too_large";
    case 507:
      return "no_space";
    case 415:
      return "wrong_type";
    case 401:
    case 403:
    case 404:
    case 410:
      return "link_closed";
    default:
      console.warn(error.message);
      return "unknown";
  }
}
