import type { AzureMl, CallOptions } from '../../azure/index.ts';
import type { Host } from '../../io/index.ts';
import { findPredictions } from './find-predictions.ts';

/** Downloads what a job wrote into a new or empty folder, or finds it there; continued when it was interrupted. */
export async function fetchRows(
  aml: AzureMl,
  job: string,
  directory: string,
  host: Host,
  call: CallOptions,
): Promise<string> {
  const address = await findPredictions(aml, job, call);
  const fetched = await aml.downloadFolder(address, directory, {
    ...call,
    onProgress: ({ downloadedBytes, totalBytes }) =>
      host.progress({
        id: 'download',
        text: `fetching the rows of ${job}`,
        state: 'running',
        current: downloadedBytes,
        total: totalBytes,
        unit: 'bytes',
      }),
  });
  host.progress({ id: 'download', text: `fetched the rows of ${job}`, state: 'done' });
  return fetched.directory;
}
