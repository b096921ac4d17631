import { parseDurationMs } from '../http/duration.ts';
import { embeddedInputs, parseBinding } from './expressions.ts';
import { invalid, unknown } from './job-fault.ts';
import { isDataType } from './job-spec.ts';
import type { DeliveryMode, DistributionSpec, InputSource, OutputAsset, OutputSpec } from './job-spec.ts';

/** Inputs and outputs as jobs and their nodes write them: camelCase in a job, snake_case in a node. */
export type RawMembers = Readonly<Record<string, unknown>>;

export function membersOf(value: unknown): RawMembers {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as RawMembers) : {};
}

/** A scalar as text, in Python's spelling, as the service keeps it; undefined for what is none. */
export function scalarText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'number' ? String(value) : undefined;
}

function textOf(raw: RawMembers, ...keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const value = raw[key];
    if (typeof value === 'string' && value !== '') return value;
  }
  return undefined;
}

function inputMode(raw: RawMembers): DeliveryMode | null {
  const mode = textOf(raw, 'mode');
  if (mode === undefined) return null;
  return mode.toLowerCase() === 'direct' ? 'direct' : 'download';
}

/** Where an input of a job or a node comes from; `where` names it in faults. */
export function inputSource(value: unknown, where: string): InputSource {
  const scalar = scalarText(value);
  const raw = scalar === undefined ? membersOf(value) : { job_input_type: 'literal', value: scalar };
  const type = (textOf(raw, 'jobInputType', 'job_input_type', 'type') ?? 'literal').toLowerCase();
  if (type !== 'literal') {
    if (!isDataType(type)) throw invalid(`${where} has the type "${type}", which is no type of an input.`);
    const uri = textOf(raw, 'uri', 'path');
    if (uri === undefined) throw invalid(`${where} has no uri.`);
    const binding = parseBinding(uri);
    if (binding === undefined)
      return { from: 'data', dataType: type, uri, mode: inputMode(raw) ?? 'download' };
    return boundInput(uri, raw, where);
  }
  const text = scalarText(raw['value']);
  if (text === undefined) throw invalid(`${where} has no value.`);
  if (parseBinding(text) !== undefined) return boundInput(text, raw, where);
  const { invalid: faulty } = embeddedInputs(text);
  if (faulty[0] !== undefined)
    throw invalid(`${where} holds ${faulty[0]}, which is no input of the pipeline.`);
  return { from: 'literal', text };
}

function boundInput(text: string, raw: RawMembers, where: string): InputSource {
  const binding = parseBinding(text);
  switch (binding === undefined || binding === 'invalid' ? 'invalid' : binding.to) {
    case 'parentInput':
      return { from: 'parentInput', name: (binding as { name: string }).name, mode: inputMode(raw) };
    case 'nodeOutput': {
      const { node, output } = binding as { node: string; output: string };
      return { from: 'nodeOutput', node, output, mode: inputMode(raw) };
    }
    case 'parentOutput':
    case 'invalid':
      break;
  }
  throw invalid(
    `${where} is ${text}, expected \${{parent.inputs.NAME}} or \${{parent.jobs.NODE.outputs.NAME}}.`,
  );
}

function assetOf(raw: RawMembers): OutputAsset | null {
  const name = textOf(raw, 'assetName', 'asset_name', 'name');
  if (name === undefined) return null;
  return { name, version: scalarText(raw['assetVersion'] ?? raw['asset_version'] ?? raw['version']) ?? null };
}

/** An output; `declared` is its type in the component, which a node need not repeat. */
export function outputSpec(value: unknown, declared: string | undefined, where: string): OutputSpec {
  const raw = typeof value === 'string' ? { value, type: 'literal' } : membersOf(value);
  const given = (textOf(raw, 'jobOutputType', 'job_output_type', 'type') ?? 'literal').toLowerCase();
  const type = given === 'literal' ? (declared ?? 'uri_folder') : given;
  if (!isDataType(type)) throw invalid(`${where} has the type "${type}", which is no type of an output.`);
  const mode = textOf(raw, 'mode')?.toLowerCase() === 'direct' ? 'direct' : 'upload';
  const bound = textOf(raw, 'value') ?? textOf(raw, 'uri');
  const binding = bound === undefined ? undefined : parseBinding(bound);
  if (binding === undefined)
    return {
      dataType: type,
      mode,
      uri: textOf(raw, 'uri', 'path') ?? null,
      boundTo: null,
      asset: assetOf(raw),
    };
  if (binding === 'invalid' || binding.to !== 'parentOutput')
    throw invalid(`${where} is ${bound}, expected \${{parent.outputs.NAME}}.`);
  return { dataType: type, mode, uri: null, boundTo: binding.name, asset: assetOf(raw) };
}

/** Processes of one command, at most: a laptop has few cores. */
const maxProcesses = 64;

function count(value: unknown, fallback: number, where: string): number {
  if (value === undefined || value === null || value === '') return fallback;
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1)
    throw invalid(`${where} is ${JSON.stringify(value)}, expected a whole number of at least 1.`);
  return number;
}

export function distributionOf(
  value: unknown,
  instances: unknown,
): { readonly distribution: DistributionSpec; readonly instanceCount: number } {
  const raw = membersOf(value);
  const instanceCount = count(instances, 1, 'resources.instanceCount');
  const type = (textOf(raw, 'distributionType', 'distribution_type', 'type') ?? 'none').toLowerCase();
  const perInstance = (): number =>
    count(
      raw['processCountPerInstance'] ?? raw['process_count_per_instance'],
      1,
      'distribution.processCountPerInstance',
    );
  const made = ((): DistributionSpec => {
    switch (type) {
      case 'none':
        return { type: 'none' };
      case 'pytorch':
      case 'mpi':
        return { type, processCountPerInstance: perInstance() };
      case 'tensorflow':
        return {
          type,
          workerCount: count(
            raw['workerCount'] ?? raw['worker_count'],
            instanceCount,
            'distribution.workerCount',
          ),
          parameterServerCount: Number(raw['parameterServerCount'] ?? raw['parameter_server_count'] ?? 0),
        };
      default:
        throw unknown(`A distribution of type ${type}`);
    }
  })();
  const processes =
    made.type === 'tensorflow'
      ? made.workerCount + made.parameterServerCount
      : instanceCount * (made.type === 'none' ? 1 : made.processCountPerInstance);
  if (!Number.isInteger(processes) || processes < 1 || processes > maxProcesses)
    throw invalid(`The job asks for ${processes} processes; the local twin runs 1 to ${maxProcesses}.`);
  return { distribution: made, instanceCount };
}

/** `limits.timeout` of a job is a duration, a node's is seconds. */
export function timeoutOf(limits: unknown): number | null {
  const value = membersOf(limits)['timeout'];
  if (value === undefined || value === null || value === '') return null;
  const seconds = Number(value);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : parseDurationMs(scalarText(value) ?? '');
  if (ms === undefined || ms <= 0)
    throw invalid(`limits.timeout is ${JSON.stringify(value)}, expected seconds or a duration such as PT1H.`);
  return ms;
}
