import { missing } from './job-fault.ts';
import type { JobSpec } from './job-spec.ts';
import { parseJobOutput, resolveUri } from './resolve-uri.ts';
import type { UriContext } from './resolve-uri.ts';

/** Assets have ids, whatever is stored at their paths; paths and web addresses are only looked at when they are read. */
const assetId = /^(?:\/subscriptions\/|azureml:[^/]|azureml:\/\/(?:registries|locations)\/)/i;

/** Throws a JobFault for an input that names an asset or a job that is not there. */
export function checkInputs(spec: JobSpec, context: UriContext): void {
  for (const [name, source] of Object.entries(spec.inputs)) {
    if (source.from !== 'data') continue;
    const job = parseJobOutput(source.uri)?.job;
    if (job !== undefined && context.runs.get(job) === undefined)
      throw missing(`The input ${name} names the job "${job}", which does not exist.`);
    if (!assetId.test(source.uri)) continue;
    const resolved = resolveUri(source.uri, context);
    if ('fault' in resolved)
      throw missing(`The address "${source.uri}" of the input ${name} ${resolved.fault}.`);
  }
  if (spec.kind === 'pipeline') for (const { step } of spec.nodes) checkInputs(step, context);
}
