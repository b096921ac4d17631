import { dirname, join } from 'node:path';
import { AmlDeitError } from '../../errors/index.ts';
import { readJsonFile } from './read-json-file.ts';

const maxShards = 10_000;

/** Which tensors each file of a checkpoint in parts holds, by the file's path. */
export async function readShardIndex(indexFile: string): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const invalid = (problem: string): AmlDeitError =>
    new AmlDeitError('CHECKPOINT_INVALID', `${indexFile}: ${problem}`, { details: { file: indexFile } });
  const json = (await readJsonFile(indexFile))?.json;
  const map = isObject(json) ? json['weight_map'] : undefined;
  if (!isObject(map)) throw invalid('it has no "weight_map", expected tensors and the files that hold them');
  const shards = new Map<string, Set<string>>();
  for (const [tensor, name] of Object.entries(map)) {
    if (typeof name !== 'string' || !/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(name)) {
      throw invalid(`"${tensor}" is in ${JSON.stringify(name)}, expected a file beside the index`);
    }
    const file = join(dirname(indexFile), name);
    const tensors = shards.get(file) ?? new Set();
    shards.set(file, tensors.add(tensor));
  }
  if (shards.size === 0 || shards.size > maxShards) throw invalid(`it names ${shards.size} files`);
  return shards;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
