// Gives the page's own <video> its stream: hls.js where there is MediaSource, else the browser's HLS (iPhones).
import Hls from "hls.js";
import "media-tracks/polyfill";

export interface Source {
  src: string;
  /** Seconds to begin at. */
  start?: number | undefined;
  /** False in frames without an origin, where a worker may not be loaded. */
  worker: boolean;
  onTrouble(trouble: Trouble): void;
}

export interface Trouble {
  kind: "unsupported" | "network" | "gone";
  retry?: () => void;
}

interface Renditions extends EventTarget {
  selectedIndex: number;
}
interface Sound {
  id: string;
  label: string;
  enabled: boolean;
}
/** What media-tracks adds to video elements, so that media-chrome's menus find the levels and the sounds. */
interface TrackedVideo {
  audioTracks: Iterable<Sound> & EventTarget;
  addAudioTrack(kind: string, label: string, language: string): Sound;
  videoRenditions: Renditions;
  addVideoTrack(kind: string): { id: string; selected: boolean; addRendition(src: string, width: number, height: number, codec?: string, bitrate?: number): { id: string } };
}

/** Gives the way to take the stream off again, for the next one. */
export function attach(video: HTMLVideoElement, source: Source): () => void {
  if (!Hls.isSupported()) {
    if (!video.canPlayType("application/vnd.apple.mpegurl")) source.onTrouble({ kind: "unsupported" });
    return () => undefined; // the server's markup already has the address
  }
  const hls = new Hls({
    workerPath: __HLS_WORKER__,
    enableWorker: source.worker,
    capLevelToPlayerSize: true,
    startPosition: source.start ?? -1,
    autoStartLoad: false,
  });
  offerQualities(hls, video);
  offerSounds(hls, video);
  reportTrouble(hls, source);
  video.removeAttribute("src");
  hls.loadSource(source.src);
  hls.attachMedia(video);
  loadLittleUntilPlayed(hls, video, source.start);
  endShortEndings(hls);
  return () => hls.destroy();
}

/**
 * hls.js 1.7 does not end the stream where the last segment is a picture or two (it sees a segment only where the buffer
 * grew by more than it tolerates), nor in a story of a few frames, whose sound it takes for an overlap. The browser then
 * waits for more. The last segment of every track in the buffer means that nothing more comes.
 */
function endShortEndings(hls: Hls): void {
  const ended = new Set<string>();
  hls.on(Hls.Events.FRAG_BUFFERED, (_event, { frag }) => {
    const details = hls.latestLevelDetails;
    if (!details || details.live || !frag.endList) return;
    ended.add(frag.type);
    if (ended.size === (hls.audioTracks.length > 0 ? 2 : 1)) hls.trigger(Hls.Events.BUFFER_EOS, { type: null });
  });
}

/** Before the first play only enough for the picture and the length. */
function loadLittleUntilPlayed(hls: Hls, video: HTMLVideoElement, start: number | undefined): void {
  const { maxBufferLength, maxBufferSize } = hls.config;
  if (video.paused) {
    hls.config.maxBufferLength = 1;
    hls.config.maxBufferSize = 1;
    video.addEventListener("play", () => Object.assign(hls.config, { maxBufferLength, maxBufferSize }), { once: true });
  }
  hls.once(Hls.Events.MANIFEST_PARSED, () => hls.startLoad(start ?? -1));
}

function offerQualities(hls: Hls, video: HTMLVideoElement): void {
  const tracked = video as unknown as TrackedVideo;
  hls.once(Hls.Events.MANIFEST_PARSED, () => {
    const track = tracked.addVideoTrack("main");
    track.id = "main";
    track.selected = true;
    hls.levels.forEach((level, index) => {
      const rendition = track.addRendition(level.url[0] ?? "", level.width, level.height, level.videoCodec, level.bitrate);
      rendition.id = String(index);
    });
    tracked.videoRenditions.addEventListener("change", () => {
      hls.nextLevel = tracked.videoRenditions.selectedIndex; // -1 is automatic in both
    });
  });
}

/** Languages and commentary, where there is something to choose from. */
function offerSounds(hls: Hls, video: HTMLVideoElement): void {
  const tracked = video as unknown as TrackedVideo;
  hls.once(Hls.Events.AUDIO_TRACKS_UPDATED, (_event, { audioTracks }) => {
    if (audioTracks.length < 2) return;
    for (const [index, { name, lang, default: main }] of audioTracks.entries()) {
      const sound = tracked.addAudioTrack(main ? "main" : "alternative", name.slice(0, 1).toLocaleUpperCase(lang) + name.slice(1), lang ?? "");
      sound.id = String(index);
      sound.enabled = main;
    }
    tracked.audioTracks.addEventListener("change", () => {
      const chosen = [...tracked.audioTracks].find((sound) => sound.enabled);
      if (chosen && hls.audioTrack !== Number(chosen.id)) hls.audioTrack = Number(chosen.id);
    });
  });
}

function reportTrouble(hls: Hls, source: Source): void {
  let recovered = false;
  hls.on(Hls.Events.ERROR, (_event, error) => {
    if (!error.fatal) return;
    const status = error.response?.code ?? 0;
    if (error.type === Hls.ErrorTypes.MEDIA_ERROR && !recovered) {
      recovered = true;
      hls.recoverMediaError();
    } else if (status === 404 || status === 410) {
      source.onTrouble({ kind: "gone" });
    } else if (error.type === Hls.ErrorTypes.NETWORK_ERROR) {
      source.onTrouble({
        kind: "network",
        retry: () => (hls.levels.length ? hls.startLoad() : hls.loadSource(source.src)),
      });
    } else {
      source.onTrouble({ kind: "unsupported" });
    }
  });
}
