#!/usr/bin/env node
// Runs the command that the package for this platform carries.

"use strict";

const { spawn } = require("node:child_process");

const carrier = `directline-cli-${process.platform}-${process.arch}`;
let command;
try {
  command = require.resolve(`${carrier}/directline`);
} catch {
  console.error(
    `error: there is no package ${carrier}; where it was left out, install without --omit=optional, and where ` +
      "there is none for this platform: cargo install --locked directline-client",
  );
  process.exit(1);
}
const child = spawn(command, process.argv.slice(2), { stdio: "inherit" });
// Those of a terminal reach it too; it is the one to decide what comes of them.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("error", (error) => {
  console.error(`error: ${command} can't be started: ${error.message}`);
  process.exit(1);
});
child.on("exit", (code, signal) => {
  if (signal === null) process.exit(code);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
