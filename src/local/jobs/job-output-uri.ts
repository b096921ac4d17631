import { userError } from '../http/service-error.ts';
import { placeUri } from './output-place.ts';
import { parseJobOutput, resolveUri } from './resolve-uri.ts';
import type { UriContext } from './resolve-uri.ts';

/**
 * The datastore address that `azureml://jobs/{job}/outputs/{output}` stands for, which is what the service keeps of an
 * asset that is registered by it; undefined for any other address. Throws the service's 400 when there is no such output.
 */
export function jobOutputUri(given: string, context: UriContext): string | undefined {
  if (!given.toLowerCase().startsWith('azureml://jobs/')) return undefined;
  const resolved =
    parseJobOutput(given) === undefined
      ? { fault: 'is no address of an output: expected azureml://jobs/{job}/outputs/{output}' }
      : resolveUri(given, context);
  const uri = 'fault' in resolved ? undefined : placeUri(context, resolved.place, false);
  if (uri === undefined)
    throw userError(`The address "${given}" ${'fault' in resolved ? resolved.fault : 'is in no datastore'}.`);
  return uri;
}
