// SERVE: a page with Web Chat, and behind it a service that breaks the connection every few frames.

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { begin } from "../../web/browser/service.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const run = (command, ...options) => execFileSync(command, options, { cwd: root, stdio: "inherit" });

if (!existsSync(`${root}web/browser/node_modules/botframework-webchat`)) {
  console.error("Web Chat is not there yet: npm ci --prefix web/browser");
  process.exit(1);
}
if (!existsSync(`${root}web/dist/index.js`)) run("web/build");
run("cargo", "build", "--quiet", "-p", "directline-client", "--bin", "directline");

const { page, base, control } = await begin("target/debug/directline");
await control("faults", { on: "frame", do: "drop", every: 5 });
const url = new URL("/examples/webchat/index.html", page);
url.searchParams.set("domain", base);
console.log(`Web Chat, over a connection that breaks every fifth frame: ${url}\nCtrl-C ends it.`);
