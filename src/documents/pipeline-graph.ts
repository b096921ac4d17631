import { resolve } from 'node:path';
import type { CheckedDocument } from './checked-document.ts';
import { isPrimitive, readComponentInterface } from './component-interface.ts';
import type { ComponentInterface, ComponentOutput } from '../card/component-interface.ts';
import { parseComponentReference } from './component-reference.ts';
import type { ComponentReference } from './component-reference.ts';
import { soleExpression } from './expressions.ts';
import type { RuleContext } from './kinds/kind.ts';
import { parseYaml } from './parse-yaml.ts';
import { findKnownComponent } from '../card/known-components/index.ts';
import type { KnownComponent } from '../card/known-components/index.ts';
import { knownVersion } from './known-version.ts';
import { entryOf, scalarText } from './yaml-tree.ts';
import type { YamlMapping, YamlNode, YamlScalar } from './yaml-tree.ts';

/** The component of a node, where its interface is known. */
export interface NodeComponent {
  readonly interface: ComponentInterface;
  /** False where the interface is probably, and not surely, the one that will be run. */
  readonly certain: boolean;
  /** In lower case, as the component says it; undefined where it does not. */
  readonly type: string | undefined;
  /** Of the registry, for what is known about it besides its interface. */
  readonly known?: KnownComponent;
  /** Whether Azure's client itself reads the component, and turns text for an asset into its path. */
  readonly isLocal: boolean;
}

export interface GraphNode {
  readonly name: string;
  readonly path: readonly [string, string];
  readonly mapping: YamlMapping;
  /** In lower case; undefined where it is left out. */
  readonly type: string | undefined;
  readonly reference: ComponentReference | undefined;
  readonly component: NodeComponent | undefined;
  readonly inputs: readonly GraphInput[];
  readonly outputs: readonly GraphOutput[];
  /** What other nodes may ask it for; undefined where that is not known. */
  readonly gives: Readonly<Record<string, ComponentOutput>> | undefined;
}

/** What a node, or the pipeline itself, has for an input. */
export interface GraphInput {
  readonly name: string;
  readonly path: readonly string[];
  readonly value: InputValue;
}

export type InputValue =
  | { readonly is: 'literal'; readonly scalar: YamlScalar }
  /** One expression and nothing else. */
  | { readonly is: 'binding'; readonly target: string; readonly scalar: YamlScalar }
  | { readonly is: 'asset'; readonly type: string; readonly path: string | undefined }
  | { readonly is: 'other' };

export interface GraphOutput {
  readonly name: string;
  readonly path: readonly string[];
  /** `parent.outputs.x`, where it is bound to one. */
  readonly target: string | undefined;
}

export interface PipelineInput {
  readonly name: string;
  readonly value: InputValue;
  /** As a pipeline component declares it, or as the kind of asset that a job gives. */
  readonly type: string | undefined;
  readonly optional: boolean;
}

/** A pipeline as its rules see it: what it takes, its nodes, and what it gives. */
export interface PipelineGraph {
  readonly inputs: ReadonlyMap<string, PipelineInput>;
  readonly outputs: ReadonlyMap<string, { readonly type: string | undefined }>;
  readonly nodes: ReadonlyMap<string, GraphNode>;
}

const graphs = new WeakMap<CheckedDocument, PipelineGraph>();

/** The graph of a pipeline job or component; read once for all rules. */
export function pipelineGraph(document: CheckedDocument, context: RuleContext): PipelineGraph {
  let graph = graphs.get(document);
  if (graph === undefined) {
    graph = readGraph(document.root, document.definition.kind === 'pipelineComponent', context);
    graphs.set(document, graph);
  }
  return graph;
}

function readGraph(root: YamlMapping, isComponent: boolean, context: RuleContext): PipelineGraph {
  return {
    inputs: new Map(
      entriesOf(root, 'inputs').map(({ name, value }) => [name, readPipelineInput(name, value, isComponent)]),
    ),
    outputs: new Map(
      entriesOf(root, 'outputs').map(({ name, value }) => [name, { type: outputType(value) }]),
    ),
    nodes: new Map(
      entriesOf(root, 'jobs').flatMap(({ name, value }) =>
        value.kind === 'mapping' ? [[name, readNode(name, value, context)] as const] : [],
      ),
    ),
  };
}

function entriesOf(mapping: YamlMapping, key: string): { name: string; value: YamlNode }[] {
  const value = entryOf(mapping, key)?.value;
  return value?.kind === 'mapping' ? [...value.entries.values()] : [];
}

function readPipelineInput(name: string, node: YamlNode, isComponent: boolean): PipelineInput {
  const value = readInputValue(node);
  if (isComponent) {
    const optional = /^(?:t|true|y|yes|on|1)$/i.test(scalarText(node, 'optional') ?? '');
    return { name, value: { is: 'other' }, type: scalarText(node, 'type'), optional };
  }
  return { name, value, type: value.is === 'asset' ? value.type : undefined, optional: false };
}

function readInputValue(node: YamlNode): InputValue {
  if (node.kind === 'scalar') return readScalarInput(node);
  if (node.kind === 'sequence') return { is: 'other' };
  const literal = entryOf(node, 'value')?.value;
  if (literal !== undefined) return literal.kind === 'scalar' ? readScalarInput(literal) : { is: 'other' };
  const path = entryOf(node, 'path')?.value;
  const text = path?.kind === 'scalar' ? path.source : undefined;
  const target = text === undefined ? undefined : soleExpression(text);
  if (path?.kind === 'scalar' && target !== undefined && /^(?:parent|inputs|jobs)\./.test(target)) {
    return { is: 'binding', target, scalar: path };
  }
  const type = scalarText(node, 'type')?.toLowerCase() ?? 'uri_folder';
  return type.includes('${{') ? { is: 'other' } : { is: 'asset', type, path: text };
}

function readScalarInput(scalar: YamlScalar): InputValue {
  if (scalar.scalar.type !== 'text') return { is: 'literal', scalar };
  const target = soleExpression(scalar.source);
  if (target !== undefined) return { is: 'binding', target, scalar };
  return scalar.source.includes('${{') ? { is: 'other' } : { is: 'literal', scalar };
}

function outputType(node: YamlNode): string | undefined {
  const type = scalarText(node, 'type')?.toLowerCase();
  return type === undefined || type.includes('${{') ? undefined : type;
}

function readNode(name: string, mapping: YamlMapping, context: RuleContext): GraphNode {
  const type = scalarText(mapping, 'type')?.toLowerCase();
  const named = entryOf(mapping, 'component')?.value;
  const reference =
    named?.kind === 'scalar' && named.scalar.type === 'text'
      ? parseComponentReference(named.source)
      : undefined;
  const component = resolveComponent(named, reference, context);
  const outputs = entriesOf(mapping, 'outputs');
  const isInline =
    named === undefined && (type === undefined || type === 'command') && mapping.entries.has('command');
  const own = (): Record<string, ComponentOutput> =>
    Object.fromEntries(outputs.map((each) => [each.name, { type: outputType(each.value) ?? '' }]));
  return {
    name,
    path: ['jobs', name],
    mapping,
    type,
    reference,
    component,
    inputs: entriesOf(mapping, 'inputs').map((input) => ({
      name: input.name,
      path: ['jobs', name, 'inputs', input.name],
      value: readInputValue(input.value),
    })),
    outputs: outputs.map((output) => ({
      name: output.name,
      path: ['jobs', name, 'outputs', output.name],
      target: bindingOf(output.value),
    })),
    gives: component?.interface.outputs ?? (isInline ? own() : undefined),
  };
}

function bindingOf(output: YamlNode): string | undefined {
  const text = output.kind === 'scalar' ? output.source : scalarText(output, 'path');
  return text === undefined ? undefined : soleExpression(text);
}

const publicRegistry = 'azureml';

function resolveComponent(
  named: YamlNode | undefined,
  reference: ComponentReference | undefined,
  context: RuleContext,
): NodeComponent | undefined {
  if (named?.kind === 'mapping') {
    return localComponent(named);
  }
  switch (reference?.is) {
    case 'registry': {
      const known = reference.registry === publicRegistry ? findKnownComponent(reference.name) : undefined;
      const fits = known === undefined ? undefined : knownVersion(known, reference.version);
      if (known === undefined || fits === undefined) return undefined;
      return { interface: known, certain: fits === 'exact', type: known.type, known, isLocal: false };
    }
    case 'file': {
      const text =
        context.directory === undefined
          ? undefined
          : context.files.read(resolve(context.directory, reference.path));
      const [root] = text === undefined ? [] : parseYaml(text, reference.path).roots;
      if (root?.kind !== 'mapping') return undefined;
      return localComponent(root);
    }
    case 'workspace':
    case undefined:
      return undefined;
  }
}

function localComponent(root: YamlMapping): NodeComponent {
  const type = scalarText(root, 'type')?.toLowerCase();
  return { interface: readComponentInterface(root), certain: true, type, isLocal: true };
}

/** The type of what an expression stands for; undefined where it is not known. */
export function targetType(graph: PipelineGraph, target: string): string | undefined {
  const [parent, kind, name = '', , output = ''] = target.split('.');
  if (parent !== 'parent') return undefined;
  if (kind === 'jobs') return graph.nodes.get(name)?.gives?.[output]?.type || undefined;
  return kind === 'inputs' ? graph.inputs.get(target.slice('parent.inputs.'.length))?.type : undefined;
}

/** The literal that an input has in the end, through a pipeline job's own input; undefined where there is none. */
export function literalOf(graph: PipelineGraph, value: InputValue): YamlScalar | undefined {
  if (value.is === 'literal') return value.scalar;
  if (value.is !== 'binding' || !value.target.startsWith('parent.inputs.')) return undefined;
  const input = graph.inputs.get(value.target.slice('parent.inputs.'.length));
  return input?.value.is === 'literal' ? input.value.scalar : undefined;
}

/** The asset that an input has in the end. */
export function assetOf(
  graph: PipelineGraph,
  value: InputValue,
): { type: string; path: string | undefined } | undefined {
  if (value.is === 'asset') return value;
  if (value.is !== 'binding' || !value.target.startsWith('parent.inputs.')) return undefined;
  const input = graph.inputs.get(value.target.slice('parent.inputs.'.length));
  return input?.value.is === 'asset' ? input.value : undefined;
}

/** Whether data of one kind may be given where another is taken: Azure's own pipelines give a file for a folder. */
export function assetsFit(given: string, taken: string): boolean {
  if (given === taken || given === '' || taken === '') return true;
  if (isPrimitive(given) || isPrimitive(taken)) return true;
  if ([given, taken].some((type) => type === 'uri_folder' || type === 'path')) return true;
  return given.endsWith('_model') && taken.endsWith('_model');
}
