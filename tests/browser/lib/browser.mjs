// Debian's Chromium through playwright-core, talking to nobody but the test's own server.
import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { root } from "./server.mjs";

const require = createRequire(join(root, "web/package.json"));
const { chromium } = require("playwright-core");
let source;
const axe = require.resolve("axe-core/axe.min.js");

export const wide = { width: 1366, height: 768 };
export const narrow = { width: 390, height: 844 };
export const screenshots = join(root, "build/screenshots");

const program = [process.env.CHROMIUM, "/usr/bin/chromium"].find((path) => path && existsSync(path));

export async function openBrowser(extra = []) {
  return chromium.launch({
    executablePath: program,
    args: ["--headless=new", "--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-default-apps", "--disable-sync", "--no-first-run", "--mute-audio", "--autoplay-policy=document-user-activation-required", ...extra],
  });
}

/**
 * A fresh context; every request that leaves `base` is refused and noted in context.strangers, and every uncaught error,
 * console error and policy violation in context.complaints.
 */
export async function openContext(browser, base, options = {}) {
  const context = await browser.newContext({ locale: "fi-FI", viewport: wide, reducedMotion: "reduce", ...options });
  context.strangers = [];
  context.complaints = [];
  const own = new Set([base, ...(options.origins ?? [])].map((address) => new URL(address).origin));
  await context.route(
    (url) => /^(https?|wss?):$/.test(url.protocol) && !own.has(url.origin),
    (route) => {
      context.strangers.push(route.request().url());
      return route.abort();
    },
  );
  context.on("weberror", (error) => context.complaints.push(String(error.error())));
  context.on("console", (message) => {
    if (message.type() === "error") context.complaints.push(`${message.text()} (${message.location().url})`);
  });
  return context;
}

/** A context in which `visitor` is signed in as there. */
export async function openContextAs(browser, visitor, options) {
  const context = await openContext(browser, visitor.base, options);
  await context.addCookies([...visitor.cookies].map(([name, value]) => ({ name, value, url: visitor.base })));
  return context;
}

/** Runs axe with WCAG 2.2 A and AA and best practices; gives readable violations. */
export async function violations(page) {
  source ??= await readFile(axe, "utf8");
  await page.evaluate(standStill);
  await page.evaluate(source); // not as a script element: the page's policy would refuse it
  const found = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"], iframes: false }));
  return found.violations.flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.target.join(" ")} | ${node.failureSummary.split("\n")[1]?.trim() ?? one.help}`));
}

/** Waits until what slides or fades has arrived, also inside the player's parts: on its way it may lie over anything. */
async function standStill() {
  const roots = (root) => [root, ...[...root.querySelectorAll("*")].filter((one) => one.shadowRoot).flatMap((one) => roots(one.shadowRoot))];
  const moving = roots(document).flatMap((root) => root.getAnimations()).filter((one) => one.effect.getComputedTiming().endTime !== Infinity);
  await Promise.allSettled(moving.map((one) => one.finished));
}

export async function screenshot(page, name, fullPage = true) {
  await mkdir(screenshots, { recursive: true });
  await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage });
}

/** True when nothing sticks out sideways. */
export const fitsWidth = (page) => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth + 1);
