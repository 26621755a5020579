// The visible side of an upload: pick, look at the picture, send, pause, go on.
import { format_megabytes } from "./numbers";
import { under } from "./strings";
import { Upload, type UploadProgress } from "./upload";

const video_name = /\.(mp4|mov|m4v|qt|webm|mkv|avi|mts|m2ts|ts|mpg|mpeg|3gp|3g2|wmv|ogv|mp3|m4a|wav|flac|ogg|oga)$/i;

export function open_upload_panel(panel: HTMLElement): void {
  const text = under("uploadscript.");
  const find = <T extends HTMLElement>(name: string): T => {
    const found = panel.querySelector<T>(`[data-upload-${name}]`);
    if (!found) throw new Error(`upload panel lacks ${name}`);
    return found;
  };
  const input = find<HTMLInputElement>("file");
  const chosen = find("chosen");
  const picture = find<HTMLVideoElement>("picture");
  const name = panel.querySelector<HTMLElement>("[data-file-name]");
  if (!name) throw new Error("upload panel lacks its file's name");
  const nothing = name.textContent;
  const send = find<HTMLButtonElement>("send");
  const running = find("running");
  const bar = find<HTMLProgressElement>("bar");
  const status = find("status");
  const pause = find<HTMLButtonElement>("pause");
  const resume = find<HTMLButtonElement>("resume");
  const problem = find("problem");
  const { endpoint, scope, done, maxBytes, unfinishedUrl, unfinishedSize, unfinishedName } = panel.dataset;
  let upload: Upload | null = null;
  let picture_url = "";
  let said_at = 0;
  let announced = false; // that an upload runs here

  const refuse = (key: string, values: Record<string, string> = {}): void => {
    problem.textContent = text(`failed_${key}`, values);
    problem.hidden = false;
  };

  const choose = (): void => {
    const file = input.files?.[0];
    problem.hidden = true;
    chosen.hidden = !file;
    send.hidden = !file;
    if (!file) {
      name.textContent = nothing;
      return;
    }
    URL.revokeObjectURL(picture_url);
    picture_url = URL.createObjectURL(file);
    picture.hidden = false;
    picture.src = picture_url;
    name.textContent = text("chosen", { name: file.name, size: format_megabytes(file.size) });
    if (file.size === 0) return stop_at("empty");
    if (maxBytes && file.size > Number(maxBytes)) return stop_at("too_large", { max: format_megabytes(Number(maxBytes)) });
    if (!/^(video|audio)\//.test(file.type) && !video_name.test(file.name)) return stop_at("wrong_type");
    if (unfinishedUrl && (file.size !== Number(unfinishedSize) || file.name !== unfinishedName)) {
      problem.textContent = text("other_file", { name: unfinishedName ?? "" });
      problem.hidden = false;
    }
  };

  const stop_at = (key: string, values: Record<string, string> = {}): void => {
    send.hidden = true;
    refuse(key, values);
  };

  const left = (seconds: number | null): string => {
    if (seconds === null) return "";
    if (seconds < 60) return text("under_minute");
    const minutes = Math.round(seconds / 60);
    return minutes < 60 ? text("minutes_left", { n: minutes }) : text("hours_left", { n: Math.floor(minutes / 60), m: minutes % 60 });
  };

  const announce = (runs: boolean): void => {
    if (announced === runs) return;
    announced = runs;
    document.dispatchEvent(new CustomEvent("upload-running", { detail: runs }));
  };

  const show = (progress: UploadProgress): void => {
    announce(progress.phase !== "failed");
    const share = progress.total > 0 ? progress.sent / progress.total : 0;
    bar.value = share;
    bar.setAttribute("aria-valuetext", `${Math.floor(share * 100)} %`);
    pause.hidden = progress.phase !== "sending" && progress.phase !== "waiting";
    resume.hidden = progress.phase !== "paused" && progress.phase !== "failed";
    if (progress.phase === "done") {
      status.textContent = text("done");
      window.location.assign(done ?? window.location.href);
      return;
    }
    if (progress.phase === "failed") {
      status.textContent = "";
      refuse(progress.error ?? "unknown", { max: format_megabytes(Number(maxBytes ?? 0)) });
      resume.hidden = progress.error === "link_closed";
      return;
    }
    problem.hidden = true;
    const remaining = text("left", { size: format_megabytes(progress.total - progress.sent) });
    const sentence =
      progress.phase === "paused"
        ? text("paused", { left: remaining })
        : progress.phase === "waiting"
          ? text("waiting", { left: remaining })
          : [remaining, left(progress.seconds_left)].filter((part) => part !== "").join(", ");
    // The status is a live region: a quick upload must not talk without end.
    const now = performance.now();
    if (progress.phase !== "sending" || now - said_at > 3000) {
      status.textContent = sentence;
      said_at = now;
    }
  };

  const begin = (): void => {
    const file = input.files?.[0];
    if (!file || !endpoint) return;
    upload?.close();
    const metadata: Record<string, string> = {};
    for (const key of ["invite", "mine", "story"] as const) {
      const value = panel.dataset[key];
      if (value) metadata[key] = value;
    }
    upload = new Upload(file, {
      endpoint,
      metadata,
      scope: scope ?? "",
      ...(unfinishedUrl
        ? { unfinished: { url: unfinishedUrl, size: Number(unfinishedSize), filename: unfinishedName ?? "" } }
        : {}),
      on_progress: show,
    });
    input.disabled = true;
    send.hidden = true;
    running.hidden = false;
    panel.querySelector("[data-upload-unfinished]")?.setAttribute("hidden", "");
    void upload.start();
    pause.focus();
  };

  input.addEventListener("change", choose);
  send.addEventListener("click", begin);
  pause.addEventListener("click", () => {
    upload?.pause();
    resume.focus();
  });
  resume.addEventListener("click", () => {
    problem.hidden = true;
    upload?.resume();
    pause.focus();
  });
  picture.addEventListener("error", () => (picture.hidden = true)); // not every phone format plays in every browser
  panel.hidden = false;
  if (input.files?.length) choose(); // a reload may keep the choice
}
