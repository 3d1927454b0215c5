// TELL: what a developer should know, said in the console once.

const told = new Set<string>();

export function tellOnce(text: string): void {
  if (told.has(text)) return;
  told.add(text);
  console.warn(`directline-core: ${text}`);
}
