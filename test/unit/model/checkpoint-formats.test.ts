import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportModel } from '../../../src/actions/export-model.ts';
import { readModelPackage } from '../../../src/vision/index.ts';
import { failureOf } from '../../helpers/failure-of.ts';
import { hashed } from '../../helpers/synthetic-weights.ts';

interface Golden {
  readonly logits: number[][];
}

const goldens = 'test/golden/checkpoints';
const formats = join(goldens, 'formats');

let root: string;
let count = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'formats-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const fresh = (): string => join(root, `${(count += 1)}`);

async function readGolden<T>(folder: string): Promise<T> {
  return JSON.parse(await readFile(join(folder, 'golden.json'), 'utf8')) as T;
}

/** Exports and runs the package's graph on the golden's pictures. */
async function logitsOf(directory: string, shape: readonly number[]): Promise<number[][]> {
  const session = await InferenceSession.create(join(directory, 'model.onnx'), { intraOpNumThreads: 1 });
  const values = shape.reduce((a, b) => a * b, 1);
  const rows = [];
  for (const row of [0, 1]) {
    const pixels = new Tensor('float32', hashed(`pixels ${row}`, values), [1, ...shape]);
    const { logits } = await session.run({ pixel_values: pixels });
    rows.push(Array.from(logits?.data as Float32Array));
  }
  await session.release();
  return rows;
}

function expectClose(actual: readonly number[][], expected: readonly number[][]): void {
  expect(actual.map((row) => row.length)).toEqual(expected.map((row) => row.length));
  for (const [row, values] of expected.entries()) {
    for (const [column, value] of values.entries()) expect(actual[row]?.[column]).toBeCloseTo(value, 5);
  }
}

describe('one model, in every format that PyTorch and transformers write', () => {
  const same = [
    'zip.bin',
    'legacy.bin',
    'protocol-4.bin',
    'wrapped.pth',
    'prefixed.pth',
    'parameters.pt',
    'compiled.pt',
    'views.pt',
    'strided.bin',
    'strided-legacy.bin',
    'strided-legacy-4.bin',
    'strided-float64.bin',
    'strided-parameters.pt',
    'no-checksums.pt',
    'float64.bin',
    'float64.safetensors',
    'parts.safetensors.index.json',
    'parts.bin.index.json',
  ];
  let reference: Awaited<ReturnType<typeof exportModel>>;
  beforeAll(async () => {
    reference = await exportModel({ source: join(formats, 'model.safetensors'), out: fresh() });
  });

  it('is what PyTorch says it is', async () => {
    const { logits } = await readGolden<{ logits: { float32: number[][] } }>(formats);
    expectClose(await logitsOf(reference.directory, [3, 16, 16]), logits.float32);
    expect(reference.manifest.files['model.safetensors']?.sha256).toBe(
      reference.manifest.source.weightsSha256,
    );
  });

  it.each(same)('gives the same package from %s', async (name) => {
    const { contentHash, manifest } = await exportModel({ source: join(formats, name), out: fresh() });
    expect(manifest.files).toEqual(reference.manifest.files);
    expect(contentHash).toBe(reference.contentHash);
  });

  it.each(['float16', 'bfloat16'] as const)('widens %s exactly', async (dtype) => {
    const { logits } = await readGolden<{ logits: Record<string, number[][]> }>(formats);
    const packages = [];
    for (const ending of ['bin', 'safetensors']) {
      packages.push(await exportModel({ source: join(formats, `${dtype}.${ending}`), out: fresh() }));
    }
    const [first, second] = packages;
    expect(first?.contentHash).toBe(second?.contentHash);
    expect(first?.contentHash).not.toBe(reference.contentHash);
    expectClose(await logitsOf(first?.directory ?? '', [3, 16, 16]), logits[dtype] ?? []);
  });
});

describe('timm', () => {
  it.each(['timm', 'timm-no-qkv-bias'])('checkpoints answer as timm does: %s', async (name) => {
    const source = join(goldens, name);
    const { logits } = await readGolden<Golden>(source);
    const { directory, manifest, warnings } = await exportModel({ source, out: fresh() });
    expectClose(await logitsOf(directory, [3, 16, 16]), logits);
    expect(warnings.map(({ code }) => code)).toEqual(['CONFIG_DERIVED', 'LABELS_DEFAULTED']);
    expect(manifest.preprocessing).toMatchObject({
      resize: { mode: 'shortest-edge' },
      crop: { height: 16, width: 16 },
      resample: 'bicubic',
    });
  });

  it('variants and other families are refused by name', async () => {
    const config = JSON.parse(await readFile(join(goldens, 'timm', 'config.json'), 'utf8')) as {
      model_args: object;
    };
    const cases: [object, string][] = [
      [{ architecture: 'swin_tiny_patch4_window7_224' }, '"architecture" is "swin_tiny_patch4_window7_224"'],
      [{ global_pool: 'avg', model_args: {} }, '"global_pool" is "avg"'],
      [{ model_args: { ...config.model_args, act_layer: 'quick_gelu' } }, '"model_args.act_layer"'],
      [{ pretrained_cfg: { mean: [0, 0, 0], std: [1, 1, 1], interpolation: 'lanczos' } }, '"lanczos"'],
    ];
    for (const [more, message] of cases) {
      const source = fresh();
      await cp(join(goldens, 'timm'), source, { recursive: true });
      await writeFile(join(source, 'config.json'), JSON.stringify({ ...config, ...more }));
      const error = await failureOf(exportModel({ source, out: fresh() }));
      expect(error).toMatchObject({ code: 'MODEL_UNSUPPORTED', exitCode: 3 });
      expect(error.message).toContain(message);
    }
  });

  it('weights that stand alone need a width that tells the heads', async () => {
    const source = join(fresh(), 'alone.pth');
    await cp(join(goldens, 'timm', 'pytorch_model.bin'), source);
    const error = await failureOf(exportModel({ source, out: fresh() }));
    expect(error.message).toContain('a model of width 12 may have any number of heads');
  });
});

describe('other architectures', () => {
  it.each([
    ['distilled', [3, 16, 16], {}],
    ['timm-distilled', [3, 16, 16], {}],
    ['wide', [3, 16, 24], { resize: { mode: 'squash', height: 16, width: 24 } }],
    ['tall-patches', [3, 24, 20], { resize: { mode: 'squash', height: 24, width: 20 } }],
    ['one-channel', [1, 16, 16], { channels: 1, mean: [0.5, 0.5, 0.5] }],
  ])('answer as the library that wrote them does: %s', async (name, shape, preprocessing) => {
    const source = join(goldens, name);
    const { logits } = await readGolden<Golden>(source);
    const { directory, manifest } = await exportModel({ source, out: fresh() });
    expectClose(await logitsOf(directory, shape), logits);
    expect(manifest.preprocessing).toMatchObject(preprocessing);
    const [channels, height, width] = shape;
    expect(manifest.architecture).toMatchObject({ channels, imageSize: { height, width } });
    expect((await readModelPackage(directory)).manifest).toEqual(manifest);
  });
});

describe('MLflow models', () => {
  it.each([
    ["MLflow's own layout", '', 'model', 'components/image_processor'],
    ["Azure ML's older layout", '', 'data/model', 'data/tokenizer'],
    ['the output of a fine-tune job', 'mlflow_model_folder', 'model', 'components/image_processor'],
  ])('are read from %s', async (_, below, model, processor) => {
    const source = fresh();
    const folder = join(source, below);
    for (const part of [model, processor]) await mkdir(join(folder, part), { recursive: true });
    await writeFile(join(folder, 'MLmodel'), 'flavors: {}\n');
    await cp(join(formats, 'config.json'), join(folder, model, 'config.json'));
    await cp(join(formats, 'zip.bin'), join(folder, model, 'pytorch_model.bin'));
    const config = { size: 16, image_mean: [0.1, 0.2, 0.3] };
    await writeFile(join(folder, processor, 'preprocessor_config.json'), JSON.stringify(config));
    const { manifest, warnings } = await exportModel({ source, out: fresh() });
    expect(warnings).toEqual([]);
    expect(manifest.preprocessing.mean).toEqual([0.1, 0.2, 0.3]);
  });

  it('of another flavour are refused', async () => {
    const source = fresh();
    await mkdir(source);
    await writeFile(join(source, 'MLmodel'), 'flavors: {sklearn: {}}\n');
    const error = await failureOf(exportModel({ source, out: fresh() }));
    expect(error).toMatchObject({ code: 'MODEL_UNSUPPORTED', exitCode: 3 });
  });
});

describe('what PyTorch wrote and is refused', () => {
  it.each([
    [
      'whole-model.refused',
      'PICKLE_REFUSED',
      'imports "transformers.models.vit.modeling_vit.ViTForImageClassification"',
    ],
    ['numpy.refused', 'PICKLE_REFUSED', 'imports "numpy'],
    ['expanded.refused', 'PICKLE_REFUSED', 'a tensor [16] has one value in many places (strides [0])'],
    ['sliding.refused', 'PICKLE_REFUSED', 'a tensor [3, 8] has one value in many places (strides [1, 1])'],
    ['nan.refused', 'CHECKPOINT_INVALID', 'tensor "classifier.bias" has a NaN or infinity (value 1)'],
  ])('%s', async (name, code, message) => {
    const source = fresh();
    const out = fresh();
    await mkdir(source);
    await cp(join(formats, 'config.json'), join(source, 'config.json'));
    await cp(join(formats, name), join(source, 'pytorch_model.bin'));
    const error = await failureOf(exportModel({ source, out }));
    expect(error).toMatchObject({ code, exitCode: 3 });
    expect(error.message).toContain(message);
    expect(await readdir(root)).not.toContain(out);
  });

  it('weights whose bits have changed', async () => {
    const source = fresh();
    await mkdir(source);
    await cp(join(formats, 'config.json'), join(source, 'config.json'));
    const bytes = await readFile(join(formats, 'zip.bin'));
    // The middle of the largest tensor.
    bytes.writeUInt8((bytes.readUInt8(8000) ^ 1) & 0x7f, 8000);
    await writeFile(join(source, 'pytorch_model.bin'), bytes);
    const error = await failureOf(exportModel({ source, out: fresh() }));
    expect(error.message).toContain('is damaged: the checksum of tensor');
  });

  it.each([
    [{ 'vit.layernorm.bias': '../elsewhere.bin' }, 'is in "../elsewhere.bin"'],
    [{ 'vit.layernorm.bias': 'part-2-of-2.bin' }, 'that'],
    [{}, 'it names 0 files'],
  ])('an index in parts that lies: %j', async (weightMap, message) => {
    const source = fresh();
    await cp(formats, source, { recursive: true });
    const index = join(source, 'parts.bin.index.json');
    await writeFile(index, JSON.stringify({ weight_map: weightMap }));
    const error = await failureOf(exportModel({ source: index, out: fresh() }));
    expect(error).toMatchObject({ code: 'CHECKPOINT_INVALID', exitCode: 3 });
    expect(error.message).toContain(message);
  });
});

describe('a folder with several files', () => {
  it('is read by the usual names first, and else needs to be told which', async () => {
    const source = fresh();
    await mkdir(source);
    await cp(join(formats, 'config.json'), join(source, 'config.json'));
    await writeFile(join(source, 'training_args.bin'), 'never read');
    const none = await failureOf(exportModel({ source, out: fresh() }));
    expect(none).toMatchObject({ code: 'FILE_NOT_FOUND', exitCode: 3 });
    await cp(join(formats, 'wrapped.pth'), join(source, 'last.ckpt'));
    await exportModel({ source, out: fresh() });
    await cp(join(formats, 'prefixed.pth'), join(source, 'other.pth'));
    const several = await failureOf(exportModel({ source, out: fresh() }));
    expect(several.message).toContain('last.ckpt, other.pth');
    await cp(join(formats, 'legacy.bin'), join(source, 'pytorch_model.bin'));
    await exportModel({ source, out: fresh() });
  });
});
