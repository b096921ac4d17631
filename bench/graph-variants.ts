/**
 * The exported graphs, float32 and int8, against variants of their operators and of the session's options, in bare ONNX
 * Runtime: pairs run in turns, so that the ratio stands where the machine's speed drifts. Above 1 the variant is faster.
 * Usage: npm run bench:graph [-- --quick]
 */
import { closeSync, openSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { InferenceSession } from 'onnxruntime-node';
import { exportModel } from '../src/actions/export-model.ts';
import { readSafetensorsHeader } from '../src/io/index.ts';
import { tensorNames } from '../src/model/architecture.ts';
import type { Architecture } from '../src/model/architecture.ts';
import type { ExternalTensor } from '../src/model/onnx-graph.ts';
import type { Precision } from '../src/model/package-weights.ts';
import { availableThreads } from '../src/vision/available-threads.ts';
import { readModelPackage } from '../src/vision/read-model-package.ts';
import { sessionOptions } from '../src/vision/session-options.ts';
import { withBasePackage } from './base-package.ts';
import { machine, median, packageVersions } from './machine.ts';
import { exported, packedNames, variantGraph } from './variant-graph.ts';
import type { Operators } from './variant-graph.ts';

process.env['ORT_DISABLE_TELEMETRY'] = '1';
const isQuick = process.argv.includes('--quick');
const rounds = isQuick ? 5 : 9;
const batches = isQuick ? [1] : [1, 4];
const threads = availableThreads();
const { InferenceSession: Session, Tensor } = await import('onnxruntime-node');

type Options = InferenceSession.SessionOptions;
const base = sessionOptions(threads);
const session = (changes: Record<string, string>): Options => ({
  ...base,
  extra: { session: { intra_op: { allow_spinning: '0' }, set_denormal_as_zero: '1', ...changes } },
});
type Variant = readonly [name: string, operators: Partial<Operators>, options: Options];
const ofBoth: readonly Variant[] = [
  ['attention of separate operators', { attention: 'separate' }, base],
  ['SkipLayerNormalization', { norm: 'skip' }, base],
  ["Gelu's approximation by tanh", { gelu: 'gelu-tanh' }, base],
  ['QuickGelu', { gelu: 'quick-gelu' }, base],
  ['last layer over all tokens', { lastLayer: 'all-tokens' }, base],
  ['optimisation "extended"', {}, { ...base, graphOptimizationLevel: 'extended' }],
  ['optimisation "basic"', {}, { ...base, graphOptimizationLevel: 'basic' }],
  ['threads spin', {}, { ...base, extra: { session: { intra_op: { allow_spinning: '1' } } } }],
  ['work in blocks of 4', {}, session({ dynamic_block_base: '4' })],
];
const variants: Readonly<Record<Precision, readonly Variant[]>> = {
  fp32: [
    ['com.microsoft.Attention', { attention: 'attention' }, base],
    ['query, key and value multiplied at once', { attention: 'merged' }, base],
    ['Gemm with the bias inside', { linear: 'gemm' }, base],
    ['BiasGelu', { gelu: 'bias-gelu' }, base],
    ...ofBoth,
  ],
  int8: [
    ['the bias added apart', { int8: 'bias-apart' }, base],
    ['MatMulInteger and its neighbours', { int8: 'matmul-integer' }, base],
    ...ofBoth,
  ],
};

/** Query's, key's and value's weights side by side, in a file of their own beside the package's. */
function packWeights(
  directory: string,
  architecture: Architecture,
  weights: ReadonlyMap<string, ExternalTensor>,
): Map<string, ExternalTensor> {
  const file = 'packed.bin';
  const width = architecture.hiddenSize;
  const packed = new Map<string, ExternalTensor>();
  const out = openSync(join(directory, file), 'w');
  let offset = 0;
  const write = (name: string, shape: readonly number[], values: Float32Array): void => {
    writeSync(out, new Uint8Array(values.buffer));
    packed.set(name, { file, offset, bytes: values.byteLength, shape, dtype: 'F32' });
    offset += values.byteLength;
  };
  const read = (name: string): Float32Array => {
    const tensor = weights.get(name)!;
    const values = new Float32Array(tensor.bytes / Float32Array.BYTES_PER_ELEMENT);
    const input = openSync(join(directory, tensor.file), 'r');
    readSync(input, new Uint8Array(values.buffer), 0, tensor.bytes, tensor.offset);
    closeSync(input);
    return values;
  };
  for (let index = 0; index < architecture.layers; index += 1) {
    const { query, key, value } = tensorNames(architecture).layer(index);
    const matrix = new Float32Array(width * 3 * width);
    for (const [part, names] of [query, key, value].entries())
      for (const [at, weight] of read(names.weight).entries())
        matrix[(at % width) * 3 * width + part * width + Math.floor(at / width)] = weight;
    const names = packedNames(index);
    write(names.weight, [width, 3 * width], matrix);
    const biases = new Float32Array(3 * width);
    for (const [part, { bias }] of [query, key, value].entries()) biases.set(read(bias), part * width);
    write(names.bias, [3 * width], biases);
  }
  closeSync(out);
  return packed;
}

interface Model {
  readonly directory: string;
  readonly architecture: Architecture;
  readonly weights: ReadonlyMap<string, ExternalTensor>;
}

async function readModel(directory: string): Promise<Model> {
  const { manifest } = await readModelPackage(directory);
  const architecture: Architecture = {
    ...manifest.architecture,
    channels: 3,
    labels: manifest.labels.length,
    classifiers: 1,
    qkvBias: true,
    activation: 'gelu',
    layerNormEpsilon: 1e-12,
  };
  const file = 'model.safetensors';
  const { tensors } = await readSafetensorsHeader(join(directory, file));
  const weights = new Map<string, ExternalTensor>();
  for (const [name, { shape, offset, bytes, dtype }] of tensors)
    weights.set(name, { file, offset, bytes, shape, dtype: dtype === 'I8' ? 'I8' : 'F32' });
  return { directory, architecture, weights };
}

async function run(
  session: InferenceSession,
  count: number,
): Promise<{ readonly ms: number; readonly logits: Float32Array }> {
  const pixels = Float32Array.from({ length: count * 3 * 224 * 224 }, (_, index) => Math.sin(index * 0.37));
  const begin = performance.now();
  const { logits } = await session.run({
    pixel_values: new Tensor('float32', pixels, [count, 3, 224, 224]),
  });
  return { ms: performance.now() - begin, logits: logits?.data as Float32Array };
}

/** Prints how many times as fast the second session is, and how far its logits are from the first's. */
async function compare(name: string, first: InferenceSession, second: InferenceSession): Promise<void> {
  let apart = 0;
  const results: string[] = [];
  for (const count of batches) {
    const pairs: { readonly first: number; readonly second: number }[] = [];
    for (let round = -1; round < rounds; round += 1) {
      const a = await run(first, count);
      const b = await run(second, count);
      for (const [index, logit] of a.logits.entries())
        apart = Math.max(apart, Math.abs(logit - (b.logits[index] ?? NaN)));
      // Round -1 warms both up.
      if (round >= 0) pairs.push({ first: a.ms, second: b.ms });
    }
    const ratio = median(pairs.map(({ first, second }) => first / second));
    const ms = median(pairs.map(({ second }) => second)) / count;
    results.push(`batch ${count}: ${ratio.toFixed(3)} (${ms.toFixed(0)} ms/img)`);
  }
  console.log(
    `  ${name.padEnd(42)} ${results.join('  ')}  logits apart by at most ${apart.toExponential(1)}`,
  );
}

await withBasePackage(async (directory) => {
  console.log(machine());
  console.log(`${packageVersions(['onnxruntime-node'])}; ${threads} threads; ${rounds} pairs each`);
  const directories = { fp32: directory, int8: join(directory, '..', 'package-int8') };
  await exportModel({
    source: join(directory, '..', 'checkpoint'),
    out: directories.int8,
    precision: 'int8',
  });
  for (const precision of ['fp32', 'int8'] as const) {
    const { architecture, weights, directory: folder } = await readModel(directories[precision]);
    const packed = precision === 'fp32' ? packWeights(folder, architecture, weights) : [];
    const ours = await Session.create(join(folder, 'model.onnx'), base);
    console.log(`${precision}:`);
    await compare('itself', ours, ours);
    if (precision === 'int8') {
      const float = await Session.create(join(directories.fp32, 'model.onnx'), base);
      await compare('over float32', float, ours);
      await float.release();
    }
    for (const [name, operators, options] of variants[precision]) {
      const path = join(folder, 'variant.onnx');
      writeFileSync(
        path,
        variantGraph(architecture, new Map([...weights, ...packed]), { ...exported, ...operators }),
      );
      const theirs = await Session.create(path, options);
      await compare(name, ours, theirs);
      await theirs.release();
    }
    await ours.release();
  }
});
