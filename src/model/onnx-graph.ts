import { ProtobufWriter } from './protobuf-writer.ts';

/** A value of the graph, by name. */
export type Value = string;

/** A number is an int64; a float is said so, because 1 could be either. */
type Attribute = number | readonly number[] | string | { readonly float: number };

export interface NodeOptions {
  readonly domain?: 'com.microsoft';
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

/** Where an initializer's bytes are: in another file of the model's folder. */
export interface ExternalTensor {
  readonly file: string;
  readonly offset: number;
  readonly bytes: number;
  readonly shape: readonly number[];
  readonly dtype: 'F32' | 'I8';
}

const elementType = { F32: 1, I8: 3, int64: 7 } as const;
const attributeType = { float: 1, int: 2, string: 3, ints: 7 } as const;
/** TensorProto.DataLocation.EXTERNAL */
const externalLocation = 1;
/** The file-format version that opset 20 came with. */
const irVersion = 9;

export const opset = 20;

/**
 * Collects nodes, constants and external weights and encodes them as an ONNX model. Field numbers are those of
 * onnx.proto3. Says nothing of versions or times: the same graph gives the same bytes.
 */
export class OnnxGraph {
  readonly #nodes: ProtobufWriter[] = [];
  readonly #initializers = new Map<string, ProtobufWriter>();
  readonly #names = new Map<string, number>();
  readonly #inputs: ProtobufWriter[] = [];
  readonly #outputs: ProtobufWriter[] = [];

  /** A float32 input; a text in the shape is a dynamic dimension. */
  input(name: string, shape: readonly (number | string)[]): Value {
    this.#inputs.push(valueInfo(name, shape));
    return name;
  }

  /** Names an existing value as the next output. */
  output(name: Value, shape: readonly (number | string)[]): void {
    this.#outputs.push(valueInfo(name, shape));
  }

  /** An optional input that is left out is an empty text. Adds a node and gives the name of its one output: `output`, or one made from the operator's. */
  node(operator: string, inputs: readonly Value[], options: NodeOptions & { output?: string } = {}): Value {
    const output = options.output ?? this.#unique(operator);
    this.#addNode(operator, inputs, [output], options);
    return output;
  }

  /** The same of an operator with several outputs. */
  nodeOf(outputs: number, operator: string, inputs: readonly Value[], options: NodeOptions = {}): Value[] {
    const names = Array.from({ length: outputs }, () => this.#unique(operator));
    this.#addNode(operator, inputs, names, options);
    return names;
  }

  /** A small int64 vector inside the model: shapes, indices. Equal ones are stored once. */
  int64(values: readonly number[]): Value {
    const name = `int64_${values.join('_').replaceAll('-', 'm')}`;
    this.#addInitializer(name, () => {
      const data = BigInt64Array.from(values, BigInt);
      return new ProtobufWriter()
        .int(1, values.length)
        .int(2, elementType.int64)
        .text(8, name)
        .bytes(9, new Uint8Array(data.buffer));
    });
    return name;
  }

  /** Weights that stay in another file. */
  external(name: string, tensor: ExternalTensor): Value {
    this.#addInitializer(name, () => {
      const writer = new ProtobufWriter();
      for (const size of tensor.shape) writer.int(1, size);
      return writer
        .int(2, elementType[tensor.dtype])
        .text(8, name)
        .message(13, entry('location', tensor.file))
        .message(13, entry('offset', String(tensor.offset)))
        .message(13, entry('length', String(tensor.bytes)))
        .int(14, externalLocation);
    });
    return name;
  }

  encode(graphName: string): Uint8Array {
    const graph = new ProtobufWriter();
    for (const node of this.#nodes) graph.message(1, node);
    graph.text(2, graphName);
    for (const initializer of this.#initializers.values()) graph.message(5, initializer);
    for (const input of this.#inputs) graph.message(11, input);
    for (const output of this.#outputs) graph.message(12, output);
    return new ProtobufWriter()
      .int(1, irVersion)
      .text(2, 'aml-deit')
      .message(7, graph)
      .message(8, operatorSet('', opset))
      .message(8, operatorSet('com.microsoft', 1))
      .finish();
  }

  #addInitializer(name: string, make: () => ProtobufWriter): void {
    if (!this.#initializers.has(name)) this.#initializers.set(name, make());
  }

  #addNode(
    operator: string,
    inputs: readonly Value[],
    outputs: readonly Value[],
    { attributes = {}, domain }: NodeOptions,
  ): void {
    const node = new ProtobufWriter();
    for (const input of inputs) node.text(1, input);
    for (const output of outputs) node.text(2, output);
    node.text(3, outputs[0] ?? operator).text(4, operator);
    for (const [name, value] of Object.entries(attributes)) node.message(5, attribute(name, value));
    if (domain !== undefined) node.text(7, domain);
    this.#nodes.push(node);
  }

  #unique(operator: string): string {
    const count = (this.#names.get(operator) ?? 0) + 1;
    this.#names.set(operator, count);
    return `${operator}_${count}`;
  }
}

function attribute(name: string, value: Attribute): ProtobufWriter {
  const writer = new ProtobufWriter().text(1, name);
  if (typeof value === 'number') return writer.int(3, value).int(20, attributeType.int);
  if (typeof value === 'string') return writer.text(4, value).int(20, attributeType.string);
  if ('float' in value) return writer.float(2, value.float).int(20, attributeType.float);
  for (const item of value) writer.int(8, item);
  return writer.int(20, attributeType.ints);
}

function valueInfo(name: string, shape: readonly (number | string)[]): ProtobufWriter {
  const dimensions = new ProtobufWriter();
  for (const size of shape) {
    const dimension = new ProtobufWriter();
    dimensions.message(1, typeof size === 'number' ? dimension.int(1, size) : dimension.text(2, size));
  }
  const tensor = new ProtobufWriter().int(1, elementType.F32).message(2, dimensions);
  return new ProtobufWriter().text(1, name).message(2, new ProtobufWriter().message(1, tensor));
}

function entry(key: string, value: string): ProtobufWriter {
  return new ProtobufWriter().text(1, key).text(2, value);
}

function operatorSet(domain: string, version: number): ProtobufWriter {
  return new ProtobufWriter().text(1, domain).int(2, version);
}
