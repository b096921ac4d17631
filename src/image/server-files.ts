import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { packageRoot } from '../io/index.ts';
import { requirePackage, readPackage } from './find-package.ts';
import { placePackages } from './place-packages.ts';

/** What a container runs, and what that starts by path. */
const entries = [
  'cli/main.js',
  'commands/serve.js',
  'commands/score.js',
  'vision/inference.process.js',
  'vision/preprocess-worker.process.js',
];
const importPattern = /(?:\bfrom|\bimport)\s*\(?\s*["'](\.{1,2}\/[^"']+\.js)["']/g;

/** The built files that serving and scoring load, found along their imports: paths below the package, with contents. */
export function serverFiles(): ReadonlyMap<string, string> {
  const dist = join(packageRoot(), 'dist');
  const found = new Map<string, string>();
  const visit = (path: string): void => {
    if (found.has(`dist/${path}`) || !existsSync(join(dist, path))) return;
    const text = readFileSync(join(dist, path), 'utf8');
    found.set(`dist/${path}`, text);
    for (const [, target = ''] of text.matchAll(importPattern)) visit(posix.join(dirname(path), target));
  };
  for (const entry of entries) visit(entry);
  return found;
}

/** Every package that the server needs with the exact version that is installed here. @throws PEER_MISSING */
export function pinnedDependencies(): Readonly<Record<string, string>> {
  const root = packageRoot();
  const own = Object.keys(readPackage(root).json.dependencies ?? {}).sort();
  const placed = placePackages([
    ...own.map((name) => ({ found: requirePackage(name, root) })),
    { found: requirePackage('onnxruntime-node', root), leaveOut: ['adm-zip', 'global-agent'] },
    { found: requirePackage('sharp', root) },
  ]);
  return Object.fromEntries(
    placed
      .filter(({ path, json }) => path === `node_modules/${json.name}`)
      .map(({ json }) => [json.name, json.version]),
  );
}
