import {
  appendFile,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exportModel } from '../../../src/actions/export-model.ts';
import { AmlDeitError } from '../../../src/errors/index.ts';
import { readSafetensorsHeader, readTensor } from '../../../src/io/index.ts';
import type { Host, HostMessage } from '../../../src/io/index.ts';
import { verifyPackageFiles } from '../../../src/model/index.ts';
import { readModelPackage } from '../../../src/vision/index.ts';
import { smallConfig, writeCheckpoint } from '../../helpers/synthetic-weights.ts';
import type { SyntheticCheckpoint } from '../../helpers/synthetic-weights.ts';

let root: string;
let source: string;
let out: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'export-'));
  source = join(root, 'checkpoint');
  out = join(root, 'packages', 'small');
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function refused(options: { force?: boolean; signal?: AbortSignal; out?: string } = {}) {
  const error: unknown = await exportModel({ source, out, ...options }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(AmlDeitError);
  return error as AmlDeitError;
}

/** Nothing half-written: no package, no temporary folder, no parent made on the way. */
async function expectNothingWritten(): Promise<void> {
  expect((await readdir(root)).filter((name) => name !== 'checkpoint')).toEqual([]);
}

describe('exportModel', () => {
  it('writes a package that the scorer reads, the same bytes each time', async () => {
    const preprocessor = { do_normalize: true, image_mean: [0.1, 0.2, 0.3], size: 16 };
    const config = smallConfig({ _name_or_path: 'someone/small-vit' });
    await writeCheckpoint(source, { config, preprocessor });
    const messages: HostMessage[] = [];
    const host: Host = {
      message: (message) => messages.push(message),
      progress() {},
      confirm: ({ defaultAnswer }) => Promise.resolve(defaultAnswer),
    };
    const result = await exportModel({ source, out, host });
    expect(messages).toEqual([]);
    expect(result).toMatchObject({ directory: out, unchanged: false, warnings: [] });
    expect(result.manifest).toMatchObject({
      name: 'someone/small-vit',
      task: 'multiclass',
      labels: ['can', 'carton', 'bottle'],
      preprocessing: { resize: { mode: 'squash', height: 16 }, mean: [0.1, 0.2, 0.3] },
      source: { directory: 'checkpoint' },
    });
    expect((await readModelPackage(out)).manifest).toEqual(result.manifest);
    for (const name of ['config.json', 'preprocessor_config.json', 'model.safetensors']) {
      expect(await readFile(join(out, name))).toEqual(await readFile(join(source, name)));
    }
    const again = join(root, 'again');
    const second = await exportModel({ source, out: again });
    expect(second.contentHash).toBe(result.contentHash);
    for (const name of await readdir(out)) {
      expect(await readFile(join(again, name))).toEqual(await readFile(join(out, name)));
    }
  });

  it('says what it takes by default: preprocessing, names of classes, tensors without use', async () => {
    const config = smallConfig({ problem_type: 'multi_label_classification' });
    delete config['id2label'];
    await writeCheckpoint(source, {
      config,
      labels: 4,
      edit(tensors) {
        const name = 'vit.pooler.dense.bias';
        tensors.set(name, { name, shape: [8], data: new Float32Array(8) });
      },
    });
    const { manifest, warnings } = await exportModel({ source, out });
    expect(warnings.map(({ code }) => code)).toEqual([
      'TENSORS_UNUSED',
      'LABELS_DEFAULTED',
      'PREPROCESSOR_DEFAULTED',
    ]);
    expect(manifest.labels).toEqual(['LABEL_0', 'LABEL_1', 'LABEL_2', 'LABEL_3']);
    expect(manifest.task).toBe('multilabel');
    expect(manifest.preprocessing).toMatchObject({ resample: 'bilinear', mean: [0.5, 0.5, 0.5], crop: null });
    expect(manifest.name).toBe('checkpoint');
  });

  it('says when two classes have one name, and when label2id contradicts id2label', async () => {
    const id2label = { 0: 'can', 1: 'carton', 2: 'can' };
    await writeCheckpoint(source, { config: smallConfig({ id2label, label2id: { can: 2, carton: 0 } }) });
    const { warnings } = await exportModel({ source, out });
    expect(warnings.filter(({ code }) => code === 'LABELS_ODD').map(({ text }) => text)).toEqual([
      'config.json: the label "can" stands for several classes: 0, 2',
      'config.json: "label2id" has 0 for "carton", where "id2label" has "can": "id2label" counts',
    ]);
  });

  it('aligns weights whose header ends off the boundary, and changes no value', async () => {
    await writeCheckpoint(source, { config: smallConfig() });
    const aligned = await exportModel({ source, out: join(root, 'aligned') });
    const file = join(source, 'model.safetensors');
    const bytes = await readFile(file);
    const length = Number(bytes.readBigUInt64LE(0));
    const header = `${bytes.toString('utf8', 8, 8 + length).trimEnd()} `;
    const odd = header.length % 8 === 0 ? `${header} ` : header;
    const prefix = Buffer.alloc(8);
    prefix.writeBigUInt64LE(BigInt(odd.length));
    await writeFile(file, Buffer.concat([prefix, Buffer.from(odd), bytes.subarray(8 + length)]));

    const { manifest } = await exportModel({ source, out });
    expect(manifest.source.weightsSha256).not.toBe(manifest.files['model.safetensors']?.sha256);
    const copy = await readSafetensorsHeader(join(out, 'model.safetensors'));
    expect(copy.dataOffset % 8).toBe(0);
    const original = await readSafetensorsHeader(join(aligned.directory, 'model.safetensors'));
    expect(await readTensor(copy, 'classifier.weight')).toEqual(
      await readTensor(original, 'classifier.weight'),
    );
    const answers = [];
    for (const directory of [aligned.directory, out]) {
      const session = await InferenceSession.create(join(directory, 'model.onnx'));
      const pixels = new Float32Array(3 * 16 * 16).fill(0.25);
      answers.push(
        (await session.run({ pixel_values: new Tensor('float32', pixels, [1, 3, 16, 16]) }))['logits']?.data,
      );
    }
    expect(answers[1]).toEqual(answers[0]);
    await verifyPackageFiles(out);
  });

  it('leaves an intact package of the same content alone, mends a damaged one, replaces another by force', async () => {
    await writeCheckpoint(source, { config: smallConfig() });
    const first = await exportModel({ source, out });
    expect((await exportModel({ source, out })).unchanged).toBe(true);

    const weights = join(out, 'model.safetensors');
    const handle = await open(weights, 'r+');
    await handle.write(Uint8Array.of(1, 2), 0, 2, 900);
    await handle.close();
    expect((await refused()).code).toBe('OUTPUT_EXISTS');
    expect((await exportModel({ source, out, force: true })).unchanged).toBe(false);
    await verifyPackageFiles(out);

    await writeCheckpoint(source, { config: smallConfig({ layer_norm_eps: 1e-6 }) });
    const before = await readFile(join(out, 'model.onnx'));
    const error = await refused();
    expect([error.code, error.exitCode]).toEqual(['OUTPUT_EXISTS', 3]);
    expect(await readFile(join(out, 'model.onnx'))).toEqual(before);
    const replaced = await exportModel({ source, out, force: true });
    expect(replaced.contentHash).not.toBe(first.contentHash);
    expect(await readdir(join(root, 'packages'))).toEqual(['small']);
  });

  it('never replaces what is no package, not even by force', async () => {
    await writeCheckpoint(source, { config: smallConfig() });
    await mkdir(out, { recursive: true });
    await writeFile(join(out, 'thesis.txt'), 'years of work');
    for (const target of [out, source]) {
      expect((await refused({ force: true, out: target })).code).toBe('OUTPUT_EXISTS');
    }
    expect(await readdir(out)).toEqual(['thesis.txt']);
    expect((await readdir(source)).sort()).toEqual(['config.json', 'model.safetensors']);
  });

  it('exports into an empty folder, and a package again into itself', async () => {
    await writeCheckpoint(source, { config: smallConfig() });
    await mkdir(out, { recursive: true });
    await exportModel({ source, out });
    const again = await exportModel({ source: out, out, force: true });
    expect(again.unchanged).toBe(true);
  });

  it('leaves nothing behind when it is interrupted', async () => {
    await writeCheckpoint(source, { config: smallConfig() });
    expect((await refused({ signal: AbortSignal.abort() })).code).toBe('INTERRUPTED');
    await expectNothingWritten();
  });

  it('says so when the folder cannot be made', async () => {
    await writeCheckpoint(source, { config: smallConfig() });
    await writeFile(join(root, 'file'), '');
    const error = await refused({ out: join(root, 'file', 'below', 'package') });
    expect(error.message).toContain('file');
    expect(['OUTPUT_EXISTS', 'OUTPUT_NOT_WRITTEN']).toContain(error.code);
  });
});

type Fault = [
  title: string,
  code: string,
  message: string,
  make: Partial<SyntheticCheckpoint> | (() => Promise<void>),
];

const write = (checkpoint: Partial<SyntheticCheckpoint> = {}): Promise<void> =>
  writeCheckpoint(source, { config: smallConfig(), ...checkpoint });
const config = async (more: object): Promise<void> => {
  await write();
  await writeFile(join(source, 'config.json'), JSON.stringify(smallConfig({ ...more })));
};

const faults: Fault[] = [
  ['no folder', 'FILE_NOT_FOUND', 'checkpoint does not exist', () => Promise.resolve()],
  ['a file that is no weights', 'FILE_NOT_FOUND', 'config.json does not exist', () => writeFile(source, '')],
  [
    'no config',
    'FILE_NOT_FOUND',
    'config.json does not exist',
    () => write().then(() => rm(join(source, 'config.json'))),
  ],
  [
    'a config that is no JSON',
    'CHECKPOINT_INVALID',
    'is not JSON',
    () => write().then(() => writeFile(join(source, 'config.json'), '{')),
  ],
  [
    'a config that is no object',
    'CHECKPOINT_INVALID',
    'expected a JSON object',
    () => write().then(() => writeFile(join(source, 'config.json'), '[]')),
  ],
  ['no model type', 'MODEL_UNSUPPORTED', '"model_type" is missing', () => config({ model_type: undefined })],
  ['another model type', 'MODEL_UNSUPPORTED', '"model_type" is "swin"', () => config({ model_type: 'swin' })],
  [
    'a distilled ViT',
    'MODEL_UNSUPPORTED',
    'DeiTForImageClassificationWithTeacher',
    () => config({ architectures: ['DeiTForImageClassificationWithTeacher'] }),
  ],
  [
    'a second head that is not there',
    'CHECKPOINT_INVALID',
    'no tensor "cls_classifier.weight"',
    () => config({ model_type: 'deit', architectures: ['DeiTForImageClassificationWithTeacher'] }),
  ],
  [
    'a model without head',
    'MODEL_UNSUPPORTED',
    '["ViTModel"]',
    () => config({ architectures: ['ViTModel'] }),
  ],
  ['four channels', 'MODEL_UNSUPPORTED', '"num_channels" is 4', () => config({ num_channels: 4 })],
  [
    'pictures of three sizes',
    'CHECKPOINT_INVALID',
    '"image_size" is [16,32,3]',
    () => config({ image_size: [16, 32, 3] }),
  ],
  [
    'an unknown activation',
    'MODEL_UNSUPPORTED',
    '"hidden_act" is "quick_gelu"',
    () => config({ hidden_act: 'quick_gelu' }),
  ],
  [
    'regression',
    'MODEL_UNSUPPORTED',
    '"problem_type" is "regression"',
    () => config({ problem_type: 'regression' }),
  ],
  ['heads of another size', 'MODEL_UNSUPPORTED', '"head_dim" is 16', () => config({ head_dim: 16 })],
  [
    'a width that heads do not divide',
    'CHECKPOINT_INVALID',
    'no multiple of "num_attention_heads" 3',
    () => config({ num_attention_heads: 3 }),
  ],
  [
    'a patch larger than the picture',
    'CHECKPOINT_INVALID',
    '"patch_size" 32 is larger',
    () => config({ patch_size: 32 }),
  ],
  ['a size that is none', 'CHECKPOINT_INVALID', '"hidden_size" is "8"', () => config({ hidden_size: '8' })],
  [
    'a billion layers',
    'CHECKPOINT_INVALID',
    '"num_hidden_layers" is 1000000000',
    () => config({ num_hidden_layers: 1e9 }),
  ],
  ['a bad epsilon', 'CHECKPOINT_INVALID', '"layer_norm_eps" is -1', () => config({ layer_norm_eps: -1 })],
  ['a bad flag', 'CHECKPOINT_INVALID', '"qkv_bias" is 1', () => config({ qkv_bias: 1 })],
  [
    'labels with a hole',
    'CHECKPOINT_INVALID',
    'no "1"',
    () => config({ id2label: { 0: 'a', 2: 'b', 3: 'c' } }),
  ],
  ['a label that is no name', 'CHECKPOINT_INVALID', 'has 7 for "0"', () => config({ id2label: { 0: 7 } })],
  [
    'labels that do not match the head',
    'CHECKPOINT_INVALID',
    'names 2 labels, but the classifier in model.safetensors has 3',
    () => config({ id2label: { 0: 'a', 1: 'b' } }),
  ],
  [
    'a count of labels that does not match',
    'CHECKPOINT_INVALID',
    'names 5 labels',
    () => config({ id2label: undefined, num_labels: 5 }),
  ],
  [
    'no weights',
    'FILE_NOT_FOUND',
    'model.safetensors does not exist',
    () => write().then(() => rm(join(source, 'model.safetensors'))),
  ],
  [
    "a safetensors file that is called PyTorch's",
    'TORCH_FILE_INVALID',
    'expected a file that torch.save wrote',
    () => write().then(() => rename(join(source, 'model.safetensors'), join(source, 'pytorch_model.bin'))),
  ],
  [
    'truncated weights',
    'SAFETENSORS_INVALID',
    'truncated: tensor',
    () => write().then(() => truncate(join(source, 'model.safetensors'), 9000)),
  ],
  [
    'weights with a tail',
    'SAFETENSORS_INVALID',
    '3 bytes after the last',
    () => write().then(() => appendFile(join(source, 'model.safetensors'), 'abc')),
  ],
  [
    'no classifier',
    'CHECKPOINT_INVALID',
    'no tensor "classifier.weight"',
    { edit: (tensors) => void tensors.delete('classifier.weight') },
  ],
  ['a preprocessor that is refused', 'PREPROCESSOR_INVALID', '32x32', { preprocessor: { size: 32 } }],
  [
    'a NaN',
    'CHECKPOINT_INVALID',
    'tensor "vit.layernorm.bias" has a NaN or infinity (value 3)',
    {
      edit(tensors) {
        const name = 'vit.layernorm.bias';
        tensors.set(name, { name, shape: [8], data: Float32Array.of(0, 1, 2, NaN, 4, 5, 6, 7) });
      },
    },
  ],
  [
    'an infinity',
    'CHECKPOINT_INVALID',
    'tensor "classifier.bias" has a NaN or infinity (value 0)',
    {
      edit(tensors) {
        const name = 'classifier.bias';
        tensors.set(name, { name, shape: [3], data: Float32Array.of(-Infinity, 1, 2) });
      },
    },
  ],
];

describe('exportModel refuses', () => {
  it.each(faults)('%s', async (_, code, message, make) => {
    await (typeof make === 'function' ? make() : write(make));
    const error = await refused();
    expect(error).toMatchObject({ code, exitCode: 3 });
    expect(error.message).toContain(message);
    await expectNothingWritten();
  });

  it('missing, unknown and misshapen tensors, all at once and by name', async () => {
    await write({
      edit(tensors) {
        tensors.delete('vit.encoder.layer.0.attention.attention.key.bias');
        tensors.delete('vit.embeddings.cls_token');
        tensors.set('extra', { name: 'extra', shape: [1], data: Float32Array.of(1) });
        const name = 'vit.layernorm.weight';
        tensors.set(name, { name, shape: [4, 2], data: new Float32Array(8) });
      },
    });
    const error = await refused();
    expect(error.code).toBe('CHECKPOINT_INVALID');
    expect(error.details).toMatchObject({
      missing: ['vit.embeddings.cls_token', 'vit.encoder.layer.0.attention.attention.key.bias'],
      unexpected: ['extra'],
      wrongShape: [{ name: 'vit.layernorm.weight', expected: [8], actual: [4, 2] }],
    });
    for (const text of ['cls_token', 'key.bias', 'extra', 'vit.layernorm.weight [4, 2] instead of [8]']) {
      expect(error.message).toContain(text);
    }
    await expectNothingWritten();
  });

  it('biases that the config says are not there', async () => {
    await write();
    await writeFile(join(source, 'config.json'), JSON.stringify(smallConfig({ qkv_bias: false })));
    expect((await refused()).details).toMatchObject({ missing: [] });
  });

  it('half-precision weights, by name and type', async () => {
    await write();
    const file = join(source, 'model.safetensors');
    const bytes = await readFile(file);
    const text = bytes.toString('latin1');
    const entry = '"dtype":"F32","shape":[3],"data_offsets":[0,12]';
    expect(text).toContain(entry);
    const lying = '"dtype":"F16","shape":[6],"data_offsets":[0,12]';
    await writeFile(file, Buffer.from(text.replace(entry, lying), 'latin1'));
    expect((await refused()).message).toContain('classifier.bias [6] instead of [3]');
    const half = '"dtype":"I32","shape":[3],"data_offsets":[0,12]';
    await writeFile(file, Buffer.from(text.replace(entry, half), 'latin1'));
    const error = await refused();
    expect(error.code).toBe('MODEL_UNSUPPORTED');
    expect(error.message).toContain('classifier.bias I32');
  });
});
