import type { ComponentSpec } from '../arm/assets/component-spec.ts';
import { checkLiteral } from './check-literal.ts';
import { checkCompute, checkEnvironment, findCode, findComponent } from './compile-references.ts';
import type { CompileContext } from './compile-references.ts';
import {
  distributionOf,
  inputSource,
  membersOf,
  outputSpec,
  scalarText,
  timeoutOf,
} from './compile-values.ts';
import type { RawMembers } from './compile-values.ts';
import { commandReferences, embeddedInputs } from './expressions.ts';
import { invalid, unknown } from './job-fault.ts';
import { isDataType } from './job-spec.ts';
import { knownLiterals, settledMembers, settledText } from './settled-values.ts';
import type { Literals } from './settled-values.ts';
import type { CommandSpec, InputSource, JobSpec, NodeSpec, OutputSpec, PipelineSpec } from './job-spec.ts';
import { orderNodes } from './order-nodes.ts';

export type { CompileContext } from './compile-references.ts';

/** Pipelines within pipelines, and nodes of one pipeline, at most. */
const maxDepth = 16;
const maxNodes = 2000;

const namePattern = /^[A-Za-z_][\w.]*$/;

function text(raw: RawMembers, key: string): string | null {
  const value = raw[key];
  return typeof value === 'string' && value !== '' ? value : null;
}

function textMap(value: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(membersOf(value)).flatMap(([key, member]) => {
      const scalar = scalarText(member);
      return scalar === undefined ? [] : [[key, scalar]];
    }),
  );
}

function isTrue(value: unknown): boolean {
  return value === true || (typeof value === 'string' && value.toLowerCase() === 'true');
}

function checkName(name: string, where: string): void {
  if (!namePattern.test(name))
    throw invalid(`${where} is "${name}", expected letters, digits and underscores.`);
}

function checkCommand(command: string, where: string, inputs: readonly string[], outputs: readonly string[]) {
  const { references, invalid: faulty } = commandReferences(command);
  if (faulty[0] !== undefined)
    throw invalid(
      `${where} holds ${faulty[0]}, expected \${{inputs.NAME}} or \${{outputs.NAME}} in a command.`,
    );
  for (const { kind, name } of references)
    if (!(kind === 'inputs' ? inputs : outputs).includes(name))
      throw invalid(`${where} refers to \${{${kind}.${name}}}, which does not exist.`);
}

/** A command job: its own command, environment and code. */
function compileCommand(definition: RawMembers, context: CompileContext): CommandSpec {
  const inputs = Object.fromEntries(
    Object.entries(membersOf(definition['inputs'])).map(([name, value]) => {
      checkName(name, 'The name of an input');
      return [name, inputSource(value, `inputs.${name}`)];
    }),
  );
  for (const [name, source] of Object.entries(inputs))
    if (
      source.from === 'parentInput' ||
      source.from === 'nodeOutput' ||
      (source.from === 'literal' && embeddedInputs(source.text).names.length > 0)
    )
      throw invalid(`inputs.${name} refers to a pipeline, and a command job is in none.`);
  const outputs = Object.fromEntries(
    Object.entries(membersOf(definition['outputs'])).map(([name, value]) => {
      checkName(name, 'The name of an output');
      return [name, outputSpec(value, undefined, `outputs.${name}`)];
    }),
  );
  const command = text(definition, 'command');
  if (command === null) throw invalid('command is required.');
  const environment = text(definition, 'environmentId');
  if (environment === null) throw invalid('environmentId is required.');
  checkCommand(command, 'command', Object.keys(inputs), Object.keys(outputs));
  const code = text(definition, 'codeId');
  const compute = text(definition, 'computeId');
  return {
    kind: 'command',
    displayName: text(definition, 'displayName'),
    componentId: text(definition, 'componentId'),
    command,
    code: code === null ? null : findCode(code, context),
    environmentId: checkEnvironment(environment, context),
    environmentVariables: textMap(definition['environmentVariables']),
    inputs,
    outputs,
    compute: compute === null ? null : checkCompute(compute, context),
    tags: {},
    ...distributionOf(definition['distribution'], membersOf(definition['resources'])['instanceCount']),
    timeoutMs: timeoutOf(definition['limits']),
  };
}

interface Scope {
  /** Inputs and outputs of the pipeline around a node. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly nodes: readonly string[];
  /** Those of its inputs whose text is known before anything runs. */
  readonly literals: Literals;
  readonly compute: string | null;
  readonly continueOnStepFailure: boolean;
  readonly depth: number;
}

/** The values of a component's inputs: given or defaulted; optional ones that are neither are left out. */
function componentInputs(
  spec: ComponentSpec,
  node: RawMembers,
  scope: Scope,
  where: string,
): Record<string, InputSource> {
  const declared = membersOf(spec['inputs']);
  const given = membersOf(node['inputs']);
  for (const name of Object.keys(given))
    if (!Object.hasOwn(declared, name))
      throw invalid(
        `${where}.inputs.${name} is no input of the component ${scalarText(spec['name']) ?? ''}.`,
      );
  const inputs: Record<string, InputSource> = {};
  for (const [name, value] of Object.entries(declared)) {
    checkName(name, `The name of an input of ${where}`);
    const definition = membersOf(value);
    const optional = isTrue(definition['optional']);
    const type = scalarText(definition['type'])?.toLowerCase() ?? 'string';
    const fallback = scalarText(definition['default']);
    const at = `${where}.inputs.${name}`;
    if (!Object.hasOwn(given, name) || given[name] === null) {
      if (fallback !== undefined) inputs[name] = { from: 'literal', text: fallback };
      else if (!optional)
        throw invalid(`${at} is required by the component ${scalarText(spec['name']) ?? ''}.`);
      continue;
    }
    const source = inputSource(given[name], at);
    const settled = knownLiterals({ [name]: source }, scope.literals).get(name);
    if (settled !== undefined && settled !== '' && !isDataType(type)) checkLiteral(settled, definition, at);
    if (source.from === 'literal' && isDataType(type))
      throw invalid(`${at} is the text "${source.text.slice(0, 80)}", expected ${type}.`);
    if (source.from === 'nodeOutput' && !scope.nodes.includes(source.node))
      throw invalid(`${at} refers to the node "${source.node}", which does not exist.`);
    const unknownInput =
      source.from === 'parentInput'
        ? [source.name].find((parent) => !scope.inputs.includes(parent))
        : source.from === 'literal'
          ? embeddedInputs(source.text).names.find((parent) => !scope.inputs.includes(parent))
          : undefined;
    if (unknownInput === undefined) inputs[name] = source;
    // Clients leave an empty optional input of a pipeline out, and the binding to it in.
    else if (source.from === 'parentInput' && (optional || fallback !== undefined)) {
      if (fallback !== undefined) inputs[name] = { from: 'literal', text: fallback };
    } else throw invalid(`${at} refers to \${{parent.inputs.${unknownInput}}}, which does not exist.`);
  }
  return inputs;
}

function componentOutputs(
  spec: ComponentSpec,
  node: RawMembers,
  scope: Scope,
  where: string,
): Record<string, OutputSpec> {
  const declared = membersOf(spec['outputs']);
  const given = membersOf(node['outputs']);
  for (const name of Object.keys(given))
    if (!Object.hasOwn(declared, name))
      throw invalid(
        `${where}.outputs.${name} is no output of the component ${scalarText(spec['name']) ?? ''}.`,
      );
  return Object.fromEntries(
    Object.entries(declared).map(([name, value]) => {
      checkName(name, `The name of an output of ${where}`);
      const type = scalarText(membersOf(value)['type'])?.toLowerCase();
      const output = outputSpec(given[name] ?? {}, type, `${where}.outputs.${name}`);
      if (output.boundTo !== null && !scope.outputs.includes(output.boundTo))
        throw invalid(
          `${where}.outputs.${name} refers to \${{parent.outputs.${output.boundTo}}}, which does not exist.`,
        );
      return [name, output];
    }),
  );
}

/** A node that carries its command itself, as a component of its own. */
function inlineSpec(node: RawMembers, where: string): ComponentSpec {
  if (typeof node['command'] !== 'string') throw invalid(`${where}.componentId is required.`);
  const declare = (members: unknown, fallback: string): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(membersOf(members)).map(([name, value]) => {
        const raw = membersOf(value);
        const given = raw['job_input_type'] ?? raw['job_output_type'] ?? raw['type'];
        const type = scalarText(given) ?? fallback;
        return [name, { type: isDataType(type.toLowerCase()) ? type : fallback }];
      }),
    );
  return {
    type: 'command',
    name: where,
    command: node['command'],
    environment: node['environmentId'] ?? node['environment'],
    code: node['codeId'] ?? node['code'],
    inputs: declare(node['inputs'], 'string'),
    outputs: declare(node['outputs'], 'uri_folder'),
  };
}

function compileNode(name: string, value: unknown, scope: Scope, context: CompileContext): NodeSpec {
  const where = `jobs.${name}`;
  if (!/^[A-Za-z_]\w*$/.test(name))
    throw invalid(`The node name "${name}" is invalid: letters, digits and underscores.`);
  const node = membersOf(value);
  const type = scalarText(node['type'])?.toLowerCase() ?? 'command';
  if (type !== 'command' && type !== 'pipeline') throw unknown(`A pipeline node of type ${type} (${where})`);
  const componentId = text(node, 'componentId');
  const spec = componentId === null ? inlineSpec(node, where) : findComponent(componentId, context);
  const kind = (scalarText(spec['type']) ?? 'command').split('@')[0];
  const compute = settledText(node['computeId'] ?? node['compute'], scope.literals);
  const shared = {
    displayName: text(node, 'display_name') ?? text(node, 'displayName'),
    componentId,
    inputs: componentInputs(spec, node, scope, where),
    outputs: componentOutputs(spec, node, scope, where),
    compute: compute === undefined ? scope.compute : checkCompute(compute, context),
    tags: textMap(node['tags']),
  };
  const step =
    kind === 'pipeline'
      ? compileNested(spec, { ...shared, where, depth: scope.depth + 1, scope }, context)
      : compileComponentCommand(kind, spec, node, { ...shared, where, scope }, context);
  const dependsOn = new Set(
    Object.values(shared.inputs).flatMap((source) => (source.from === 'nodeOutput' ? [source.node] : [])),
  );
  return { name, step, dependsOn: [...dependsOn] };
}

type SharedStep = Pick<
  CommandSpec,
  'displayName' | 'componentId' | 'inputs' | 'outputs' | 'compute' | 'tags'
>;

function compileComponentCommand(
  kind: string | undefined,
  spec: ComponentSpec,
  node: RawMembers,
  placed: SharedStep & { readonly where: string; readonly scope: Scope },
  context: CompileContext,
): CommandSpec {
  const { where, scope, ...shared } = placed;
  if (kind !== 'command') throw unknown(`A component of type ${kind ?? 'none'} (${where})`);
  const command = text(spec, 'command');
  if (command === null) throw invalid(`The component of ${where} has no command.`);
  checkCommand(
    command,
    `The command of ${where}`,
    Object.keys(membersOf(spec['inputs'])),
    Object.keys(membersOf(spec['outputs'])),
  );
  const environment = text(spec, 'environment');
  const code = text(spec, 'code');
  const limits = node['limits'] ?? spec['limits'];
  const resources = {
    ...membersOf(spec['resources']),
    ...settledMembers(node['resources'], scope.literals),
  };
  return {
    ...shared,
    kind: 'command',
    command,
    code: code === null ? null : findCode(code, context),
    environmentId: environment === null ? null : checkEnvironment(environment, context),
    environmentVariables: {
      ...textMap(spec['environment_variables']),
      ...textMap(node['environment_variables'] ?? node['environmentVariables']),
    },
    ...distributionOf(
      node['distribution'] === undefined
        ? spec['distribution']
        : settledMembers(node['distribution'], scope.literals),
      resources['instance_count'] ?? resources['instanceCount'],
    ),
    timeoutMs: timeoutOf(limits),
  };
}

function compileNested(
  spec: ComponentSpec,
  nested: SharedStep & { readonly where: string; readonly depth: number; readonly scope: Scope },
  context: CompileContext,
): PipelineSpec {
  const { where, depth, scope, ...shared } = nested;
  if (depth > maxDepth) throw invalid(`${where} is nested deeper than ${maxDepth} pipelines.`);
  return {
    ...shared,
    kind: 'pipeline',
    nodes: compileNodes(
      membersOf(spec['jobs']),
      {
        inputs: Object.keys(membersOf(spec['inputs'])),
        outputs: Object.keys(membersOf(spec['outputs'])),
        literals: knownLiterals(shared.inputs, scope.literals),
        compute: shared.compute,
        continueOnStepFailure: scope.continueOnStepFailure,
        depth,
      },
      context,
    ),
    continueOnStepFailure: scope.continueOnStepFailure,
  };
}

function compileNodes(
  jobs: RawMembers,
  scope: Omit<Scope, 'nodes'>,
  context: CompileContext,
): readonly NodeSpec[] {
  const nodes = Object.keys(jobs);
  if (nodes.length === 0) throw invalid('A pipeline needs at least one node in jobs.');
  if (nodes.length > maxNodes)
    throw invalid(`The pipeline has ${nodes.length} nodes; the local twin runs at most ${maxNodes}.`);
  const compiled = Object.entries(jobs).map(([name, value]) =>
    compileNode(name, value, { ...scope, nodes }, context),
  );
  for (const { name, step } of compiled)
    for (const [input, source] of Object.entries(step.inputs)) {
      if (source.from !== 'nodeOutput') continue;
      const from = compiled.find((node) => node.name === source.node);
      if (from !== undefined && !Object.hasOwn(from.step.outputs, source.output))
        throw invalid(
          `jobs.${name}.inputs.${input} refers to the output "${source.output}" of ${source.node}, which does not exist.`,
        );
    }
  return orderNodes(compiled);
}

function compilePipeline(definition: RawMembers, context: CompileContext): PipelineSpec {
  const settings = membersOf(definition['settings']);
  const jobs = membersOf(definition['jobs']);
  const componentId = text(definition, 'componentId');
  // A job of a registered pipeline component has no nodes of its own.
  const spec =
    componentId !== null && Object.keys(jobs).length === 0 ? findComponent(componentId, context) : undefined;
  if (spec !== undefined && spec['type'] !== 'pipeline')
    throw invalid(`The component ${componentId} is no pipeline.`);
  const compute = text(definition, 'computeId') ?? text(settings, 'default_compute');
  const outer: Scope = {
    inputs: [],
    outputs: [],
    nodes: [],
    literals: new Map(),
    compute: compute === null ? null : checkCompute(compute, context),
    // On by default, as the reference of the YAML says.
    continueOnStepFailure: isTrue(settings['continue_on_step_failure'] ?? true),
    depth: 0,
  };
  const declared: ComponentSpec = spec ?? {
    name: 'job',
    inputs: Object.fromEntries(
      Object.entries(membersOf(definition['inputs'])).map(([name, value]) => [
        name,
        { type: scalarText(membersOf(value)['jobInputType']) ?? 'string' },
      ]),
    ),
    outputs: Object.fromEntries(
      Object.entries(membersOf(definition['outputs'])).map(([name, value]) => [
        name,
        { type: scalarText(membersOf(value)['jobOutputType']) ?? 'uri_folder' },
      ]),
    ),
  };
  const inputs = componentInputs(declared, definition, outer, 'job');
  const outputs = componentOutputs(declared, definition, outer, 'job');
  return {
    kind: 'pipeline',
    displayName: text(definition, 'displayName'),
    componentId,
    inputs,
    outputs,
    compute: outer.compute,
    tags: {},
    continueOnStepFailure: outer.continueOnStepFailure,
    nodes: compileNodes(
      spec === undefined ? jobs : membersOf(spec['jobs']),
      {
        inputs: Object.keys(membersOf(declared['inputs'])),
        outputs: Object.keys(membersOf(declared['outputs'])),
        literals: knownLiterals(inputs, outer.literals),
        compute: outer.compute,
        continueOnStepFailure: outer.continueOnStepFailure,
        depth: 0,
      },
      context,
    ),
  };
}

/** What a job's checked `properties` mean. Throws a JobFault, with the place in it, for what cannot be run. */
export function compileJob(definition: RawMembers, context: CompileContext): JobSpec {
  const type = String(definition['jobType']).toLowerCase();
  if (type === 'command') return compileCommand(definition, context);
  if (type === 'pipeline') return compilePipeline(definition, context);
  throw unknown(`A job of type ${String(definition['jobType'])}`);
}
