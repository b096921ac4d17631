import { gridSize, tensorNames } from '../src/model/architecture.ts';
import type { AffineNames, Architecture } from '../src/model/architecture.ts';
import { OnnxGraph } from '../src/model/onnx-graph.ts';
import type { ExternalTensor, Value } from '../src/model/onnx-graph.ts';
import { quantizedNames } from '../src/model/quantize.ts';

/** Which operators make up the graph. Weights that are int8 are multiplied in int8, whatever `linear` says of float32. */
export interface Operators {
  /**
   * `attention` is com.microsoft.Attention, which multiplies query, key and value by itself; `merged` multiplies the three
   * at once. Both are float32 only, and the last layer, which queries the CLS token alone, stays as it is.
   */
  readonly attention: 'fused' | 'separate' | 'attention' | 'merged';
  readonly linear: 'matmul-add' | 'gemm';
  readonly int8: 'one-operator' | 'bias-apart' | 'matmul-integer';
  /** Add and the LayerNormalization after the attention: `skip` is both in one operator. */
  readonly norm: 'apart' | 'skip';
  readonly gelu: 'gelu' | 'bias-gelu' | 'gelu-tanh' | 'quick-gelu';
  readonly lastLayer: 'cls' | 'all-tokens';
}

/** What the exporter writes. */
export const exported: Operators = {
  attention: 'fused',
  linear: 'matmul-add',
  int8: 'one-operator',
  norm: 'apart',
  gelu: 'gelu',
  lastLayer: 'cls',
};

/** Query's, key's and value's weights side by side, [in, 3 × out], and their biases: what com.microsoft.Attention takes. */
export function packedNames(index: number): AffineNames {
  return { weight: `packed.${index}.weight`, bias: `packed.${index}.bias` };
}

const microsoft = { domain: 'com.microsoft' } as const;
/** TensorProto.DataType.FLOAT */
const float32 = 1;

/** The graph that the exporter writes, with the operators chosen. */
export function variantGraph(
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
  const multiply = (a: Value, b: Value): Value => graph.node('Mul', [a, b]);
  const isInt8 = weights.has(quantizedNames(names.layer(0).query.weight).values);
  const int8Linear = (value: Value, { weight: w, bias }: AffineNames): Value => {
    const { values, scales } = quantizedNames(w);
    const quantized = [weight(values), weight(scales)];
    if (operators.int8 === 'one-operator')
      return graph.node('DynamicQuantizeMatMul', [value, ...quantized, '', weight(bias)], microsoft);
    if (operators.int8 === 'bias-apart')
      return add(graph.node('DynamicQuantizeMatMul', [value, ...quantized], microsoft), weight(bias));
    const [bytes = '', scale = '', zero = ''] = graph.nodeOf(3, 'DynamicQuantizeLinear', [value]);
    const sums = graph.node('MatMulInteger', [bytes, weight(values), zero]);
    const floats = graph.node('Cast', [sums], { attributes: { to: float32 } });
    return add(multiply(floats, multiply(weight(scales), scale)), weight(bias));
  };
  const linear = (value: Value, { weight: w, bias }: AffineNames, tokens: number, from = width): Value => {
    if (isInt8) return int8Linear(value, { weight: w, bias });
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
  const activate = (value: Value, names: AffineNames, tokens: number): Value => {
    if (operators.gelu === 'bias-gelu')
      return graph.node('BiasGelu', [project(value, names.weight), weight(names.bias)], microsoft);
    const expanded = linear(value, names, tokens);
    if (operators.gelu === 'quick-gelu') return graph.node('QuickGelu', [expanded], microsoft);
    const approximate = operators.gelu === 'gelu-tanh' ? 'tanh' : 'none';
    return graph.node('Gelu', [expanded], { attributes: { approximate } });
  };
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
    const heading = { ...microsoft, attributes: { num_heads: heads } };
    let attended: Value;
    if (operators.attention === 'attention' && !isLast) {
      const { weight: w, bias } = packedNames(index);
      attended = graph.node('Attention', [normalized, weight(w), weight(bias)], heading);
    } else if (operators.attention === 'merged' && !isLast) {
      const { weight: w, bias } = packedNames(index);
      const merged = add(graph.node('MatMul', [normalized, weight(w)]), weight(bias));
      const parts = graph.nodeOf(3, 'Split', [merged], { attributes: { axis: -1, num_outputs: 3 } });
      attended = graph.node('MultiHeadAttention', parts, heading);
    } else if (operators.attention !== 'separate' && isInt8) {
      const inputs = [queried, normalized, normalized].map((value, part) =>
        int8Linear(value, [layer.query, layer.key, layer.value][part]!),
      );
      attended = graph.node('MultiHeadAttention', inputs, heading);
    } else if (operators.attention !== 'separate') {
      const biases = [layer.query, layer.key, layer.value].map(({ bias }) => weight(bias));
      attended = graph.node(
        'MultiHeadAttention',
        [
          project(queried, layer.query.weight),
          project(normalized, layer.key.weight),
          project(normalized, layer.value.weight),
          graph.node('Concat', biases, { attributes: { axis: 0 } }),
        ],
        heading,
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
    const residual = isLast ? cls(hidden) : hidden;
    const projected = linear(attended, layer.attentionOutput, queries);
    let between: Value;
    let input: Value;
    if (operators.norm === 'skip') {
      const { weight: w, bias } = layer.normAfter;
      const inputs = [projected, residual, weight(w), weight(bias)];
      const attributes = { epsilon: { float: layerNormEpsilon } };
      const outputs = graph.nodeOf(4, 'SkipLayerNormalization', inputs, { ...microsoft, attributes });
      [input, between] = [outputs[0]!, outputs[3]!];
    } else {
      between = add(projected, residual);
      input = normalize(between, layer.normAfter);
    }
    const activated = activate(input, layer.expand, queries);
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
