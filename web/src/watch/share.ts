// Sharing: the address with or without the second, and the embed code, copied by a button.
import { t } from "../lib/strings";
import { clock } from "../lib/time";

export function startShare(video: HTMLVideoElement): void {
  const address = document.querySelector<HTMLInputElement>("[data-address]");
  const fromNow = document.querySelector<HTMLInputElement>("[data-share-time]");
  const label = document.querySelector("[data-share-time-label]");
  if (address && fromNow && label) {
    let seconds = 0;
    const show = () => {
      const plain = address.dataset["address"] ?? "";
      address.value = fromNow.checked ? `${plain}?t=${seconds}` : plain;
    };
    const dialog = fromNow.closest("dialog");
    document.querySelector(`[data-dialog="${dialog?.id}"]`)?.addEventListener("click", () => {
      seconds = Math.floor(video.currentTime);
      label.textContent = t("share.from_now", { time: clock(seconds) });
      show();
    });
    fromNow.addEventListener("change", show);
  }
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-copy]")) {
    button.addEventListener("click", () => void copy(button));
  }
}

async function copy(button: HTMLButtonElement): Promise<void> {
  const source = document.getElementById(button.dataset["copy"] ?? "") as HTMLInputElement | HTMLTextAreaElement | null;
  const said = button.parentElement?.querySelector("[data-copied]");
  if (!source || !said) return;
  source.select();
  try {
    await navigator.clipboard.writeText(source.value);
    said.textContent = t("share.copied");
  } catch {
    said.textContent = t("share.copy_failed"); // plain http has no clipboard
  }
}
