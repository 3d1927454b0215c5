// MACHINE: the session as WebAssembly, read once, whatever its server says that it is.

import * as glue from "./wasm/directline_core_bg.js";

const url = new URL("./wasm/directline_core_bg.wasm", import.meta.url);
const answer = await fetch(url);
if (!answer.ok) throw new Error(`directline-core: ${url} cannot be read: ${answer.status}`);
const imports = { "./directline_core_bg.js": glue as unknown as WebAssembly.ModuleImports };
const { instance } = await WebAssembly.instantiate(await answer.arrayBuffer(), imports);
glue.__wbg_set_wasm(instance.exports);
(instance.exports.__wbindgen_start as () => void)();

export const { Machine } = glue;
export type Machine = glue.Machine;
