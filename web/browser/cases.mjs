// CASES: the cases of the contract with the package in Chromium as the client.
//
//     node web/browser/cases.mjs [arguments of directline check]
//
// One case is beyond any page: where a connection that was used before breaks under a POST, Chromium
// sends that POST once more by itself and tells nobody. It is run, and known to fail.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

const BEYOND = ["TX-2  a post whose answer is lost is not sent again"];

const args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"];
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const browser = await chromium.launchServer({ executablePath, args });
const root = fileURLToPath(new URL("../..", import.meta.url));
const command = process.env.DIRECTLINE_BIN ?? "target/debug/directline";
const options = ["check", ...process.argv.slice(2), "--", "node", "web/browser/lines.mjs"];
const env = { ...process.env, DIRECTLINE_BROWSER: browser.wsEndpoint() };
const check = spawn(command, options, { cwd: root, env, stdio: ["ignore", "pipe", "inherit"] });

let [passed, beyond, wrong] = [0, 0, 0];
for await (const line of createInterface(check.stdout)) {
  const failed = /^FAILED  (.*?) \([\d.]+ s\)$/.exec(line);
  if (line.startsWith("ok ")) passed += 1;
  else if (failed && BEYOND.includes(failed[1])) beyond += 1;
  else if (failed) wrong += 1;
  if (!line.startsWith("ok ")) console.log(line);
}
await browser.close();
console.log(`${passed} passed, ${beyond} beyond a page, ${wrong} failed`);
process.exit(wrong === 0 && passed > 0 ? 0 : 1);
