import { gridSize, prefixTokens, tensorNames } from './architecture.ts';
import type { Activation, AffineNames, Architecture } from './architecture.ts';
import { OnnxGraph } from './onnx-graph.ts';
import type { ExternalTensor, NodeOptions, Value } from './onnx-graph.ts';
import { quantizedNames } from './quantize.ts';

const microsoft = { domain: 'com.microsoft' } as const;

const activations = {
  gelu: { operator: 'Gelu', attributes: { approximate: 'none' } },
  'gelu-tanh': { operator: 'Gelu', attributes: { approximate: 'tanh' } },
  relu: { operator: 'Relu', attributes: {} },
} as const satisfies Record<Activation, { operator: string } & NodeOptions>;

/**
 * The whole model as an ONNX graph whose weights are external: float32 `pixel_values` [batch, channels, height, width] in;
 * `logits` [batch, labels] and `features` [batch, hidden], the CLS row after the last LayerNormalization, out. A matrix
 * that `weights` has quantised is multiplied in int8: activations are quantised as they come, by their own range.
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
    const { hiddenSize: width, imageSize, channels, layers, labels, modelType } = this.#architecture;
    const pixels = this.#graph.input('pixel_values', ['batch', channels, imageSize.height, imageSize.width]);
    let hidden = this.#embed(pixels);
    for (let index = 0; index < layers; index += 1) hidden = this.#layer(hidden, index);
    const normalized = this.#normalize(hidden, this.#names.norm);
    const { features, logits } = this.#classify(normalized);
    this.#graph.output(logits, ['batch', labels]);
    this.#graph.output(features, ['batch', width]);
    return this.#graph.encode(modelType);
  }

  /** From the tokens that are read after the last layer. */
  #classify(normalized: Value): { features: Value; logits: Value } {
    const { hiddenSize: width, classifiers } = this.#architecture;
    const [cls, distillation] = this.#names.classifiers[classifiers];
    const head = (row: Value, { weight, bias }: AffineNames, output?: string): Value =>
      this.#graph.node('Gemm', [row, this.#weight(weight), this.#weight(bias)], {
        attributes: { transB: 1 },
        ...(output === undefined ? {} : { output }),
      });
    if (cls === undefined) throw new Error('a model without classifier');
    if (distillation === undefined) {
      const features = this.#reshape(normalized, [-1, width], 'features');
      return { features, logits: head(features, cls, 'logits') };
    }
    const features = this.#reshape(this.#tokens(normalized, [0]), [-1, width], 'features');
    const distilled = this.#reshape(this.#tokens(normalized, [1]), [-1, width]);
    const heads = [head(features, cls), head(distilled, distillation)];
    return { features, logits: this.#graph.node('Mean', heads, { output: 'logits' }) };
  }

  #embed(pixels: Value): Value {
    const { hiddenSize: width, patchSize } = this.#architecture;
    const { clsToken, distillationToken, patches, positions } = this.#names;
    const patch = [patchSize.height, patchSize.width];
    const grid = this.#graph.node(
      'Conv',
      [pixels, this.#weight(patches.weight), this.#weight(patches.bias)],
      {
        attributes: { kernel_shape: patch, strides: patch },
      },
    );
    const { height, width: across } = gridSize(this.#architecture);
    const columns = this.#reshape(grid, [0, width, height * across]);
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
    const { heads, activation, qkvBias, layers, classifiers } = this.#architecture;
    const names = this.#names.layer(index);
    const normalized = this.#normalize(input, names.normBefore);
    // Only what the classifiers see is read after the last layer: its other tokens matter as keys and values, and
    // nowhere else.
    const last = index === layers - 1;
    const seen = classifiers === 1 ? [0] : [0, 1];
    const queried = last ? this.#tokens(normalized, seen) : normalized;
    const residual = last ? this.#tokens(input, seen) : input;

    const projections = [names.query, names.key, names.value];
    const isQuantized = this.#isQuantized(names.query.weight);
    const attention = [queried, normalized, normalized].map((input, index) => {
      const { weight, bias } = projections[index] ?? names.query;
      return isQuantized
        ? this.#quantizedProject(input, weight, qkvBias ? bias : undefined)
        : this.#project(input, weight);
    });
    if (qkvBias && !isQuantized)
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

  #isQuantized(weight: string): boolean {
    return this.#weights.has(quantizedNames(weight).values);
  }

  /** One operator that quantises the value, multiplies, scales back and adds: about three times as fast as float32. */
  #quantizedProject(value: Value, weight: string, bias?: string): Value {
    const { values, scales } = quantizedNames(weight);
    const inputs = [value, this.#weight(values), this.#weight(scales)];
    // Between them is the weights' zero point, which is 0.
    if (bias !== undefined) inputs.push('', this.#weight(bias));
    return this.#graph.node('DynamicQuantizeMatMul', inputs, microsoft);
  }

  #linear(value: Value, { weight, bias }: AffineNames): Value {
    if (this.#isQuantized(weight)) return this.#quantizedProject(value, weight, bias);
    return this.#add(this.#project(value, weight), this.#weight(bias));
  }

  #normalize(value: Value, { weight, bias }: AffineNames): Value {
    const epsilon = { float: this.#architecture.layerNormEpsilon };
    const inputs = [value, this.#weight(weight), this.#weight(bias)];
    return this.#graph.node('LayerNormalization', inputs, { attributes: { axis: -1, epsilon } });
  }

  /** [batch, tokens, hidden] → [batch, indices, hidden]. */
  #tokens(value: Value, indices: readonly number[]): Value {
    return this.#graph.node('Gather', [value, this.#graph.int64(indices)], { attributes: { axis: 1 } });
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
