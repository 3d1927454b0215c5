// What both checks share: claims that are counted, programs that are stopped again, an end in time.

import { spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The root of the repository. */
export const ROOT = fileURLToPath(new URL("../", import.meta.url));

const BUILD_LIMIT_MS = 15 * 60_000;
const LINES_MAX = 25;
const running = new Set();

/**
 * Runs the checks one after the other, then exits: 0 if all of them passed, 1 otherwise.
 *
 * Each is given a function to leave notes with: what is to be told if it fails, as functions that
 * give text. What has not passed when the time is up has failed.
 */
export async function runChecks(checks, limitMs) {
  let passed = 0;
  let current = "";
  const finish = () => {
    stopAll();
    console.log(`${passed} passed, ${checks.length - passed} failed`);
    process.exit(passed === checks.length ? 0 : 1);
  };
  const giveUp = (reason) => {
    console.log(`FAILED  ${current}\n${indent(reason)}`);
    finish();
  };
  setTimeout(() => giveUp(`The time is up: ${limitMs / 1000} s.`), limitMs);
  process.on("uncaughtException", (error) => giveUp(error.stack ?? String(error)));
  for (const [name, check] of checks) {
    current = name;
    const started = Date.now();
    const notes = [];
    try {
      await check((note) => notes.push(note));
      passed += 1;
      console.log(`ok      ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
    } catch (error) {
      console.log(`FAILED  ${name}\n${indent(error.message)}`);
      notes.forEach((note) => console.log(indent(shorten(note()))));
    }
  }
  finish();
}

/** Builds before the clock starts to tick: compiling may take longer than any check. */
export function build(...target) {
  const { status, error } = spawnSync("cargo", ["build", "--quiet", ...target], {
    cwd: ROOT,
    stdio: "inherit",
    timeout: BUILD_LIMIT_MS,
  });
  if (status !== 0) {
    console.log(`FAILED  cargo build ${target.join(" ")}${error ? `: ${error.message}` : ""}`);
    console.log("0 passed, 1 failed");
    process.exit(1);
  }
}

/**
 * Starts a shell command, from the root of the repository, with further arguments.
 *
 * It leads a process group, so that what it starts itself is stopped with it.
 */
export function start(command, ...rest) {
  const child = spawn("sh", ["-c", `exec ${command} "$@"`, "sh", ...rest], {
    cwd: ROOT,
    detached: true,
  });
  const program = { child, stdout: "", stderr: "" };
  // A program that ends before it has read everything shows by its exit code.
  child.stdin.on("error", () => {});
  child.stdout.setEncoding("utf8").on("data", (text) => (program.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (program.stderr += text));
  program.exited = new Promise((resolve) => {
    child.on("error", () => resolve(null));
    child.on("close", (code) => {
      running.delete(program);
      resolve(code);
    });
  });
  running.add(program);
  return program;
}

/** Ends a program, whatever it is doing, and waits until it is gone. */
export async function stop(program) {
  kill(program);
  await program.exited;
}

/** Resolves as soon as the condition gives a value that counts as true. */
export async function until(what, condition, limitMs = 45_000) {
  for (const started = Date.now(); Date.now() - started < limitMs; ) {
    const value = condition();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`waited ${limitMs / 1000} s in vain for ${what}`);
}

/** A log may be long, and what matters is at its end. */
function shorten(text) {
  const lines = text.trimEnd().split("\n");
  const shown = lines.length > LINES_MAX ? [lines[0], "…", ...lines.slice(-LINES_MAX)] : lines;
  return shown.join("\n");
}

function indent(text) {
  return text.replace(/^/gm, "        ");
}

function kill(program) {
  // Once it is gone, its number may be that of another.
  if (!running.has(program)) return;
  try {
    process.kill(-program.child.pid, "SIGKILL");
  } catch {
    // It has just gone.
  }
}

function stopAll() {
  running.forEach(kill);
}

// Nothing is left behind, whichever way this process ends.
process.on("exit", stopAll);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => process.exit(1));
}
