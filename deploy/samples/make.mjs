// Makes the sample stories' videos and subtitles: espeak-ng speaks each sentence, the teller's mouth follows the sound,
// and since every sentence is spoken on its own, the cue times are exact.  node make.mjs OUT_FOLDER
import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { draw } from "./draw.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const rate = 22050; // espeak-ng's
const fps = 25;
const seconds_before = 0.7;
const seconds_between = 0.5;
const seconds_after = 1.0;

/** 16-bit mono samples of one spoken sentence, without the silence around it. */
function speak(voice, text) {
  const wav = execFileSync("espeak-ng", ["-v", voice, "-s", "145", "-p", "45", "-a", "140", "--stdout", text], { maxBuffer: 64 << 20 });
  const samples = new Int16Array(wav.buffer.slice(wav.byteOffset + 44, wav.byteOffset + wav.length - ((wav.length - 44) % 2)));
  let first = 0;
  let last = samples.length;
  while (first < last && Math.abs(samples[first]) < 150) ++first;
  while (last > first && Math.abs(samples[last - 1]) < 150) --last;
  return samples.subarray(first, last);
}

function join_sound(story) {
  const silence = (seconds) => new Int16Array(Math.round(seconds * rate));
  const parts = [silence(seconds_before)];
  const times = [];
  let at = parts[0].length;
  for (const [i, line] of story.lines.entries()) {
    const samples = speak(story.voice, line[story.spoken]);
    times.push([at / rate, (at + samples.length) / rate]);
    const gap = silence(i + 1 < story.lines.length ? seconds_between : seconds_after);
    parts.push(samples, gap);
    at += samples.length + gap.length;
  }
  const sound = new Int16Array(at);
  let offset = 0;
  for (const part of parts) {
    sound.set(part, offset);
    offset += part.length;
  }
  return { sound, times };
}

/** How far the mouth is open in each frame: 0, 1 or 2, held for two frames so that it does not flicker. */
function read_lips(sound) {
  const window = Math.round((rate / fps) * 2);
  const lips = [];
  for (let start = 0; start < sound.length; start += window) {
    let sum = 0;
    const end = Math.min(start + window, sound.length);
    for (let i = start; i < end; ++i) sum += sound[i] * sound[i];
    const loud = Math.sqrt(sum / (end - start));
    const open = loud > 3500 ? 2 : loud > 900 ? 1 : 0;
    lips.push(open, open);
  }
  return lips;
}

function write_wav(path, sound) {
  const header = Buffer.alloc(44);
  header.write("RIFF", 0);
  header.writeUInt32LE(36 + sound.byteLength, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36);
  header.writeUInt32LE(sound.byteLength, 40);
  writeFileSync(path, Buffer.concat([header, Buffer.from(sound.buffer, sound.byteOffset, sound.byteLength)]));
}

const longest_line = 37; // the Finnish subtitling recommendations: at most two lines of 37 characters

/** Lines of about equal length. */
function wrap(text, count = Math.ceil(text.length / longest_line)) {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1);
    const limit = lines.length < count ? text.length / count + word.length / 2 : Infinity;
    if (line && line.length + 1 + word.length > Math.min(limit, longest_line)) lines.push(word);
    else lines[lines.length - 1] = line ? `${line} ${word}` : word;
  }
  return lines;
}

/** One sentence as cues of one or two lines; a long sentence is shared out by its letters. */
function cues_of(text, start, end) {
  const lines = wrap(text);
  const parts = [];
  for (let i = 0; i < lines.length; i += 2) parts.push(lines.slice(i, i + 2));
  const letters = (some) => some.join(" ").length;
  const all = parts.reduce((sum, part) => sum + letters(part), 0);
  let at = start;
  return parts.map((part, i) => {
    const from = at;
    at = i + 1 < parts.length ? from + ((end - start) * letters(part)) / all : end;
    return `${clock(from)} --> ${clock(at)}\n${part.join("\n")}\n`;
  });
}

const clock = (seconds) => new Date(Math.round(seconds * 1000)).toISOString().slice(11, 23);

function write_subtitles(story, times, language) {
  const cues = story.lines.flatMap((line, i) => cues_of(line[language], times[i][0], Math.min(times[i][1] + 0.3, times[i + 1]?.[0] ?? Infinity)));
  return `WEBVTT\n\n${cues.join("\n")}`;
}

/** Pictures as raw yuv420p, one for each mouth with eyes open and shut. */
function render(story, folder) {
  return [false, true].map((blink) => [0, 1, 2].map((open) => {
    const svg = join(folder, `${open}${blink}.svg`);
    writeFileSync(svg, draw(story, open, blink));
    return execFileSync("ffmpeg", ["-nostdin", "-v", "error", "-i", svg, "-vf", "scale=out_color_matrix=bt709:out_range=tv", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-"], { maxBuffer: 16 << 20 });
  }));
}

async function encode(story, out, folder, sound) {
  const wav = join(folder, "speech.wav");
  write_wav(wav, sound);
  const pictures = render(story, folder);
  const size = story.portrait ? "720x1280" : "1280x720";
  const ffmpeg = spawn("ffmpeg", ["-nostdin", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", size, "-r", String(fps), "-i", "-", "-i", wav,
    "-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-g", "125", "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv",
    "-c:a", "aac", "-b:a", "96k", "-ar", "48000", "-movflags", "+faststart", "-shortest", out], { stdio: ["pipe", "inherit", "inherit"] });
  const done = new Promise((resolve, reject) => {
    ffmpeg.on("error", reject);
    ffmpeg.on("close", (code) => (code === 0 ? resolve() : reject(new Error(`ffmpeg ended with ${code}`))));
  });
  ffmpeg.stdin.on("error", () => {}); // "close" tells what went wrong
  for (const [frame, open] of read_lips(sound).entries()) {
    const blink = frame % 90 < 4 || frame % 137 < 4;
    if (!ffmpeg.stdin.write(pictures[blink ? 1 : 0][open])) await new Promise((resolve) => ffmpeg.stdin.once("drain", resolve));
  }
  ffmpeg.stdin.end();
  await done;
}

const target = process.argv[2];
if (!target) throw new Error("usage: node make.mjs OUT_FOLDER");
mkdirSync(target, { recursive: true });
const makers = ["make.mjs", "draw.mjs"].map((name) => readFileSync(join(here, name), "utf8")).join("");
const stories = JSON.parse(readFileSync(join(here, "stories.json"), "utf8"));
for (const story of stories) {
  const folder = join(target, story.id);
  const recipe = createHash("sha256").update(makers + JSON.stringify(story)).digest("hex");
  if (existsSync(join(folder, "recipe")) && readFileSync(join(folder, "recipe"), "utf8") === recipe) continue;
  const work = mkdtempSync(join(tmpdir(), "tarina-sample-"));
  try {
    const { sound, times } = join_sound(story);
    console.log(`  ${story.id}: ${(sound.length / rate).toFixed(1)} s, ${story.title[story.spoken]}`);
    mkdirSync(folder, { recursive: true });
    await encode(story, join(folder, "new.mp4"), work, sound);
    for (const language of ["fi", "sv", "en"]) {
      if (story.lines.every((line) => line[language])) writeFileSync(join(folder, `${language}.vtt`), write_subtitles(story, times, language));
    }
    renameSync(join(folder, "new.mp4"), join(folder, "video.mp4"));
    writeFileSync(join(folder, "recipe"), recipe); // last: a half-made sample is made again
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
