// Small files that would be huge once opened, or long, or many. Made by ffmpeg where it makes such things, else by hand.
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { deflateSync } from "node:zlib";
import { box } from "./disguises.mjs";

const run = promisify(execFile);
const u32 = (n) => Buffer.from([n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255]);
const u32le = (n) => Buffer.from([...u32(n)].reverse());
const ffmpeg = (args) => run("ffmpeg", ["-nostdin", "-v", "error", "-y", ...args], { maxBuffer: 16 << 20 });

/** Where the body of the first box of this type begins. */
function bodyOf(bytes, type) {
  const at = bytes.indexOf(type, 0, "latin1");
  if (at < 0) throw new Error(`no ${type}`);
  return at + 4;
}

function patched(bytes, type, offset, value) {
  const copy = Buffer.from(bytes);
  copy.set(value, bodyOf(copy, type) + offset);
  return copy;
}

/** A PNG of `side` × `side` zero bits: a megapixel in a hundred bytes. */
function pngBomb(side) {
  const table = [];
  for (let n = 0; n < 256; n++) {
    let c = n;
    for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    table.push(c >>> 0);
  }
  const crc = (bytes) => {
    let c = 0xffffffff;
    for (const byte of bytes) c = table[(c ^ byte) & 255] ^ (c >>> 8);
    return (c ^ 0xffffffff) >>> 0;
  };
  const part = (type, body) => {
    const named = Buffer.concat([Buffer.from(type), body]);
    return Buffer.concat([u32(body.length), named, u32(crc(named))]);
  };
  const pixels = deflateSync(Buffer.alloc(side * (Math.ceil(side / 8) + 1)), { level: 9 });
  return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), part("IHDR", Buffer.concat([u32(side), u32(side), Buffer.from([1, 0, 0, 0, 0])])), part("IDAT", pixels), part("IEND", Buffer.alloc(0))]);
}

/** A JPEG's frame header says another size than its data have. */
function jpegSays(bytes, width, height) {
  const copy = Buffer.from(bytes);
  const at = copy.indexOf(Buffer.from([0xff, 0xc0]));
  copy.set([height >> 8, height & 255, width >> 8, width & 255], at + 5);
  return copy;
}

/** An AVI with `frames` pictures of which only the first has bytes. */
function aviOfNothing(picture, frames, rate) {
  const chunk = (type, body) => Buffer.concat([Buffer.from(type, "latin1"), u32le(body.length), body, Buffer.alloc(body.length & 1)]);
  const list = (type, ...parts) => chunk("LIST", Buffer.concat([Buffer.from(type), ...parts]));
  const strh = chunk("strh", Buffer.concat([Buffer.from("vidsMJPG"), Buffer.alloc(12), u32le(1), u32le(rate), u32le(0), u32le(frames), Buffer.alloc(20)]));
  const strf = chunk("strf", Buffer.concat([u32le(40), u32le(64), u32le(64), Buffer.from([1, 0, 24, 0]), Buffer.from("MJPG"), Buffer.alloc(20)]));
  const avih = chunk("avih", Buffer.concat([u32le(Math.round(1e6 / rate)), Buffer.alloc(8), u32le(0), u32le(frames), u32le(0), u32le(1), u32le(0), u32le(64), u32le(64), Buffer.alloc(16)]));
  const nothing = Buffer.from("00dc\0\0\0\0");
  const movi = Buffer.concat([chunk("00dc", picture), Buffer.alloc(nothing.length * (frames - 1), nothing)]);
  const body = Buffer.concat([Buffer.from("AVI "), list("hdrl", avih, list("strl", strh, strf)), chunk("LIST", Buffer.concat([Buffer.from("movi"), movi]))]);
  return Buffer.concat([Buffer.from("RIFF"), u32le(body.length), body]);
}

/** `depth` boxes, each inside the one before. */
function nested(type, depth, inner = Buffer.alloc(0)) {
  const head = Buffer.alloc(8 * depth);
  for (let i = 0; i < depth; i++) head.set([...u32(8 * (depth - i) + inner.length), ...Buffer.from(type)], 8 * i);
  return Buffer.concat([head, inner]);
}

function wav(channels, rate, bits, bytes) {
  const fmt = Buffer.concat([Buffer.from([1, 0, channels & 255, channels >> 8]), u32le(rate), u32le(0), Buffer.from([0, 0, bits, 0])]);
  return Buffer.concat([Buffer.from("RIFF"), u32le(0xffffffff), Buffer.from("WAVEfmt "), u32le(16), fmt, Buffer.from("data"), u32le(0xffffffff), Buffer.alloc(bytes)]);
}

/** MPEG-TS that never comes to the point: a table of programs with one picture stream, then padding. */
function endlessTs(packets) {
  const pad = Buffer.alloc(188, 0xff);
  pad.set([0x47, 0x1f, 0xff, 0x10]);
  const section = (pid, bytes) => {
    const packet = Buffer.alloc(188, 0xff);
    packet.set([0x47, 0x40 | (pid >> 8), pid & 255, 0x10, 0, ...bytes]);
    return packet;
  };
  const pat = section(0, [0x00, 0xb0, 0x0d, 0, 1, 0xc1, 0, 0, 0, 1, 0xf0, 0, 0x2a, 0xb1, 0x04, 0xb2]);
  const pmt = section(0x1000, [0x02, 0xb0, 0x12, 0, 1, 0xc1, 0, 0, 0xe1, 0, 0xf0, 0, 0x1b, 0xe1, 0, 0xf0, 0, 0x15, 0xbd, 0x4d, 0x56]);
  return Buffer.concat([pat, pmt, Buffer.alloc(188 * packets, pad)]);
}

/** A compressed film header that grows a thousandfold. */
function compressedHeader(megabytes) {
  const packed = deflateSync(nested("free", 1, Buffer.alloc(megabytes << 20)), { level: 9 });
  return Buffer.concat([box("ftyp", Buffer.from("qt  "), Buffer.alloc(4)), box("moov", box("cmov", box("dcom", Buffer.from("zlib")), box("cmvd", u32(megabytes << 20), packed)))]);
}

/**
 * [[name, bytes, may], …]: `may` is true for what is in truth a film, which may as well become a story. Files in between
 * go to `folder`; `long` makes the longest films as long as they can be.
 */
export async function bombs(folder, long) {
  const at = (name) => join(folder, name);
  await ffmpeg(["-f", "lavfi", "-i", "testsrc2=s=64x64:r=25:d=2", "-f", "lavfi", "-i", "sine=d=2", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac", "-movflags", "+faststart", at("good.mp4")]);
  const good = await readFile(at("good.mp4"));
  await ffmpeg(["-i", at("good.mp4"), "-c", "copy", at("good.mkv")]);
  const mkv = await readFile(at("good.mkv"));
  await ffmpeg(["-f", "lavfi", "-i", "testsrc2=s=64x64", "-frames:v", "1", at("small.jpg")]);
  const jpeg = await readFile(at("small.jpg"));

  await ffmpeg(["-f", "lavfi", "-i", "color=s=16000x16000:r=1", "-frames:v", "1", "-c:v", "mjpeg", "-pix_fmt", "yuvj420p", at("16k.avi")]);
  await ffmpeg(["-f", "lavfi", "-i", "testsrc2=s=64x64:r=1000:d=4", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", at("1000fps.mp4")]);
  const gap = long ? 7200 : 600;
  await ffmpeg(["-f", "lavfi", "-i", "testsrc2=s=64x64:r=1:d=2", "-vf", `setpts=N*${gap}/TB`, "-vsync", "0", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-video_track_timescale", "1000", at("two.mp4")]);
  const tiny = long ? 600 : 60; // seconds
  await ffmpeg(["-f", "lavfi", "-i", `color=s=16x16:r=1000:d=${tiny}`, "-c:v", "mpeg4", at("tiny.mp4")]);
  const many = Array.from({ length: 300 }, () => ["-map", "0:a"]).flat();
  await ffmpeg(["-f", "lavfi", "-i", "sine=d=0.1", ...many, "-c:a", "pcm_s16le", at("300.mov")]);
  await ffmpeg(["-f", "lavfi", "-i", "sine=d=0.1", ...many, "-c:a", "flac", at("300.mkv")]);
  await ffmpeg(["-f", "lavfi", "-i", "sine=d=1", "-c:a", "aac", at("sound.m4a")]);
  const bomb = pngBomb(30_000);
  const sound = await readFile(at("sound.m4a"));
  // A cover in an MP4 sound file: udta/meta/ilst/covr, appended as a second moov's worth of metadata inside the first.
  const cover = box("udta", box("meta", u32(0), box("hdlr", Buffer.alloc(8), Buffer.from("mdirappl"), Buffer.alloc(9)), box("ilst", box("covr", box("data", u32(14), u32(0), bomb)))));
  const moov = bodyOf(sound, "moov") - 8;
  const length = sound.readUInt32BE(moov);
  const covered = Buffer.concat([sound.subarray(0, moov), u32(length + cover.length), sound.subarray(moov + 4, moov + length), cover, sound.subarray(moov + length)]);
  const id3Picture = Buffer.concat([Buffer.from("\0image/png\0\x03\0", "latin1"), bomb]);
  const synchsafe = (n) => Buffer.from([(n >> 21) & 127, (n >> 14) & 127, (n >> 7) & 127, n & 127]);
  await ffmpeg(["-f", "lavfi", "-i", "sine=d=1", "-c:a", "libmp3lame", "-id3v2_version", "0", at("sound.mp3")]);
  const apic = Buffer.concat([Buffer.from("APIC"), synchsafe(id3Picture.length), Buffer.from([0, 0]), id3Picture]);
  const mp3 = Buffer.concat([Buffer.from("ID3\x04\0\0", "latin1"), synchsafe(apic.length), apic, await readFile(at("sound.mp3"))]);

  return [
    ["picture of 16000 x 16000", await readFile(at("16k.avi")), false],
    ["png of 30000 x 30000", bomb, false],
    ["jpeg that says 65500 x 65500", aviOfNothing(jpegSays(jpeg, 65_500, 65_500), 3, 25), false],
    ["1000 pictures a second", await readFile(at("1000fps.mp4")), true],
    ["two pictures, far apart", await readFile(at("two.mp4")), true],
    ["300 streams in QuickTime", await readFile(at("300.mov")), false],
    ["300 streams in Matroska", await readFile(at("300.mkv")), false],
    [`${tiny},000 tiny pictures, 1000 a second`, await readFile(at("tiny.mp4")), true],
    ["600,000 pictures of no bytes", aviOfNothing(jpeg, 600_000, 25), true],
    ["600,000 pictures of no bytes, 1000 a second", aviOfNothing(jpeg, 600_000, 1000), true],
    ["a table of four thousand million samples", patched(good, "stsz", 4, Buffer.concat([u32(1), u32(0xfffffff0)])), false],
    ["a table larger than the file", patched(good, "stsz", 8, u32(0x0fffffff)), true],
    ["a sample that lasts years", patched(good, "stts", 12, u32(0x7fffffff)), true],
    ["chunks beyond the end", patched(good, "stco", 8, u32(0xfffffff0)), true],
    ["100,000 boxes in each other", Buffer.concat([box("ftyp", Buffer.from("isom"), Buffer.alloc(4)), nested("moov", 100_000)]), false],
    ["100,000 tags in each other", Buffer.concat([mkv.subarray(0, 2048), Buffer.alloc(12 * 100_000, Buffer.from([0x67, 0xc8, 0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xec])), mkv.subarray(2048)]), true],
    ["a compressed header of 900 megabytes", compressedHeader(900), false],
    ["65535 channels", wav(65_535, 48_000, 16, 1 << 20), false],
    ["4,294,967,295 samples a second", wav(2, 0xffffffff, 16, 1 << 20), true],
    ["one sample a second", wav(1, 1, 8, 100_000), true],
    ["a cover of 30000 x 30000 in MP4", covered, true],
    ["a cover of 30000 x 30000 in MP3", mp3, true],
    ["a stream of nothing", endlessTs(long ? 2_000_000 : 200_000), false],
    ["cut off in its header", good.subarray(0, 600), false],
    ["cut off in its pictures", good.subarray(0, good.length >> 1), true],
    ["cut off in Matroska", mkv.subarray(0, mkv.length >> 1), true],
    ["a film with another in its middle", Buffer.concat([good.subarray(0, good.length >> 1), good]), true],
  ];
}
