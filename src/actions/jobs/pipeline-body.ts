import { AmlDeitError } from '../../errors/index.ts';
import type { JobBody, PipelineNodeBody } from '../../azure/wire/jobs.ts';

type Members = Readonly<Record<string, unknown>>;

/** What a document names, as the service wants it named. */
export interface ReferenceResolver {
  /** A path, an asset or a URI of an input's data, as its URI. */
  data(path: string, type: string): Promise<string>;
  component(reference: string): string;
  compute(reference: string): string;
  environment(reference: string): string;
}

const nodeMembers: ReadonlySet<string> = new Set(['command', 'pipeline']);
const expression = /\$\{\{/;

function membersOf(value: unknown): Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : {};
}

function unsupported(where: string, what: string): AmlDeitError {
  return new AmlDeitError('DOCUMENT_INVALID', `${where}: ${what}`, {
    hint: 'az ml job create takes every kind of job; this command takes pipelines of registered components',
  });
}

/** As Python writes it, for that is how the service keeps literals. */
export function literalText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value !== 'number') return undefined;
  return Number.isInteger(value) && Math.abs(value) < 1e16 ? String(value) : pythonFloat(value);
}

/** `0.00005` is `5e-05` there. */
function pythonFloat(value: number): string {
  if (Math.abs(value) >= 1e-4 || value === 0) return String(value);
  return value.toExponential().replace(/e-(\d)$/, 'e-0$1');
}

function textOf(members: Members, key: string): string | undefined {
  const value = members[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function textMap(value: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(membersOf(value)).map(([key, member]) => [
      key,
      literalText(member) ?? JSON.stringify(member),
    ]),
  );
}

/** Azure's words in the YAML and on the wire: `ro_mount` is `ReadOnlyMount`. */
const modes: Readonly<Record<string, string>> = {
  ro_mount: 'ReadOnlyMount',
  rw_mount: 'ReadWriteMount',
  upload: 'Upload',
  download: 'Download',
  direct: 'Direct',
  eval_mount: 'EvalMount',
  eval_download: 'EvalDownload',
};

function modeOf(members: Members): object {
  const mode = textOf(members, 'mode');
  return mode === undefined ? {} : { mode: modes[mode.toLowerCase()] ?? mode };
}

/** A pipeline job's document as the body of its PUT. Throws DOCUMENT_INVALID for what this does not take. */
export async function pipelineBody(document: Members, references: ReferenceResolver): Promise<JobBody> {
  const inputs: Record<string, { jobInputType: string; value?: string; uri?: string }> = {};
  for (const [name, value] of Object.entries(membersOf(document['inputs']))) {
    const text = literalText(value) ?? literalText(membersOf(value)['value']);
    if (text !== undefined) {
      inputs[name] = { jobInputType: 'literal', value: text };
      continue;
    }
    const members = membersOf(value);
    const type = textOf(members, 'type') ?? 'uri_folder';
    const path = textOf(members, 'path');
    if (path === undefined) throw unsupported(`inputs.${name}`, 'there is no path');
    inputs[name] = { jobInputType: type, uri: await references.data(path, type), ...modeOf(members) };
  }
  const outputs = Object.fromEntries(
    Object.entries(membersOf(document['outputs'])).map(([name, value]) => {
      const members = membersOf(value);
      const uri = textOf(members, 'path');
      return [
        name,
        {
          jobOutputType: textOf(members, 'type') ?? 'uri_folder',
          ...modeOf(members),
          ...(uri === undefined ? {} : { uri }),
        },
      ];
    }),
  );
  const jobs: Record<string, PipelineNodeBody> = {};
  for (const [name, node] of Object.entries(membersOf(document['jobs'])))
    jobs[name] = await nodeBody(name, membersOf(node), references);
  const { default_compute: defaultCompute, ...settings } = membersOf(document['settings']);
  const compute = textOf(document, 'compute');
  return {
    properties: {
      jobType: 'Pipeline',
      isArchived: false,
      tags: textMap(document['tags']),
      properties: textMap(document['properties']),
      ...definedText(document, 'display_name', 'displayName'),
      ...definedText(document, 'experiment_name', 'experimentName'),
      ...definedText(document, 'description', 'description'),
      ...(compute === undefined ? {} : { computeId: references.compute(compute) }),
      inputs,
      outputs,
      jobs,
      settings: {
        ...settings,
        ...(typeof defaultCompute === 'string'
          ? { default_compute: references.compute(defaultCompute) }
          : {}),
        _source: 'YAML.JOB',
      },
    },
  };
}

function definedText(document: Members, key: string, name: string): Record<string, string> {
  const text = textOf(document, key);
  return text === undefined ? {} : { [name]: text };
}

async function nodeBody(
  name: string,
  node: Members,
  references: ReferenceResolver,
): Promise<PipelineNodeBody> {
  const where = `jobs.${name}`;
  const type = textOf(node, 'type') ?? 'command';
  if (!nodeMembers.has(type))
    throw unsupported(`${where}.type`, `"${type}" is no kind of node that is known here`);
  const component = textOf(node, 'component');
  if (component === undefined) throw unsupported(where, 'there is no component by reference');
  const inputs: Record<string, object> = {};
  for (const [input, value] of Object.entries(membersOf(node['inputs']))) {
    if (value === null) continue;
    const text = literalText(value);
    if (text !== undefined) {
      inputs[input] = { job_input_type: 'literal', value: text };
      continue;
    }
    const members = membersOf(value);
    const path = textOf(members, 'path');
    if (path === undefined) throw unsupported(`${where}.inputs.${input}`, 'there is no path');
    const kind = textOf(members, 'type') ?? 'uri_folder';
    inputs[input] = expression.test(path)
      ? { job_input_type: 'literal', value: path, ...modeOf(members) }
      : { job_input_type: kind, uri: await references.data(path, kind), ...modeOf(members) };
  }
  const outputs = Object.fromEntries(
    Object.entries(membersOf(node['outputs'])).map(([output, value]) => {
      if (typeof value === 'string') return [output, { value, type: 'literal' }];
      const members = membersOf(value);
      const uri = textOf(members, 'path');
      return [
        output,
        {
          job_output_type: textOf(members, 'type') ?? 'uri_folder',
          ...modeOf(members),
          ...(uri === undefined ? {} : { uri }),
        },
      ];
    }),
  );
  const compute = textOf(node, 'compute');
  const handedOn = ['resources', 'limits', 'distribution', 'environment_variables', 'display_name', 'tags'];
  return {
    name,
    type,
    _source: component.startsWith('azureml://registries/') ? 'REMOTE.REGISTRY' : 'REMOTE.WORKSPACE.COMPONENT',
    componentId: references.component(component),
    ...(compute === undefined ? {} : { computeId: references.compute(compute) }),
    inputs,
    outputs,
    ...Object.fromEntries(handedOn.flatMap((key) => (node[key] === undefined ? [] : [[key, node[key]]]))),
  };
}
