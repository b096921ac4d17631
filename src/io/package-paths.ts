import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function findPackageRoot(): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    if (existsSync(join(directory, 'bin', 'run.js')) && existsSync(join(directory, 'package.json')))
      return directory;
    const parent = dirname(directory);
    if (parent === directory) throw new Error(`no aml-deit package around ${fileURLToPath(import.meta.url)}`);
    directory = parent;
  }
}

let root: string | undefined;

/** The folder that holds aml-deit's package.json, whether it runs from `dist/` or from source. */
export function packageRoot(): string {
  root ??= findPackageRoot();
  return root;
}

let version: string | undefined;

/** aml-deit's own version, from its package.json. */
export function packageVersion(): string {
  version ??= (JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string })
    .version;
  return version;
}

/** The CLI's door, for starting processes of the CLI with `process.execPath`. */
export function cliEntry(): string {
  return join(packageRoot(), 'bin', 'run.js');
}

/** A built process entry: `src/vision/inference.process.ts` is `processEntry('vision/inference')`. */
export function processEntry(name: string): string {
  return join(packageRoot(), 'dist', `${name}.process.js`);
}
