// Players that we did not write, each asked to play one HLS stream to its end.
// Every function resolves to {ok, detail}; none decides by time, except that a player that hangs is ended.
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const run = (program, args, { timeout = 120_000 } = {}) => new Promise(resolve => {
  execFile(program, args, { timeout, maxBuffer: 64 << 20 }, (error, stdout, stderr) =>
    resolve({ code: error ? (error.code ?? -1) : 0, killed: error?.killed ?? false, stdout, stderr }));
});

/** ffmpeg decodes every stream of the best variant; a single warning is a failure. */
export async function playInFfmpeg(url) {
  const { code, killed, stderr } = await run('ffmpeg', ['-nostdin', '-v', 'warning', '-i', url, '-f', 'null', '-']);
  const complaints = stderr.split('\n').filter(line => line.trim());
  return { ok: code === 0 && complaints.length === 0, detail: killed ? 'hung' : complaints.slice(0, 3).join(' | ') || 'clean' };
}

// VLC refuses to run as root, so root lends it nobody's rights.
const cvlc = (args, options) => {
  const prefix = process.getuid() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', 'env', 'HOME=/tmp'] : [];
  const [program, ...first] = [...prefix, 'cvlc'];
  return run(program, [...first, '-I', 'dummy', '--no-video-title-show', '--play-and-exit', '-vv', ...args], options);
};

/** VLC plays with dummy outputs until the item ends, then copies the stream to a file whose length (seconds) shows how far it came. */
export async function playInVlc(url) {
  const played = await cvlc(['--vout', 'dummy', '--aout', 'dummy', '--rate', '8', url], { timeout: 300_000 });
  const decoded = /Received first picture|using audio decoder module/.test(played.stderr);
  const ended = /EOF reached/.test(played.stderr);
  const folder = await mkdtemp(join(tmpdir(), 'vlc-'));
  await chmod(folder, 0o777);
  try {
    const copy = join(folder, 'copy.ts');
    const copied = await cvlc(['--no-sout-all', '--sout', `#std{access=file,mux=ts,dst=${copy}}`, url], { timeout: 300_000 });
    const { stdout } = await run('ffprobe', ['-v', 'error', '-show_entries', 'format=duration', '-of', 'csv=p=0', copy]);
    return { ok: played.code === 0 && copied.code === 0 && decoded && ended, seconds: Number(stdout),
      detail: played.killed || copied.killed ? 'hung' : `decoded ${decoded}, ended ${ended}, copied ${Number(stdout).toFixed(2)} s` };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** GStreamer's playbin with fake sinks, until end of stream. */
export async function playInGstreamer(url) {
  const { code, killed, stdout, stderr } = await run('gst-launch-1.0', ['-e', 'playbin', `uri=${url}`,
    'video-sink=fakesink sync=false', 'audio-sink=fakesink sync=false'], { timeout: 120_000 });
  const text = stdout + stderr;
  return { ok: code === 0 && /Got EOS/.test(text) && !/ERROR/.test(text), detail: killed ? 'hung' : (/ERROR.*/.exec(text)?.[0] ?? 'end of stream') };
}

/**
 * What ffprobe says of one package: the variants' key frames against each other, gaps between packets, durations in seconds.
 * `url` is the multivariant playlist's.
 */
export async function inspectPackage(url) {
  const text = await (await fetch(url)).text();
  const lines = text.split('\n');
  const playlists = [...new Set([
    ...lines.filter(line => line && !line.startsWith('#')),
    ...[...text.matchAll(/#EXT-X-MEDIA:.*URI="([^"]+)"/g)].map(match => match[1]),
  ])];
  const tracks = [];
  for (const playlist of playlists) {
    const { stdout, stderr, code } = await run('ffprobe', ['-v', 'warning', '-show_entries', 'packet=pts_time,dts_time,duration_time,flags,codec_type',
      '-of', 'json', new URL(playlist, url).href]);
    if (code !== 0) return { problem: `${playlist}: ffprobe exit ${code}: ${stderr.slice(0, 200)}` };
    const packets = JSON.parse(stdout).packets.map(packet => ({ kind: packet.codec_type, key: packet.flags.includes('K'),
      pts: Number(packet.pts_time), dts: Number(packet.dts_time), duration: Number(packet.duration_time) }));
    const shown = [...packets].sort((a, b) => a.pts - b.pts);
    let gap = 0;
    for (let i = 1; i < shown.length; i++) {
      const before = shown[i - 1];
      if (before.pts < 0 && Number.isNaN(before.duration)) continue; // ffprobe gives the decoder's warm-up no duration
      const distance = Math.abs(shown[i].pts - before.pts - before.duration);
      gap = Number.isNaN(distance) ? Infinity : Math.max(gap, distance);
    }
    const last = shown.at(-1);
    tracks.push({ playlist, kind: packets[0]?.kind, start: shown[0]?.pts, end: last ? last.pts + last.duration : 0, gap,
      rising: packets.every((packet, i) => i === 0 || packet.dts > packets[i - 1].dts),
      keys: packets[0]?.kind === 'video' ? packets.filter(packet => packet.key).map(packet => packet.pts.toFixed(3)) : [],
      warnings: stderr.trim() });
  }
  const videos = tracks.filter(track => track.kind === 'video');
  return { tracks, aligned: videos.every(track => track.keys.join() === videos[0].keys.join()) };
}
