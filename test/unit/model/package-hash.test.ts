import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportModel } from '../../../src/actions/export-model.ts';
import { packageContentHash, verifyPackageFiles } from '../../../src/model/index.ts';
import type { ModelManifest } from '../../../src/vision/index.ts';
import { smallConfig, writeCheckpoint } from '../../helpers/synthetic-weights.ts';

let root: string;
let manifest: ModelManifest;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'package-'));
  await writeCheckpoint(join(root, 'source'), { config: smallConfig() });
  ({ manifest } = await exportModel({ source: join(root, 'source'), out: join(root, 'package') }));
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('packageContentHash', () => {
  it('does not count the name, where the checkpoint lay, who exported it, or the order of members', () => {
    const elsewhere: ModelManifest = {
      ...Object.fromEntries(Object.entries(manifest).toReversed()),
      ...({} as ModelManifest),
      name: 'renamed',
      source: { ...manifest.source, directory: 'elsewhere' },
      exporter: { name: 'aml-deit', version: '9.9.9' },
    };
    expect(packageContentHash(elsewhere)).toBe(packageContentHash(manifest));
  });

  it.each([
    ['labels', { labels: ['x', 'y', 'z'] }],
    ['preprocessing', { profile: 'deit' as const }],
    ['a file', { files: { 'model.onnx': { bytes: 1, sha256: 'f'.repeat(64) } } }],
  ])('counts %s', (_, change) => {
    expect(packageContentHash({ ...manifest, ...change })).not.toBe(packageContentHash(manifest));
  });
});

describe('verifyPackageFiles', () => {
  it('lists every file with its hash, the manifest too', async () => {
    const verified = await verifyPackageFiles(join(root, 'package'));
    expect(verified.contentHash).toBe(packageContentHash(manifest));
    expect(verified.files.map(({ name }) => name)).toEqual([
      'aml-deit.json',
      'config.json',
      'model.onnx',
      'model.safetensors',
      'preprocessor_config.json',
    ]);
  });

  it('names a file that was changed or cut', async () => {
    const file = join(root, 'package', 'model.onnx');
    const bytes = await readFile(file);
    const changed = Uint8Array.from(bytes);
    changed[40] = (changed[40] ?? 0) ^ 1;
    await writeFile(file, changed);
    await expect(verifyPackageFiles(join(root, 'package'))).rejects.toMatchObject({
      code: 'PACKAGE_INVALID',
      details: { file: 'model.onnx' },
    });
    await truncate(file, 10);
    await expect(verifyPackageFiles(join(root, 'package'))).rejects.toThrow('model.onnx has 10 bytes');
    await writeFile(file, bytes);
    const signal = AbortSignal.abort();
    await expect(verifyPackageFiles(join(root, 'package'), { signal })).rejects.toMatchObject({
      code: 'INTERRUPTED',
    });
  });
});
