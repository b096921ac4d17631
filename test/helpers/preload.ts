import { fileURLToPath, pathToFileURL } from 'node:url';

/** The variable by which a process of Node, and each that it starts, loads a module of `test/fixtures/preloads` first. */
export function preload(name: string): { readonly NODE_OPTIONS: string } {
  const file = fileURLToPath(new URL(`../fixtures/preloads/${name}.mjs`, import.meta.url));
  return { NODE_OPTIONS: `--import=${pathToFileURL(file).href}` };
}
