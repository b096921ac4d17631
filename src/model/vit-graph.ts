import { gridSide, prefixTokens, tensorNames } from './architecture.ts';
import type { Activation, AffineNames, Architecture } from './architecture.ts';
import { OnnxGraph } from './onnx-graph.ts';
import type { ExternalTensor, NodeOptions, Value } from './onnx-graph.ts';

const microsoft = { domain: 'com.microsoft' } as const;

const activations = {
  gelu: { operator: 'Gelu', attributes: { approximate: 'none' } },
  'gelu-tanh': { operator: 'Gelu', attributes: { approximate: 'tanh' } },
  relu: { operator: 'Relu', attributes: {} },
} as const satisfies Record<Activation, { operator: string } & NodeOptions>;

/**
 * The whole model as an ONNX graph whose weights are external: float32 `pixel_values` [batch, 3, side, side] in;
 * `logits` [batch, labels] and `features` [batch, hidden], the CLS row after the last LayerNormalization, out.
 */
export function vitGraph(
  architecture: Architecture,
  weights: ReadonlyMap<string, ExternalTensor>,
): Uint8Array {
  return new VitGraph(architecture, weights).encode();
}

/** A layer's tensors: [batch, tokens, hidden] throughout, so that every weight keeps the checkpoint's layout. */
class VitGraph {
  readonly #graph = new OnnxGraph();
  readonly #architecture: Architecture;
  readonly #weights: ReadonlyMap<string, ExternalTensor>;
  readonly #names: ReturnType<typeof tensorNames>;

  constructor(architecture: Architecture, weights: ReadonlyMap<string, ExternalTensor>) {
    this.#architecture = architecture;
    this.#weights = weights;
    this.#names = tensorNames(architecture);
  }

  encode(): Uint8Array {
    const { hiddenSize: width, imageSize, layers, labels, modelType } = this.#architecture;
    const pixels = this.#graph.input('pixel_values', ['batch', 3, imageSize, imageSize]);
    let hidden = this.#embed(pixels);
    for (let index = 0; index < layers; index += 1) hidden = this.#layer(hidden, index);
    const normalized = this.#normalize(hidden, this.#names.norm);
    const features = this.#reshape(normalized, [-1, width], 'features');
    const { weight, bias } = this.#names.classifier;
    const logits = this.#graph.node('Gemm', [features, this.#weight(weight), this.#weight(bias)], {
      attributes: { transB: 1 },
      output: 'logits',
    });
    this.#graph.output(logits, ['batch', labels]);
    this.#graph.output(features, ['batch', width]);
    return this.#graph.encode(modelType);
  }

  #embed(pixels: Value): Value {
    const { hiddenSize: width, patchSize } = this.#architecture;
    const { clsToken, distillationToken, patches, positions } = this.#names;
    const grid = this.#graph.node(
      'Conv',
      [pixels, this.#weight(patches.weight), this.#weight(patches.bias)],
      {
        attributes: { kernel_shape: [patchSize, patchSize], strides: [patchSize, patchSize] },
      },
    );
    const columns = this.#reshape(grid, [0, width, gridSide(this.#architecture) ** 2]);
    const rows = this.#graph.node('Transpose', [columns], { attributes: { perm: [0, 2, 1] } });
    const count = prefixTokens(this.#architecture);
    const prefix =
      count === 1
        ? this.#weight(clsToken)
        : this.#concat([this.#weight(clsToken), this.#weight(distillationToken)], 1);
    const batch = this.#graph.node('Shape', [pixels], { attributes: { start: 0, end: 1 } });
    const shape = this.#concat([batch, this.#graph.int64([count, width])], 0);
    const expanded = this.#graph.node('Expand', [prefix, shape]);
    return this.#add(this.#concat([expanded, rows], 1), this.#weight(positions));
  }

  #layer(input: Value, index: number): Value {
    const { heads, activation, qkvBias, layers } = this.#architecture;
    const names = this.#names.layer(index);
    const normalized = this.#normalize(input, names.normBefore);
    // Only CLS is read after the last layer: its other tokens matter as keys and values, and nowhere else.
    const last = index === layers - 1;
    const queried = last ? this.#cls(normalized) : normalized;
    const residual = last ? this.#cls(input) : input;

    const projections = [names.query, names.key, names.value];
    const attention = [
      this.#project(queried, names.query.weight),
      this.#project(normalized, names.key.weight),
      this.#project(normalized, names.value.weight),
    ];
    if (qkvBias)
      attention.push(
        this.#concat(
          projections.map(({ bias }) => this.#weight(bias)),
          0,
        ),
      );
    const attended = this.#graph.node('MultiHeadAttention', attention, {
      ...microsoft,
      attributes: { num_heads: heads },
    });
    const between = this.#add(this.#linear(attended, names.attentionOutput), residual);

    const expanded = this.#linear(this.#normalize(between, names.normAfter), names.expand);
    const { operator, attributes } = activations[activation];
    const activated = this.#graph.node(operator, [expanded], { attributes });
    // Add and LayerNormalization stay apart: onnxruntime's CPU kernel for the two in one is slower.
    return this.#add(this.#linear(activated, names.contract), between);
  }

  #weight(name: string): Value {
    const tensor = this.#weights.get(name);
    if (tensor === undefined) throw new Error(`no weight ${name}`);
    return this.#graph.external(name, tensor);
  }

  /** PyTorch's [out, in] layout is multiplied as it lies in the file; the runtime repacks it once, at load. */
  #project(value: Value, weight: string): Value {
    return this.#graph.node('FusedMatMul', [value, this.#weight(weight)], {
      ...microsoft,
      attributes: { transB: 1 },
    });
  }

  #linear(value: Value, { weight, bias }: AffineNames): Value {
    return this.#add(this.#project(value, weight), this.#weight(bias));
  }

  #normalize(value: Value, { weight, bias }: AffineNames): Value {
    const epsilon = { float: this.#architecture.layerNormEpsilon };
    const inputs = [value, this.#weight(weight), this.#weight(bias)];
    return this.#graph.node('LayerNormalization', inputs, { attributes: { axis: -1, epsilon } });
  }

  /** [batch, tokens, hidden] → [batch, 1, hidden]. */
  #cls(value: Value): Value {
    return this.#graph.node('Gather', [value, this.#graph.int64([0])], { attributes: { axis: 1 } });
  }

  #add(a: Value, b: Value): Value {
    return this.#graph.node('Add', [a, b]);
  }

  #concat(values: readonly Value[], axis: number): Value {
    return this.#graph.node('Concat', values, { attributes: { axis } });
  }

  #reshape(value: Value, shape: readonly number[], output?: string): Value {
    return this.#graph.node(
      'Reshape',
      [value, this.#graph.int64(shape)],
      output === undefined ? {} : { output },
    );
  }
}
