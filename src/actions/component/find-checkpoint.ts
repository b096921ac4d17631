import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AmlDeitError } from '../../errors/index.ts';

/** Where models that Azure ML's own tools write have their checkpoint: MLflow's two flavours, and folders around them. */
const places = ['', 'model', join('data', 'model')];
const maxDepth = 3;

const isFile = async (file: string): Promise<boolean> =>
  (await stat(file).catch(() => undefined))?.isFile() ?? false;

/**
 * The folder with `config.json` and weights below a model's folder: a checkpoint, a package, or MLflow's folder of
 * either flavour, itself or within a few folders of which each is the only one that has one.
 * @throws MODEL_UNSUPPORTED when there is none.
 */
export async function findCheckpoint(directory: string): Promise<string> {
  const found = await search(directory, maxDepth);
  if (found !== undefined) return found;
  throw new AmlDeitError(
    'MODEL_UNSUPPORTED',
    `${directory} holds no checkpoint: expected config.json with model.safetensors or pytorch_model.bin`,
  );
}

async function search(directory: string, depth: number): Promise<string | undefined> {
  for (const place of places) {
    const folder = join(directory, place);
    if (!(await isFile(join(folder, 'config.json')))) continue;
    for (const weights of ['model.safetensors', 'pytorch_model.bin'])
      if (await isFile(join(folder, weights))) return folder;
  }
  if (depth === 0) return undefined;
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (!entry.isDirectory()) continue;
    const found = await search(join(directory, entry.name), depth - 1);
    if (found !== undefined) return found;
  }
  return undefined;
}
