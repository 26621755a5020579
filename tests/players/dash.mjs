// dash.js and Shaka Player in Chromium, each with the story's DASH manifest.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../browser/lib/server.mjs";

const programs = { "dash.js": "dashjs/dist/modern/umd/dash.all.min.js", Shaka: "shaka-player/dist/shaka-player.compiled.js" };

/** What runs in the page: plays `manifest` to its end, as fast as asked. */
function play({ name, manifest, picture, sound }) {
  return new Promise((resolve) => {
    const video = document.querySelector("video");
    const errors = [];
    const end = (words) => {
      clearTimeout(deadline);
      const frames = video.getVideoPlaybackQuality().totalVideoFrames;
      const bytes = video.webkitAudioDecodedByteCount;
      if (picture && !(frames > 0)) errors.push("no picture was shown");
      if (sound && !(bytes > 0)) errors.push("no sound was decoded");
      if (Math.abs(video.currentTime - video.duration) > 0.1) errors.push(`ended at ${video.currentTime} of ${video.duration}`);
      resolve({ ok: errors.length === 0 && words === "ended", seconds: video.duration, detail: [words, `${video.currentTime.toFixed(2)} s, ${frames} pictures, ${bytes} bytes of sound`, ...errors].join("; ") });
    };
    const deadline = setTimeout(() => end(`stuck, ${video.error?.message ?? "no error"}`), 120_000);
    video.addEventListener("ended", () => end("ended"));
    video.addEventListener("error", () => end(`failed: ${video.error.message}`));
    video.muted = true;
    // Players set the rate again when they attach.
    for (const event of ["playing", "timeupdate"]) video.addEventListener(event, () => (video.playbackRate = 4));
    if (name === "dash.js") {
      const player = globalThis.dashjs.MediaPlayer().create();
      player.on(globalThis.dashjs.MediaPlayer.events.ERROR, (event) => end(`failed: dash.js: ${event.error?.message ?? event.error}`));
      player.initialize(video, manifest, true);
      return;
    }
    globalThis.shaka.polyfill.installAll();
    const player = new globalThis.shaka.Player();
    player.addEventListener("error", (event) => errors.push(`Shaka: ${event.detail.code} ${event.detail.message ?? ""}`));
    player.attach(video).then(() => player.load(manifest)).then(() => video.play()).catch((failure) => end(`failed: ${failure.code ?? failure}`));
  });
}

/** `name`: "dash.js" or "Shaka"; `manifest`: address of main.mpd. Resolves to {ok, seconds, detail}. */
export async function playDash(context, name, manifest, { picture = true, sound = true } = {}) {
  let page;
  const complaints = [];
  try {
    page = await context.newPage();
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    // A page of the site's own origin, for a published story's streams are open to no other.
    const place = new URL("/player-under-test", manifest).href;
    await page.route(place, (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html><link rel=icon href='data:,'><video width=640 height=360></video>" }));
    await page.goto(place);
    await page.addScriptTag({ content: await readFile(join(root, "web/node_modules", programs[name]), "utf8") });
    const outcome = await page.evaluate(play, { name, manifest, picture, sound });
    return complaints.length ? { ...outcome, ok: false, detail: `${outcome.detail}; ${complaints.slice(0, 3).join(" | ")}` } : outcome;
  } catch (failure) {
    return { ok: false, detail: failure.message };
  } finally {
    await page?.close();
  }
}
