/**
 * The exported graph against variants of its operators and of the session's options, in bare ONNX Runtime: pairs run in
 * turns, so that the ratio stands where the machine's speed drifts. Above 1 the variant is faster.
 * Usage: npm run bench:graph [-- --quick]
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InferenceSession } from 'onnxruntime-node';
import { readSafetensorsHeader } from '../src/io/index.ts';
import { gridSize, tensorNames } from '../src/model/architecture.ts';
import type { AffineNames, Architecture } from '../src/model/architecture.ts';
import { OnnxGraph } from '../src/model/onnx-graph.ts';
import type { ExternalTensor, Value } from '../src/model/onnx-graph.ts';
import { availableThreads } from '../src/vision/available-threads.ts';
import { readModelPackage } from '../src/vision/read-model-package.ts';
import { sessionOptions } from '../src/vision/session-options.ts';
import { withBasePackage } from './base-package.ts';
import { machine, median, packageVersions } from './machine.ts';

process.env['ORT_DISABLE_TELEMETRY'] = '1';
const isQuick = process.argv.includes('--quick');
const rounds = isQuick ? 5 : 25;
const batches = isQuick ? [1] : [1, 4];
const threads = availableThreads();
const { InferenceSession: Session, Tensor } = await import('onnxruntime-node');

interface Operators {
  readonly attention: 'fused' | 'separate';
  readonly linear: 'matmul-add' | 'gemm';
  readonly gelu: 'gelu' | 'bias-gelu';
  readonly lastLayer: 'cls' | 'all-tokens';
}
const exported: Operators = { attention: 'fused', linear: 'matmul-add', gelu: 'gelu', lastLayer: 'cls' };
const microsoft = { domain: 'com.microsoft' } as const;

/** The graph that the exporter writes, with the operators chosen. */
function variantGraph(
  architecture: Architecture,
  weights: ReadonlyMap<string, ExternalTensor>,
  operators: Operators,
): Uint8Array {
  const graph = new OnnxGraph();
  const { hiddenSize: width, imageSize, layers, heads, patchSize, layerNormEpsilon, labels } = architecture;
  const names = tensorNames(architecture);
  const weight = (name: string): Value => graph.external(name, weights.get(name)!);
  const reshape = (value: Value, shape: readonly number[]): Value =>
    graph.node('Reshape', [value, graph.int64(shape)]);
  const transpose = (value: Value, perm: readonly number[]): Value =>
    graph.node('Transpose', [value], { attributes: { perm } });
  const project = (value: Value, name: string): Value =>
    graph.node('FusedMatMul', [value, weight(name)], { ...microsoft, attributes: { transB: 1 } });
  const add = (a: Value, b: Value): Value => graph.node('Add', [a, b]);
  const linear = (value: Value, { weight: w, bias }: AffineNames, tokens: number, from = width): Value => {
    if (operators.linear === 'matmul-add') return add(project(value, w), weight(bias));
    const rows = graph.node('Gemm', [reshape(value, [-1, from]), weight(w), weight(bias)], {
      attributes: { transB: 1 },
    });
    return reshape(rows, [-1, tokens, weights.get(w)!.shape[0]!]);
  };
  const normalize = (value: Value, { weight: w, bias }: AffineNames): Value =>
    graph.node('LayerNormalization', [value, weight(w), weight(bias)], {
      attributes: { axis: -1, epsilon: { float: layerNormEpsilon } },
    });
  const cls = (value: Value): Value =>
    graph.node('Gather', [value, graph.int64([0])], { attributes: { axis: 1 } });

  const pixels = graph.input('pixel_values', ['batch', 3, imageSize.height, imageSize.width]);
  const grid = graph.node('Conv', [pixels, weight(names.patches.weight), weight(names.patches.bias)], {
    attributes: {
      kernel_shape: [patchSize.height, patchSize.width],
      strides: [patchSize.height, patchSize.width],
    },
  });
  const grown = gridSize(architecture);
  const tokens = grown.height * grown.width + 1;
  const patches = transpose(reshape(grid, [0, width, tokens - 1]), [0, 2, 1]);
  const batch = graph.node('Shape', [pixels], { attributes: { start: 0, end: 1 } });
  const shape = graph.node('Concat', [batch, graph.int64([1, width])], { attributes: { axis: 0 } });
  const prefix = graph.node('Expand', [weight(names.clsToken), shape]);
  let hidden = add(
    graph.node('Concat', [prefix, patches], { attributes: { axis: 1 } }),
    weight(names.positions),
  );
  for (let index = 0; index < layers; index += 1) {
    const layer = names.layer(index);
    const normalized = normalize(hidden, layer.normBefore);
    const isLast = index === layers - 1 && operators.lastLayer === 'cls';
    const queried = isLast ? cls(normalized) : normalized;
    const queries = isLast ? 1 : tokens;
    let attended: Value;
    if (operators.attention === 'fused') {
      const biases = [layer.query, layer.key, layer.value].map(({ bias }) => weight(bias));
      attended = graph.node(
        'MultiHeadAttention',
        [
          project(queried, layer.query.weight),
          project(normalized, layer.key.weight),
          project(normalized, layer.value.weight),
          graph.node('Concat', biases, { attributes: { axis: 0 } }),
        ],
        { ...microsoft, attributes: { num_heads: heads } },
      );
    } else {
      const split = (value: Value, rows: number, perm: readonly number[]): Value =>
        transpose(reshape(value, [-1, rows, heads, width / heads]), perm);
      const query = split(linear(queried, layer.query, queries), queries, [0, 2, 1, 3]);
      const key = split(linear(normalized, layer.key, tokens), tokens, [0, 2, 3, 1]);
      const value = split(linear(normalized, layer.value, tokens), tokens, [0, 2, 1, 3]);
      const scores = graph.node('FusedMatMul', [query, key], {
        ...microsoft,
        attributes: { alpha: { float: 1 / Math.sqrt(width / heads) } },
      });
      const weighed = graph.node('MatMul', [
        graph.node('Softmax', [scores], { attributes: { axis: -1 } }),
        value,
      ]);
      attended = reshape(transpose(weighed, [0, 2, 1, 3]), [-1, queries, width]);
    }
    const between = add(linear(attended, layer.attentionOutput, queries), isLast ? cls(hidden) : hidden);
    const input = normalize(between, layer.normAfter);
    const activated =
      operators.gelu === 'bias-gelu'
        ? graph.node('BiasGelu', [project(input, layer.expand.weight), weight(layer.expand.bias)], microsoft)
        : graph.node('Gelu', [linear(input, layer.expand, queries)], { attributes: { approximate: 'none' } });
    hidden = add(linear(activated, layer.contract, queries, architecture.intermediateSize), between);
  }
  const last = normalize(operators.lastLayer === 'cls' ? hidden : cls(hidden), names.norm);
  const features = graph.node('Reshape', [last, graph.int64([-1, width])], { output: 'features' });
  const { weight: w, bias } = names.classifiers[1][0]!;
  graph.node('Gemm', [features, weight(w), weight(bias)], { attributes: { transB: 1 }, output: 'logits' });
  graph.output('logits', ['batch', labels]);
  graph.output('features', ['batch', width]);
  return graph.encode('variant');
}

type Options = InferenceSession.SessionOptions;
const base = sessionOptions(threads);
const session = (changes: Record<string, string>): Options => ({
  ...base,
  extra: { session: { intra_op: { allow_spinning: '0' }, set_denormal_as_zero: '1', ...changes } },
});
const variants: readonly (readonly [string, Partial<Operators>, Options])[] = [
  ['attention of separate operators', { attention: 'separate' }, base],
  ['Gemm with the bias inside', { linear: 'gemm' }, base],
  ['BiasGelu', { gelu: 'bias-gelu' }, base],
  ['last layer over all tokens', { lastLayer: 'all-tokens' }, base],
  ['optimisation "extended"', {}, { ...base, graphOptimizationLevel: 'extended' }],
  ['optimisation "basic"', {}, { ...base, graphOptimizationLevel: 'basic' }],
  ['threads spin', {}, { ...base, extra: { session: { intra_op: { allow_spinning: '1' } } } }],
  ['work in blocks of 4', {}, session({ dynamic_block_base: '4' })],
];

await withBasePackage(async (directory) => {
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
  for (const [name, { shape, offset, bytes }] of tensors)
    weights.set(name, { file, offset, bytes, shape, dtype: 'F32' });

  console.log(machine());
  console.log(`${packageVersions(['onnxruntime-node'])}; ${threads} threads; ${rounds} pairs each`);
  const ours = await Session.create(join(directory, 'model.onnx'), base);
  const run = async (
    { run: runSession }: { run: (count: number) => Promise<Float32Array> },
    count: number,
  ): Promise<{ readonly ms: number; readonly logits: Float32Array }> => {
    const begin = performance.now();
    const logits = await runSession(count);
    return { ms: performance.now() - begin, logits };
  };
  const runner = (of: InferenceSession) => ({
    async run(count: number): Promise<Float32Array> {
      const length = count * 3 * 224 * 224;
      const pixels = Float32Array.from({ length }, (_, index) => Math.sin(index * 0.37));
      const { logits } = await of.run({
        pixel_values: new Tensor('float32', pixels, [count, 3, 224, 224]),
      });
      return logits?.data as Float32Array;
    },
  });
  for (const [name, operators, options] of variants) {
    const path = join(directory, 'variant.onnx');
    writeFileSync(path, variantGraph(architecture, weights, { ...exported, ...operators }));
    const theirs = await Session.create(path, options);
    const results: string[] = [];
    let apart = 0;
    for (const count of batches) {
      const ratios: number[] = [];
      for (let round = -1; round < rounds; round += 1) {
        const a = await run(runner(ours), count);
        const b = await run(runner(theirs), count);
        for (const [index, logit] of a.logits.entries())
          apart = Math.max(apart, Math.abs(logit - (b.logits[index] ?? NaN)));
        if (round >= 0) ratios.push(a.ms / b.ms);
      }
      results.push(`batch ${count}: ${median(ratios).toFixed(3)}`);
    }
    console.log(
      `${name.padEnd(34)} ${results.join('  ')}  logits apart by at most ${apart.toExponential(1)}`,
    );
    await theirs.release();
  }
});
