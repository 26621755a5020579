// hls.js in Chromium, as the watch page starts it.

/** Plays the watch page's video at speed until it ends. */
export async function playInChromium(context, address) {
  let page;
  try {
    page = await context.newPage();
    await page.goto(address);
    const outcome = await page.evaluate(() => new Promise((resolve) => {
      const find = () => {
        const walk = (node) => node.querySelector?.("video") ?? [...(node.querySelectorAll?.("*") ?? [])].map((child) => child.shadowRoot && walk(child.shadowRoot)).find(Boolean);
        return walk(document);
      };
      const words = (video) => {
        const buffered = Array.from({ length: video.buffered.length }, (_, i) => `${video.buffered.start(i)}-${video.buffered.end(i)}`);
        return `${video.currentTime} of ${video.duration}, ${video.paused ? "paused, " : ""}state ${video.readyState}, buffered ${buffered}, ${video.error?.message ?? "no error"}`;
      };
      const deadline = setTimeout(() => resolve({ ok: false, detail: `stuck at ${find() ? words(find()) : "no video"}` }), 120_000);
      const attempt = () => {
        const video = find();
        if (!video || !(video.duration > 0) || video.readyState < 2) return setTimeout(attempt, 50);
        video.muted = true;
        video.addEventListener("ended", () => {
          clearTimeout(deadline);
          resolve({ ok: true, detail: `ended at ${video.currentTime.toFixed(2)} s` });
        });
        video.playbackRate = 4;
        video.play().catch((failure) => resolve({ ok: false, detail: String(failure) }));
      };
      attempt();
    }));
    return outcome;
  } catch (failure) {
    return { ok: false, detail: failure.message };
  } finally {
    await page?.close();
  }
}
