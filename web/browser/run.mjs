// RUN: the package in a real Chromium against a service that breaks on command. What is shown is counted
// in the page and compared with what was said, in order.
//
//     node web/browser/run.mjs [--client ours|theirs] [--ui list|webchat] [--messages N] [--pictures FOLDER]
//
// DIRECTLINE_BIN names the command `directline`, CHROMIUM the browser.

import assert from "node:assert/strict";
import { parseArgs } from "node:util";

import { chromium } from "playwright-core";

import { plain } from "./plain.mjs";
import { begin } from "./service.mjs";
import * as calls from "./calls.mjs";
import * as checks from "./checks.mjs";
import * as tabs from "./tabs.mjs";
import * as webChat from "./webchat.mjs";

const { values } = parseArgs({
  options: {
    client: { type: "string", default: "ours" },
    ui: { type: "string", default: "list" },
    messages: { type: "string", default: "200" },
    only: { type: "string" },
    pictures: { type: "string" },
  },
});
const { client, ui, messages, only, pictures } = values;
const service = await begin(process.env.DIRECTLINE_BIN ?? "target/debug/directline");
const options = {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
};
const browser = await chromium.launch(options);
const version = browser.version();
console.log(`Chromium ${version}, ${client}, ${ui}, ${messages} messages`);

let failed = 0;
const wanted = Object.values({ ...checks, ...tabs, ...calls, ...webChat }).filter((check) => check.fits?.({ client, ui }) && (!only || check.title.includes(only)));
for (const check of wanted) {
  const shown = { viewport: { width: 900, height: 900 } };
  const context = check.isPlain ? await plain(options) : await browser.newContext(shown);
  const told = [];
  const open = async () => {
    const page = await context.newPage();
    page.on("pageerror", (error) => told.push(String(error)));
    page.on("console", (message) => ["error", "warning"].includes(message.type()) && told.push(message.text()));
    const domain = encodeURIComponent(service.base);
    await page.goto(`${service.page}/page.html?client=${client}&ui=${ui}&domain=${domain}`);
    await page.waitForFunction(() => window.run?.isReady);
    return page;
  };
  const started = Date.now();
  const took = () => `${((Date.now() - started) / 1000).toFixed(1)} s`;
  try {
    const picture = (page, name) => pictures && page.screenshot({ path: `${pictures}/${client}-${name}.png` });
    const figures = await check.run({ service, context, open, client, ui, messages: Number(messages), told, picture });
    console.log(`ok      ${check.title} (${took()})${figures ? ` ${figures}` : ""}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ${check.title} (${took()})\n        ${String(error.message).replaceAll("\n", "\n        ")}`);
    told.slice(-8).forEach((text) => console.log(`        page: ${text.slice(0, 300)}`));
  }
  await context.close();
  await service.control("reset", {}, "POST");
}
await browser.close();
service.stop();
console.log(`${wanted.length - failed} passed, ${failed} failed`);
assert.ok(wanted.length > 0, "no check fits");
process.exit(failed ? 1 : 0);
