import type { AzureMl, DownloadedFolder, DownloadOptions } from '../../azure/index.ts';
import { AmlDeitError } from '../../errors/index.ts';

export interface JobOutput {
  readonly job: string;
  readonly output: string;
  /** A file or folder in it, instead of all. */
  readonly path?: string;
}

/**
 * Downloads what a job that has completed left. Throws JOB_OUTPUT_MISSING when it left nothing there, and what downloads
 * may.
 */
export async function downloadJobOutput(
  aml: AzureMl,
  wanted: JobOutput,
  directory: string,
  options: DownloadOptions,
): Promise<DownloadedFolder> {
  const { job, output, path } = wanted;
  const below = path === undefined ? '' : `/paths/${path}`;
  try {
    return await aml.downloadFolder(`azureml://jobs/${job}/outputs/${output}${below}`, directory, options);
  } catch (error) {
    const isMissing = error instanceof AmlDeitError && missingCodes.has(error.code);
    throw isMissing ? outputMissing(wanted, error) : error;
  }
}

const missingCodes: ReadonlySet<string> = new Set(['AZURE_NOT_FOUND', 'ASSET_NOT_FOUND']);

export function outputMissing({ job, output, path }: JobOutput, cause?: unknown): AmlDeitError {
  const what =
    path === undefined ? ` without its output "${output}"` : `, but its output "${output}" has no ${path}`;
  return new AmlDeitError('JOB_OUTPUT_MISSING', `job "${job}" has completed${what}`, {
    hint: `aml-deit job download ${job} --logs fetches what its steps said; the same command with --again starts another job`,
    details: { job, output },
    ...(cause === undefined ? {} : { cause }),
  });
}
