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
    await writeFile(join(images, name), await encodeImage(syntheticPicture(20, 20, index), { format: 'png' }));
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
    expect(manifest.files['model.safetensors']?.sha256).toMatchInlineSnapshot();
    expect(manifest.files['model.onnx']?.sha256).toMatchInlineSnapshot();
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

  it('is refused below the least agreement, and nothing is there then', async () => {
    const [config, weights] = [join(source, 'config.json'), join(source, 'model.safetensors')];
    const damaged = join(root, 'other');
    await mkdir(damaged);
    await writeFile(join(damaged, 'config.json'), await readFile(config));
    await writeFile(join(damaged, 'model.safetensors'), await readFile(weights));
    const labels = join(root, 'labels.txt');
    await writeFile(labels, 'left\nright\n');
    // Two packages of other classes cannot be compared; one that answers otherwise is refused.
    const float32 = join(root, 'float32');
    await exportModel({ source, out: float32 });
    const other = join(root, 'other-package');
    await exportModel({ source: damaged, out: other, profile: 'timm' });
    const failure = await failureOf(
      verifyModel({ model: other, against: float32, images, minAgreement: 1 }).then((result) => {
        if (result.comparison?.top1 === 1) throw new Error('the profiles answer alike: no test');
        return result;
      }),
    );
    expect(failure).toMatchObject({ code: 'AGREEMENT_TOO_LOW', exitCode: 3 });
    expect(failure.details).toMatchObject({ comparison: { minAgreement: 1 } });
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
