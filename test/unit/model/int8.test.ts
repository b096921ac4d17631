import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportModel, verifyModel } from '../../../src/index.ts';
import { readSafetensorsHeader } from '../../../src/io/index.ts';
import { quantizeMatrix } from '../../../src/model/quantize.ts';
import { encodeImage } from '../../../src/vision/index.ts';
import { failureOf } from '../../helpers/failure-of.ts';
import { syntheticPicture } from '../../helpers/synthetic-picture.ts';
import { smallConfig, writeCheckpoint } from '../../helpers/synthetic-weights.ts';

const patterns = ['noise', 'waves', 'edges'] as const;

let root: string;
let source: string;
let images: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'aml-deit-int8-'));
  source = join(root, 'checkpoint');
  images = join(root, 'images');
  await mkdir(join(images, 'below'), { recursive: true });
  await writeCheckpoint(source, {
    config: smallConfig({ hidden_size: 64, intermediate_size: 128, num_attention_heads: 4 }),
    preprocessor: { do_resize: true, size: 16, do_normalize: true },
  });
  for (let index = 0; index < 6; index += 1) {
    const name = index % 2 === 0 ? `${index}.png` : join('below', `${index}.png`);
    await writeFile(
      join(images, name),
      await encodeImage(syntheticPicture(20 + index, 20, patterns[index % 3] ?? 'noise'), { format: 'png' }),
    );
  }
  await writeFile(join(images, 'broken.jpg'), 'no picture');
  await writeFile(join(images, 'notes.txt'), 'no picture either');
});
afterAll(() => rm(root, { recursive: true }));

describe('quantizeMatrix', () => {
  it('gives each output its own scale, transposes, and stays within 7 bits', () => {
    const weight = Float32Array.from([0.5, -1, 0.25, 0, 0, 0, 3, 1.5, -0.75]);
    const { values, scales } = quantizeMatrix(weight, [3, 3]);
    expect([...scales]).toEqual([1 / 64, 1, 3 / 64]);
    expect([...values]).toEqual([32, 0, 64, -64, 0, 32, 16, 0, -16]);
  });
});

describe('an int8 export', () => {
  it('is the same bytes again, a good third of the size, and runs', async () => {
    const out = join(root, 'again');
    const { manifest, contentHash, warnings } = await exportModel({ source, out, precision: 'int8' });
    expect(warnings.map(({ code }) => code)).toContain('AGREEMENT_NOT_MEASURED');
    expect(manifest).toMatchObject({
      precision: 'int8',
      quantization: { method: 'dynamic-per-channel', agreement: null },
    });
    const again = await exportModel({ source, out: join(root, 'again-2'), precision: 'int8' });
    expect(again.contentHash).toBe(contentHash);
    // Of any machine: no floating-point operation is in it that IEEE 754 leaves open.
    expect(manifest.files['model.safetensors']?.sha256).toMatchInlineSnapshot(
      `"446fd6686e3421e0146f419c801c8d09fd17a2c89f9ce176aba8efd90fbca6d0"`,
    );
    expect(manifest.files['model.onnx']?.sha256).toMatchInlineSnapshot(
      `"30a1b32b34245cb7661e9d32317d9f86ca4c3145b8023b72dff16753d3843d0a"`,
    );
    const { tensors } = await readSafetensorsHeader(join(out, 'model.safetensors'));
    const expand = 'vit.encoder.layer.0.intermediate.dense.weight';
    expect(tensors.get(`${expand}.int8`)).toMatchObject({ dtype: 'I8', shape: [64, 128] });
    expect(tensors.get(`${expand}.scale`)).toMatchObject({ dtype: 'F32', shape: [128] });
    expect(tensors.has(expand)).toBe(false);
    const verified = await verifyModel({ model: out });
    expect(verified).toMatchObject({ precision: 'int8', contentHash, outputs: { features: [1, 64] } });
  });

  it('records how far it agrees with float32 on given pictures', async () => {
    const out = join(root, 'measured');
    const { manifest } = await exportModel({ source, out, precision: 'int8', images, minAgreement: 0.5 });
    const agreement = manifest.quantization?.agreement;
    expect(agreement?.images).toBe(6);
    expect(agreement?.top1).toBeGreaterThanOrEqual(0.5);
    expect(agreement?.maxDelta).toBeGreaterThan(0);
    expect(agreement?.maxDelta).toBeLessThan(0.2);
    expect(agreement?.meanDelta).toBeLessThan(agreement?.maxDelta ?? 0);
    const written = JSON.parse(await readFile(join(out, 'aml-deit.json'), 'utf8')) as typeof manifest;
    expect(written.quantization?.agreement).toEqual(agreement);
  });

  it('is held against a float32 package by verify', async () => {
    const [int8, float32] = [join(root, 'left'), join(root, 'right')];
    await exportModel({ source, out: int8, precision: 'int8' });
    await exportModel({ source, out: float32 });
    const result = await verifyModel({ model: int8, against: float32, images, minAgreement: 0 });
    expect(result.images?.count).toBe(6);
    expect(result.images?.unreadable.map(({ image }) => image)).toEqual([join(images, 'broken.jpg')]);
    expect(result.imagesPerSecond).toBeGreaterThan(0);
    expect(result.comparison?.maxDelta).toBeGreaterThan(0);
    const same = await verifyModel({ model: float32, against: float32, images });
    expect(same.comparison).toMatchObject({ top1: 1, maxDelta: 0, meanDelta: 0 });
  });

  it('is refused below the least agreement, unless it is forced', async () => {
    const outliers = join(root, 'outliers');
    const layers = [0, 1];
    await writeCheckpoint(outliers, {
      config: smallConfig({
        hidden_size: 64,
        intermediate_size: 128,
        num_attention_heads: 4,
        id2label: Object.fromEntries(Array.from({ length: 200 }, (_, index) => [index, `class ${index}`])),
      }),
      // One activation is large and means nothing: float32 does not mind, int8 has no steps left for the others.
      edit(tensors) {
        for (const layer of layers) {
          const name = `vit.encoder.layer.${layer}`;
          const change = (tensor: string, edit: (values: Float32Array) => void): void => {
            const { data } = tensors.get(`${name}.${tensor}`) ?? {};
            if (!(data instanceof Float32Array)) throw new Error(`no ${tensor}`);
            edit(data);
          };
          for (const norm of ['layernorm_before', 'layernorm_after'])
            change(`${norm}.weight`, (values) => (values[0] = 10_000));
          for (const matrix of ['query', 'key', 'value'].map((part) => `attention.attention.${part}`))
            change(`${matrix}.weight`, (values) =>
              values.forEach((_, at) => at % 64 === 0 && (values[at] = 0)),
            );
          // What the layer adds outweighs what it is added to, or the loss would not show.
          change('output.dense.weight', (values) => values.forEach((value, at) => (values[at] = 50 * value)));
          change('intermediate.dense.weight', (values) =>
            values.forEach((_, at) => at % 64 === 0 && (values[at] = 0)),
          );
        }
      },
    });
    const out = join(root, 'outliers-int8');
    const options = { source: outliers, out, precision: 'int8', images, minAgreement: 1 } as const;
    const failure = await failureOf(exportModel(options));
    expect(failure).toMatchObject({ code: 'AGREEMENT_TOO_LOW', exitCode: 3 });
    expect(failure.details).toMatchObject({ images: 6, minAgreement: 1 });
    await expect(readFile(join(out, 'aml-deit.json'))).rejects.toThrow('ENOENT');
    const forced = await exportModel({ ...options, force: true });
    expect(forced.manifest.quantization?.agreement?.top1).toBeLessThan(1);
    const float32 = join(root, 'outliers-float32');
    await exportModel({ source: outliers, out: float32 });
    const verified = await failureOf(verifyModel({ model: out, against: float32, images, minAgreement: 1 }));
    expect(verified).toMatchObject({ code: 'AGREEMENT_TOO_LOW' });
    expect(verified.details).toMatchObject({ comparison: { minAgreement: 1 } });
  });

  it('is not measured on pictures that nobody can read', async () => {
    const broken = join(root, 'broken');
    await mkdir(broken);
    await writeFile(join(broken, 'a.png'), 'no picture');
    const out = join(root, 'unreadable');
    const options = { source, out, precision: 'int8', images: broken, force: true } as const;
    expect((await failureOf(exportModel(options))).code).toBe('INPUT_EMPTY');
  });

  it.each([
    [{ images: 'x' }, 'EXPORT_OPTIONS_INVALID'],
    [{ precision: 'int8', minAgreement: 0.5 }, 'EXPORT_OPTIONS_INVALID'],
    [{ precision: 'int8', images: 'no-such-folder' }, 'FILE_NOT_FOUND'],
    [{ imageSize: 7 }, 'EXPORT_OPTIONS_INVALID'],
    [{ imageSize: 16.5 }, 'EXPORT_OPTIONS_INVALID'],
    [{ labels: 'no-such-file' }, 'FILE_NOT_FOUND'],
  ] as const)('refuses %o and writes nothing', async (options, code) => {
    const out = join(root, 'refused', 'package');
    const failure = await failureOf(exportModel({ source, out, ...options }));
    expect(failure.code).toBe(code);
    await expect(readFile(join(out, 'aml-deit.json'))).rejects.toThrow('ENOENT');
  });
});
