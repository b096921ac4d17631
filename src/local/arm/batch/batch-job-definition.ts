import { userError } from '../../http/service-error.ts';
import type { ComponentBatchSpec } from './records.ts';

/** An input of an invocation, as clients send it: types in Pascal case. */
export interface InvokeInput {
  readonly jobInputType?: string | null;
  readonly uri?: string | null;
  readonly value?: string | null;
}

export interface InvokeOutput {
  readonly jobOutputType?: string | null;
  readonly uri?: string | null;
}

export interface Invocation {
  readonly inputs: Readonly<Record<string, InvokeInput>>;
  readonly outputs: Readonly<Record<string, InvokeOutput>>;
}

interface ComponentPort {
  readonly type: string;
  readonly optional: boolean;
}

/** `UriFolder` and `uri_folder` alike; `MLTable` is one word. */
export function snakeCase(text: string): string {
  return text
    .replace('MLTable', 'Mltable')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toLowerCase();
}

const assetTypes = new Set([
  'uri_file',
  'uri_folder',
  'mltable',
  'mlflow_model',
  'custom_model',
  'triton_model',
]);

function ports(
  spec: Readonly<Record<string, unknown>>,
  member: 'inputs' | 'outputs',
): Map<string, ComponentPort> {
  const declared = (spec[member] ?? {}) as Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  return new Map(
    Object.entries(declared).map(([name, port]) => [
      name,
      {
        type: String(port['type']),
        optional: port['default'] !== undefined || /^true$/i.test(String(port['optional'])),
      },
    ]),
  );
}

/**
 * The name that an input has in the component: its own, or, for the unnamed one of a client that gave a single input
 * (named after its type), the component's only input that takes data.
 */
function inputName(given: string, declared: ReadonlyMap<string, ComponentPort>): string {
  if (declared.has(given)) return given;
  const data = [...declared].filter(([, { type }]) => assetTypes.has(type));
  const [only] = data;
  if (/^(?:uri(?:folder|file)|mltable)$/i.test(given) && only !== undefined && data.length === 1)
    return only[0];
  throw userError(
    `The deployment has no input "${given}": it has ${[...declared.keys()].join(', ') || 'none'}.`,
    [{ code: 'BadArgument', message: `Unknown input ${given}.` }],
  );
}

/** A pipeline job of one step, that runs the deployment's component on what the invocation gives. */
export function batchJobDefinition(
  spec: ComponentBatchSpec,
  component: Readonly<Record<string, unknown>>,
  invocation: Invocation,
): Readonly<Record<string, unknown>> {
  const declared = ports(component, 'inputs');
  const inputs: Record<string, object> = {};
  for (const [given, input] of Object.entries(invocation.inputs)) {
    const name = inputName(given, declared);
    const type = snakeCase(input.jobInputType ?? 'uri_folder');
    inputs[name] =
      type === 'literal'
        ? { jobInputType: 'literal', value: input.value ?? '' }
        : { jobInputType: type, uri: input.uri ?? '', mode: 'ReadOnlyMount' };
  }
  const missing = [...declared].filter(([name, { optional }]) => !optional && inputs[name] === undefined);
  if (missing.length > 0)
    throw userError(`The invocation lacks the input ${missing.map(([name]) => `"${name}"`).join(', ')}.`);
  const outputs: Record<string, object> = {};
  for (const [name, { type }] of ports(component, 'outputs')) {
    const given = invocation.outputs[name];
    outputs[name] = {
      jobOutputType: type,
      mode: 'ReadWriteMount',
      ...(given?.uri === undefined || given.uri === null ? {} : { uri: given.uri }),
    };
  }
  const node = String(component['name']);
  return {
    jobType: 'Pipeline',
    inputs,
    outputs,
    settings: { ...spec.settings },
    jobs: {
      [node]: {
        name: node,
        type: String(component['type']),
        componentId: spec.componentId,
        _source: 'REMOTE.WORKSPACE.COMPONENT',
        inputs: Object.fromEntries(
          Object.keys(inputs).map((name) => [
            name,
            { job_input_type: 'literal', value: `\${{parent.inputs.${name}}}` },
          ]),
        ),
        outputs: Object.fromEntries(
          Object.keys(outputs).map((name) => [
            name,
            { type: 'literal', value: `\${{parent.outputs.${name}}}` },
          ]),
        ),
      },
    },
  };
}
