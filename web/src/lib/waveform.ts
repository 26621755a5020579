// The sound around the playing moment as a picture: waveform, where somebody speaks, the cues being edited, and as
// dashed lines where the picture changes.
// Formats of the two files: media/README.md. For those who see it; everything it does is in buttons and keys as well.
import type { CueList } from "./cue_list";
import type { ShotChanges } from "./shot_changes";

const shown_ms = 12_000;
const header_bytes = 24;
const nearest_ms = 250; // a span that begins so soon has been reached already

interface Peaks {
  ms: number; // a peak
  pairs: Int8Array; // lowest, highest
}

export class Waveform {
  private peaks_: Peaks | null = null;
  private spans_: [number, number][] = [];
  private loudest_ = 1;
  private frame_ = 0;

  constructor(
    private canvas_: HTMLCanvasElement,
    private video_: HTMLVideoElement,
    private cues_: CueList,
    private shots_: ShotChanges,
  ) {
    void this.load();
    for (const event of ["timeupdate", "seeking", "seeked", "loadedmetadata", "durationchange"]) video_.addEventListener(event, () => this.draw());
    video_.addEventListener("play", () => this.follow());
    new ResizeObserver(() => this.draw()).observe(canvas_);
    canvas_.addEventListener("mousedown", (event) => event.preventDefault()); // the focus stays: keys work where it is
    canvas_.addEventListener("pointerdown", (event) => {
      const box = canvas_.getBoundingClientRect();
      video_.currentTime = Math.max(0, this.first_ms() + ((event.clientX - box.left) / box.width) * shown_ms) / 1000;
    });
  }

  get has_speech(): boolean {
    return this.spans_.length > 0;
  }

  /** Where the next speech after `ms` begins. */
  next_speech(ms: number): number | null {
    return this.spans_.find(([start]) => start > ms + nearest_ms)?.[0] ?? null;
  }

  /** Draws anew; cheap enough to be called for every change. */
  draw(): void {
    if (this.canvas_.hidden) return;
    const scale = devicePixelRatio || 1;
    const width = Math.round(this.canvas_.clientWidth * scale);
    const height = Math.round(this.canvas_.clientHeight * scale);
    const paper = this.canvas_.getContext("2d");
    if (!paper || width === 0) return;
    if (this.canvas_.width !== width || this.canvas_.height !== height) Object.assign(this.canvas_, { width, height });
    paper.clearRect(0, 0, width, height);
    const style = getComputedStyle(this.canvas_);
    const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
    const first = this.first_ms();
    const x = (ms: number) => ((ms - first) / shown_ms) * width;

    for (const cue of this.cues_.cues) {
      if (cue.end_ms < first || cue.start_ms > first + shown_ms) continue;
      paper.fillStyle = colour("highlight");
      paper.fillRect(x(cue.start_ms), 0, Math.max(scale, x(cue.end_ms) - x(cue.start_ms)), height);
      paper.fillStyle = colour("line-strong");
      paper.fillRect(x(cue.start_ms), 0, scale, height);
      paper.fillRect(x(cue.end_ms), 0, scale, height);
    }
    paper.fillStyle = colour("accent");
    for (const [start, end] of this.spans_) {
      if (end > first && start < first + shown_ms) paper.fillRect(x(start), height - 4 * scale, x(end) - x(start), 4 * scale);
    }
    paper.fillStyle = colour("ink-soft");
    const middle = (height - 4 * scale) / 2;
    for (let column = 0; this.peaks_ && column < width; column += 1) {
      const [low, high] = range(this.peaks_, first + (column / width) * shown_ms, first + ((column + 1) / width) * shown_ms);
      const up = (high / this.loudest_) * middle;
      const down = (-low / this.loudest_) * middle;
      if (up + down > 0) paper.fillRect(column, middle - up, 1, Math.max(1, up + down));
    }
    paper.strokeStyle = colour("ink");
    paper.lineWidth = 1.5 * scale;
    paper.setLineDash([4 * scale, 3 * scale]);
    paper.beginPath();
    for (const time of this.shots_.times) {
      if (time < first || time > first + shown_ms) continue;
      paper.moveTo(x(time), 0);
      paper.lineTo(x(time), height);
    }
    paper.stroke();
    paper.fillStyle = colour("danger");
    paper.fillRect(x(this.video_.currentTime * 1000) - scale, 0, 2 * scale, height);
  }

  /** The moment stays at a third of the width, except at both ends. */
  private first_ms(): number {
    const length = this.peaks_ ? (this.peaks_.pairs.length / 2) * this.peaks_.ms : (this.video_.duration || 0) * 1000;
    return Math.max(0, Math.min(this.video_.currentTime * 1000 - shown_ms / 3, length - shown_ms));
  }

  private follow(): void {
    cancelAnimationFrame(this.frame_);
    const step = () => {
      this.draw();
      if (!this.video_.paused) this.frame_ = requestAnimationFrame(step);
    };
    step();
  }

  /** Without the files, or with ones that cannot be read, only what is known besides is drawn; nothing else depends on it. */
  private async load(): Promise<void> {
    const { peaks, speech } = this.canvas_.dataset;
    const [waveform, map] = await Promise.all([peaks ? fetched(peaks) : null, speech ? fetched(speech) : null]);
    if (map) this.spans_ = ((await map.json()) as { spans: [number, number][] }).spans;
    if (waveform) this.read(await waveform.arrayBuffer());
    if (!this.peaks_ && this.shots_.times.length === 0) return;
    this.canvas_.hidden = false;
    this.canvas_.dataset.ready = "yes";
    this.draw();
  }

  private read(bytes: ArrayBuffer): void {
    const head = new DataView(bytes);
    if (bytes.byteLength < header_bytes || head.getUint32(0, true) !== 2) return;
    this.peaks_ = { ms: (head.getUint32(12, true) * 1000) / head.getUint32(8, true), pairs: new Int8Array(bytes, header_bytes) };
    this.loudest_ = this.peaks_.pairs.reduce((most, peak) => Math.max(most, Math.abs(peak)), 1);
  }
}

/** The lowest and the highest sample between two moments. */
function range({ ms, pairs }: Peaks, from_ms: number, to_ms: number): [number, number] {
  const first = Math.floor(from_ms / ms);
  const last = Math.min(pairs.length / 2, Math.max(first + 1, Math.ceil(to_ms / ms)));
  let low = 0;
  let high = 0;
  for (let i = first; i < last; i += 1) {
    low = Math.min(low, pairs[2 * i] ?? 0);
    high = Math.max(high, pairs[2 * i + 1] ?? 0);
  }
  return [low, high];
}

async function fetched(url: string): Promise<Response | null> {
  try {
    const answer = await fetch(url);
    return answer.ok ? answer : null;
  } catch {
    return null;
  }
}
