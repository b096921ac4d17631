import { AmlDeitError } from '../errors/index.ts';
import type { ModelManifest } from './model-package.ts';
import { profiles } from './profiles.ts';
import type { ProfileName } from './profiles.ts';
import type { ImageSize, Preprocessing } from './preprocessing.ts';
import { checkPreprocessing } from './preprocessing-config.ts';

/**
 * Checks the JSON of an `aml-deit.json`, member by member: an unknown or missing member is an error, because a
 * manifest that is half understood serves wrong answers.
 *
 * @throws AmlDeitError PACKAGE_INVALID, naming the member.
 */
export function parseManifest(json: unknown, file: string): ModelManifest {
  const root = new Member(json, '', file);
  const version = root.peek('schemaVersion');
  if (version !== 1) root.fail('schemaVersion', version, '1; a newer aml-deit may have written this package');
  const manifest: ModelManifest = {
    schemaVersion: root.literal('schemaVersion', 1),
    name: root.text('name'),
    task: root.oneOf('task', ['multiclass', 'multilabel']),
    labels: root.array('labels', (labels) =>
      labels.map((label, index) => text(label, `labels[${index}]`, file)),
    ),
    profile: root.oneOf('profile', Object.keys(profiles) as ProfileName[]),
    preprocessing: preprocessingOf(root.object('preprocessing')),
    precision: root.oneOf('precision', ['fp32', 'int8']),
    ...(root.peek('quantization') === undefined
      ? {}
      : { quantization: quantizationOf(root.object('quantization')) }),
    architecture: architectureOf(root.object('architecture')),
    graph: graphOf(root.object('graph')),
    source: sourceOf(root.object('source')),
    exporter: exporterOf(root.object('exporter')),
    files: filesOf(root.object('files')),
  };
  root.end();
  if (manifest.labels.length === 0) root.fail('labels', [], 'at least one label');
  try {
    checkPreprocessing(manifest.preprocessing, manifest.architecture.imageSize);
    checkChannels(manifest);
  } catch (error) {
    throw new AmlDeitError('PACKAGE_INVALID', `${file}: ${(error as Error).message}`, { cause: error });
  }
  return manifest;
}

function preprocessingOf(member: Member): Preprocessing {
  const result: Preprocessing = {
    resize: resizeOf(member.object('resize')),
    resample: member.oneOf('resample', ['bilinear', 'bicubic']),
    crop: member.peek('crop') === null ? member.literal('crop', null) : sizeOf(member.object('crop')),
    rescaleFactor: member.number('rescaleFactor', (value) => value > 0, 'a positive number'),
    mean: member.triple('mean', () => true, 'numbers'),
    std: member.triple('std', (value) => value > 0, 'positive numbers'),
  };
  const channels = member.peek('channels') === undefined ? {} : { channels: member.literal('channels', 1) };
  member.end();
  return { ...result, ...channels };
}

function checkChannels({ preprocessing, architecture }: ModelManifest): void {
  const { channels = 3 } = preprocessing;
  if (channels !== architecture.channels) {
    throw new Error(`the pictures have ${channels} channels, but the model takes ${architecture.channels}`);
  }
}

function resizeOf(member: Member): Preprocessing['resize'] {
  const mode = member.oneOf('mode', ['squash', 'shortest-edge', 'none']);
  if (mode === 'squash') return { mode, ...sizeOf(member) };
  const resize = mode === 'none' ? { mode } : { mode, size: member.count('size') };
  member.end();
  return resize;
}

function sizeOf(member: Member): ImageSize {
  const size = { height: member.count('height'), width: member.count('width') };
  member.end();
  return size;
}

function quantizationOf(member: Member): NonNullable<ModelManifest['quantization']> {
  const result = {
    method: member.literal('method', 'dynamic-per-channel'),
    agreement:
      member.peek('agreement') === null
        ? member.literal('agreement', null)
        : agreementOf(member.object('agreement')),
  };
  member.end();
  return result;
}

function agreementOf(member: Member) {
  const share = (name: string): number =>
    member.number(name, (value) => value >= 0 && value <= 1, 'a number from 0 to 1');
  const agreement = {
    images: member.count('images'),
    top1: share('top1'),
    maxDelta: share('maxDelta'),
    meanDelta: share('meanDelta'),
  };
  member.end();
  return agreement;
}

function architectureOf(member: Member): ModelManifest['architecture'] {
  const architecture = {
    modelType: member.oneOf('modelType', ['vit', 'deit']),
    imageSize: sizeOf(member.object('imageSize')),
    patchSize: sizeOf(member.object('patchSize')),
    channels: member.peek('channels') === 1 ? member.literal('channels', 1) : member.literal('channels', 3),
    hiddenSize: member.count('hiddenSize'),
    layers: member.count('layers'),
    heads: member.count('heads'),
    intermediateSize: member.count('intermediateSize'),
  };
  member.end();
  return architecture;
}

function graphOf(member: Member): ModelManifest['graph'] {
  const graph = {
    opset: member.count('opset'),
    input: member.literal('input', 'pixel_values'),
    logits: member.literal('logits', 'logits'),
    features: member.literal('features', 'features'),
  };
  member.end();
  return graph;
}

function sourceOf(member: Member): ModelManifest['source'] {
  const source = {
    directory: member.text('directory'),
    weightsSha256: member.sha256('weightsSha256'),
    ...(member.peek('uri') === undefined ? {} : { uri: member.text('uri') }),
  };
  member.end();
  return source;
}

function exporterOf(member: Member): ModelManifest['exporter'] {
  const exporter = { name: member.literal('name', 'aml-deit'), version: member.text('version') };
  member.end();
  return exporter;
}

function filesOf(member: Member): ModelManifest['files'] {
  const files: Record<string, { bytes: number; sha256: string }> = {};
  for (const name of member.names()) {
    // Names are joined to the package's folder: nothing may point out of it.
    if (!/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(name)) member.fail(name, name, 'a plain file name');
    const entry = member.object(name);
    files[name] = {
      bytes: entry.number('bytes', (value) => Number.isInteger(value) && value >= 0, 'a number of bytes'),
      sha256: entry.sha256('sha256'),
    };
    entry.end();
  }
  return files;
}

/** One object of the manifest: hands out its members by name and type, and knows which were never asked for. */
class Member {
  readonly #value: Readonly<Record<string, unknown>>;
  readonly #path: string;
  readonly #file: string;
  readonly #read = new Set<string>();

  constructor(value: unknown, path: string, file: string) {
    this.#path = path;
    this.#file = file;
    if (value === null || typeof value !== 'object' || Array.isArray(value)) {
      throw invalid(
        file,
        `${path === '' ? 'the manifest' : `"${path}"`} is ${show(value)}, expected an object`,
      );
    }
    this.#value = value as Readonly<Record<string, unknown>>;
  }

  names(): string[] {
    return Object.keys(this.#value);
  }

  peek(name: string): unknown {
    return this.#value[name];
  }

  object(name: string): Member {
    return new Member(this.#take(name), this.#join(name), this.#file);
  }

  text(name: string): string {
    return text(this.#take(name), this.#join(name), this.#file);
  }

  sha256(name: string): string {
    const value = this.#take(name);
    if (typeof value !== 'string' || !/^[0-9a-f]{64}$/.test(value)) {
      this.fail(name, value, 'a SHA-256 in lower-case hexadecimal');
    }
    return value;
  }

  number(name: string, accept: (value: number) => boolean, expected: string): number {
    const value = this.#take(name);
    if (typeof value !== 'number' || !Number.isFinite(value) || !accept(value))
      this.fail(name, value, expected);
    return value;
  }

  count(name: string): number {
    return this.number(name, (value) => Number.isInteger(value) && value > 0, 'a positive whole number');
  }

  array<T>(name: string, map: (items: readonly unknown[]) => T): T {
    const value = this.#take(name);
    if (!Array.isArray(value)) this.fail(name, value, 'an array');
    return map(value);
  }

  triple(
    name: string,
    accept: (value: number) => boolean,
    expected: string,
  ): readonly [number, number, number] {
    const value = this.#take(name);
    if (
      !Array.isArray(value) ||
      value.length !== 3 ||
      !value.every((item) => typeof item === 'number' && Number.isFinite(item) && accept(item))
    ) {
      this.fail(name, value, `three ${expected}`);
    }
    return value as unknown as readonly [number, number, number];
  }

  literal<const T>(name: string, expected: T): T {
    const value = this.#take(name);
    if (value !== expected) this.fail(name, value, show(expected));
    return expected;
  }

  oneOf<const T extends string>(name: string, expected: readonly T[]): T {
    const value = this.#take(name);
    const found = expected.find((item) => item === value);
    if (found === undefined) this.fail(name, value, expected.map(show).join(', '));
    return found;
  }

  /** Everything has been read: what is left is unknown. */
  end(): void {
    const unknown = this.names().find((name) => !this.#read.has(name));
    if (unknown !== undefined) throw invalid(this.#file, `"${this.#join(unknown)}" is not a known member`);
  }

  fail(name: string, value: unknown, expected: string): never {
    const problem = value === undefined ? 'is missing' : `is ${show(value)}`;
    throw invalid(this.#file, `"${this.#join(name)}" ${problem}, expected ${expected}`);
  }

  #take(name: string): unknown {
    this.#read.add(name);
    return this.#value[name];
  }

  #join(name: string): string {
    return this.#path === '' ? name : `${this.#path}.${name}`;
  }
}

function text(value: unknown, path: string, file: string): string {
  if (typeof value !== 'string' || value === '') {
    throw invalid(file, `"${path}" is ${show(value)}, expected a text that is not empty`);
  }
  return value;
}

function show(value: unknown): string {
  const shown = JSON.stringify(value) ?? String(value);
  return shown.length > 60 ? `${shown.slice(0, 57)}...` : shown;
}

function invalid(file: string, problem: string): AmlDeitError {
  return new AmlDeitError('PACKAGE_INVALID', `${file}: ${problem}`, {
    hint: 'export the checkpoint again: aml-deit model export DIR --out DIR',
  });
}
