// Language tabs over groups of fields that stand below one another without script.
//
//   <div data-tabs> <div data-tab="Suomi"><fieldset>…</fieldset></div> … </div>

let made = 0;

export function make_tabs(root: HTMLElement): void {
  const panels = [...root.querySelectorAll<HTMLElement>(":scope > [data-tab]")];
  if (panels.length < 2) return;
  made += 1;
  const bar = document.createElement("div");
  bar.className = "tabs__bar";
  bar.setAttribute("role", "tablist");
  if (root.dataset.tabs) bar.setAttribute("aria-label", root.dataset.tabs);
  const tabs = panels.map((panel, index) => {
    const tab = document.createElement("button");
    tab.type = "button";
    tab.className = "tabs__tab";
    tab.id = `tab-${made}-${index}`;
    tab.setAttribute("role", "tab");
    tab.textContent = panel.dataset.tab ?? "";
    panel.id = panel.id || `tab-panel-${made}-${index}`;
    tab.setAttribute("aria-controls", panel.id);
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", tab.id);
    tab.addEventListener("click", () => select(index));
    tab.addEventListener("keydown", (event) => {
      const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
      if (step === 0) return;
      event.preventDefault();
      const to = (index + step + panels.length) % panels.length;
      select(to);
      tabs[to]?.focus();
    });
    return tab;
  });
  const select = (chosen: number): void => {
    tabs.forEach((tab, index) => {
      tab.setAttribute("aria-selected", String(index === chosen));
      tab.tabIndex = index === chosen ? 0 : -1;
    });
    panels.forEach((panel, index) => (panel.hidden = index !== chosen));
  };
  bar.append(...tabs);
  root.prepend(bar);
  root.classList.add("tabs--on");
  // What the browser refuses must be seen: open the tab of an invalid field.
  root.addEventListener(
    "invalid",
    (event) => {
      const index = panels.findIndex((panel) => panel.contains(event.target as Node));
      if (index >= 0) select(index);
    },
    true,
  );
  const own = panels.findIndex((panel) => panel.dataset.selected !== undefined);
  select(Math.max(0, own));
}
