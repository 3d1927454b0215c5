// Runs a program for WASI with Node: `node wasi.mjs PROGRAM.wasm ARGUMENT…`.
import { readFile } from 'node:fs/promises';
import { WASI } from 'node:wasi';

const [program, ...args] = process.argv.slice(2);
if (program === undefined) {
  console.error('usage: node wasi.mjs PROGRAM.wasm ARGUMENT…');
  process.exit(2);
}
const wasi = new WASI({ version: 'preview1', args: [program, ...args], returnOnExit: true });
const module = await WebAssembly.compile(await readFile(program));
const instance = await WebAssembly.instantiate(module, wasi.getImportObject());
process.exitCode = wasi.start(instance);
