// The reader's own choice of light or dark: a cookie, so that the server's first view is already right.
export function startThemeSwitch(): void {
  const button = document.querySelector<HTMLButtonElement>("[data-theme-switch]");
  if (!button) return;
  const root = document.documentElement;
  const dark = () => (root.dataset["theme"] ? root.dataset["theme"] === "dark" : matchMedia("(prefers-color-scheme: dark)").matches);
  const label = button.querySelector("span");
  // The words say what pressing brings, whether the dark page was the reader's choice or the system's.
  const show = () => label && (label.textContent = (dark() ? button.dataset["light"] : button.dataset["dark"]) ?? "");
  button.hidden = false;
  show();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
  button.addEventListener("click", () => {
    const theme = dark() ? "light" : "dark";
    root.dataset["theme"] = theme;
    document.cookie = `theme=${theme}; path=/; max-age=31536000; samesite=lax`;
    show();
  });
}
