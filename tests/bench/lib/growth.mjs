// Whether a process grows: its memory and descriptors over time.
import { readFileSync, readdirSync } from "node:fs";

const kilobytes = (text, name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)[1]);

/** {seconds, anonymous_mb, pss_mb, fds} of a process now; `began`: performance.now() at the start. */
export function sample(pid, began) {
  const smaps = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return {
    seconds: (performance.now() - began) / 1000,
    anonymous_mb: kilobytes(status, "RssAnon") / 1024,
    pss_mb: kilobytes(smaps, "Pss") / 1024,
    fds: readdirSync(`/proc/${pid}/fd`).length,
  };
}

/** Theil–Sen: the median of the slopes between all pairs, which a few odd samples do not move. Per unit of x. */
export function slope(points) {
  const slopes = [];
  for (let i = 0; i < points.length; ++i) for (let j = i + 1; j < points.length; ++j) slopes.push((points[j][1] - points[i][1]) / (points[j][0] - points[i][0]));
  if (slopes.length === 0) return NaN;
  slopes.sort((a, b) => a - b);
  return (slopes[(slopes.length - 1) >> 1] + slopes[slopes.length >> 1]) / 2;
}
