// COST: what a start and a frame take of the main thread, beside DirectLineJS in the same Chromium.
//
//     node web/browser/cost.mjs [frames]
//
// Both show what comes in the same list; counted is the time in scripts, as the browser tells it.

import { chromium } from "playwright-core";

import { begin } from "./service.mjs";

const frames = Number(process.argv[2] ?? 500);
const service = await begin(process.env.DIRECTLINE_BIN ?? "target/debug/directline");
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });
const median = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const costs = { ours: [], "ours&keep=no": [], theirs: [] };

for (let round = 0; round < 5; round += 1) {
  for (const client of Object.keys(costs)) {
    const page = await (await browser.newContext()).newPage();
    const domain = encodeURIComponent(service.base);
    await page.goto(`${service.page}/page.html?client=${client}&domain=${domain}`);
    await page.waitForFunction(() => window.run?.isReady && run.statuses.at(-1) === 2 && run.id());
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("Performance.enable");
    const scripts = async () => {
      const { metrics } = await devtools.send("Performance.getMetrics");
      return metrics.find(({ name }) => name === "ScriptDuration").value * 1_000;
    };
    const conversation = await page.evaluate(() => run.id());
    const say = (text) => service.control(`conversations/${conversation}/say`, { text, channelData: { filling: "x".repeat(1_500) } });
    await say("the first");
    await page.waitForFunction(() => run.shown().length === 1);
    const before = await scripts();
    for (let frame = 1; frame <= frames; frame += 1) await say(`frame ${frame}`);
    await page.waitForFunction((count) => document.getElementById("shown").children.length > count, frames - 1, { polling: 500 });
    costs[client].push(((await scripts()) - before) / frames);
    await page.context().close();
  }
}
for (const [client, each] of Object.entries(costs)) {
  console.log(`${client}: ${(median(each) * 1_000).toFixed(0)} µs of script a frame of 2 KB (${frames} frames, median of 5 rounds)`);
}
await browser.close();
service.stop();
process.exit();
