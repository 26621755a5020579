// A plain <video controls> for people who check a story; plays the growing playlist of a story still being encoded.
//
//   <video controls data-preview="/stream/p-…/main.m3u8">; hls.js is fetched only when a preview is there.
import type Hls from "hls.js";

export class PreviewPlayer {
  private hls_: Hls | null = null;
  private playing_ = "";

  constructor(readonly video: HTMLVideoElement) {
    const url = video.dataset.preview;
    if (url) void this.load(url);
  }

  /** Loads a preview unless it is the one already playing. A renewed signature of the same package is no new preview. */
  async load(url: string): Promise<void> {
    const package_name = /\/p-([a-z0-9]+)-/.exec(url)?.[1] ?? url;
    if (package_name === this.playing_) return;
    this.playing_ = package_name;
    this.hls_?.destroy();
    this.hls_ = null;
    const { default: hls_class } = await import("hls.js");
    if (hls_class.isSupported()) {
      // From the start even while the playlist still grows: this is a recording, not a broadcast.
      this.hls_ = new hls_class({ startPosition: 0, enableWorker: false, maxBufferLength: 20 });
      this.hls_.loadSource(url);
      this.hls_.attachMedia(this.video);
    } else {
      this.video.src = url;
    }
  }
}
