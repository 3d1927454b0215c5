// How large the package is in front of a page, with DirectLineJS and its rxjs beside it.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

import { build } from "esbuild";

const max = Number(process.argv[2]);
const here = new URL(".", import.meta.url);
const gzipped = (input) => execFileSync("gzip", ["-9"], { input, maxBuffer: 2 ** 24 }).length;

/** One file of all that a module needs, as a page's own build makes it. */
async function bundled(contents) {
  const stdin = { contents, resolveDir: here.pathname };
  const options = { bundle: true, minify: true, write: false, format: "esm", logLevel: "error" };
  return (await build({ ...options, stdin, define: { global: "globalThis" } })).outputFiles[0].contents;
}

const wasm = readFileSync(new URL("dist/wasm/directline_core_bg.wasm", here));
const glue = await bundled('export * from "./dist/index.js"');
const theirs = await bundled('export { DirectLine } from "botframework-directlinejs"');
const rows = [
  ["WebAssembly", wasm.length, gzipped(wasm)],
  ["glue, minified", glue.length, gzipped(glue)],
  ["both", wasm.length + glue.length, gzipped(wasm) + gzipped(glue)],
  ["DirectLineJS with its rxjs, minified", theirs.length, gzipped(theirs)],
];
for (const [name, plain, small] of rows) console.log(`${name}: ${plain} bytes, ${small} gzipped`);
if (rows[2][2] > max) {
  console.error(`FAILED: ${rows[2][2]} bytes gzipped, allowed are ${max}`);
  process.exit(1);
}
