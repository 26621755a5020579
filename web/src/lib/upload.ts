// One resumable upload (tus 1.0.0): survives a lost connection, a reload, a locked screen and another device.
import * as tus from "tus-js-client";
import { failure_key, is_passing } from "./upload_trouble";

export type UploadPhase = "sending" | "waiting" | "paused" | "done" | "failed";

export interface UploadProgress {
  phase: UploadPhase;
  sent: number;
  total: number;
  /** Seconds left at the recent speed; null until it is known. */
  seconds_left: number | null;
  /** Key of a sentence, when failed. */
  error: string | null;
}

export interface UploadOptions {
  endpoint: string;
  /** Who may send and for what: `invite`, `mine` or `story`; filename and filetype are added. */
  metadata: Record<string, string>;
  /** Tells uploads of the same file for different stories apart. Not a secret. */
  scope: string;
  /** An unfinished upload the server knows of, begun perhaps on another device. */
  unfinished?: { url: string; size: number; filename: string };
  on_progress: (progress: UploadProgress) => void;
}

// A proxy that gathers a whole request before passing it on still lets progress become durable this often.
const chunk_size = 16 * 1024 * 1024;
const retry_delays = [0, 1000, 3000, 5000, 10000, 15000, 15000];
const patience_ms = 15000; // between tries once the quick ones are used up
const speed_window_ms = 15000;

export class Upload {
  private upload_: tus.Upload;
  private samples_: { at: number; sent: number }[] = [];
  private phase_: UploadPhase = "sending";
  private sent_ = 0;
  private retry_timer_ = 0;
  private wake_lock_: WakeLockSentinel | null = null;

  constructor(
    private file_: File,
    private options_: UploadOptions,
  ) {
    const { unfinished } = options_;
    const continues = unfinished !== undefined && unfinished.size === file_.size && unfinished.filename === file_.name;
    this.upload_ = new tus.Upload(file_, {
      endpoint: options_.endpoint,
      uploadUrl: continues ? unfinished.url : null,
      chunkSize: chunk_size,
      retryDelays: retry_delays,
      removeFingerprintOnSuccess: true,
      metadata: { ...options_.metadata, filename: file_.name, filetype: file_.type },
      fingerprint: (file) =>
        Promise.resolve(["tarina", options_.scope, file.name, file.size, file.lastModified].join("/")),
      onProgress: (sent) => this.moved(sent),
      onSuccess: () => this.enter("done"),
      onError: (error) => this.stumbled(error),
      onShouldRetry: (error) => is_passing(error),
    });
    window.addEventListener("online", this.retry_now_);
    window.addEventListener("beforeunload", this.warn_);
    document.addEventListener("visibilitychange", this.visible_);
  }

  /** Begins, or goes on where an earlier try of the same file stopped. */
  async start(): Promise<void> {
    if (!this.upload_.options.uploadUrl) {
      const earlier = await this.upload_.findPreviousUploads();
      const newest = earlier.sort((a, b) => b.creationTime.localeCompare(a.creationTime))[0];
      if (newest) this.upload_.resumeFromPreviousUpload(newest);
    }
    this.enter("sending");
    this.upload_.start();
  }

  pause(): void {
    window.clearTimeout(this.retry_timer_);
    void this.upload_.abort();
    this.enter("paused");
  }

  resume(): void {
    window.clearTimeout(this.retry_timer_);
    this.samples_ = [];
    this.enter("sending");
    this.upload_.start();
  }

  /** Lets go of the page's events; the file on the server stays and can be continued. */
  close(): void {
    window.clearTimeout(this.retry_timer_);
    void this.upload_.abort();
    this.forget();
  }

  private moved(sent: number): void {
    this.sent_ = sent;
    const now = performance.now();
    this.samples_ = [...this.samples_.filter((sample) => now - sample.at < speed_window_ms), { at: now, sent }];
    if (this.phase_ === "waiting") this.phase_ = "sending";
    this.report();
  }

  private stumbled(error: Error | tus.DetailedError): void {
    if (this.phase_ === "paused" || this.phase_ === "done") return;
    if (is_passing(error)) {
      this.enter("waiting");
      this.retry_timer_ = window.setTimeout(this.retry_now_, patience_ms);
      return;
    }
    this.enter("failed", failure_key(error));
  }

  private retry_now_ = (): void => {
    if (this.phase_ !== "waiting") return;
    this.resume();
  };

  private warn_ = (event: BeforeUnloadEvent): void => {
    if (this.phase_ === "sending") event.preventDefault();
  };

  private visible_ = (): void => {
    if (document.visibilityState !== "visible") return;
    this.retry_now_();
    if (this.phase_ === "sending") void this.stay_awake();
  };

  private enter(phase: UploadPhase, error: string | null = null): void {
    this.phase_ = phase;
    if (phase === "sending") void this.stay_awake();
    else this.sleep();
    if (phase === "done") this.sent_ = this.file_.size;
    if (phase === "done" || phase === "failed") this.forget();
    this.report(error);
  }

  private report(error: string | null = null): void {
    this.options_.on_progress({
      phase: this.phase_,
      sent: this.sent_,
      total: this.file_.size,
      seconds_left: this.seconds_left(),
      error,
    });
  }

  private seconds_left(): number | null {
    const first = this.samples_[0];
    const last = this.samples_[this.samples_.length - 1];
    if (!first || !last || last.at - first.at < 1000 || last.sent <= first.sent) return null;
    const bytes_per_second = ((last.sent - first.sent) * 1000) / (last.at - first.at);
    return (this.file_.size - last.sent) / bytes_per_second;
  }

  // A phone that locks its screen stops sending; where the browser allows it, ask it to stay awake.
  private async stay_awake(): Promise<void> {
    if (this.wake_lock_ || !("wakeLock" in navigator)) return;
    try {
      this.wake_lock_ = await navigator.wakeLock.request("screen");
      this.wake_lock_.addEventListener("release", () => (this.wake_lock_ = null));
    } catch {
      this.wake_lock_ = null; // low battery: the upload resumes after the lock anyway
    }
  }

  private sleep(): void {
    void this.wake_lock_?.release();
    this.wake_lock_ = null;
  }

  private forget(): void {
    this.sleep();
    window.removeEventListener("online", this.retry_now_);
    window.removeEventListener("beforeunload", this.warn_);
    document.removeEventListener("visibilitychange", this.visible_);
  }
}
