import { createHash } from 'node:crypto';
import type { AzureMl, CallOptions } from '../../azure/index.ts';
import type { JobBody } from '../../azure/wire/jobs.ts';
import { AmlDeitError } from '../../errors/index.ts';
import { hasEnded } from './job-states.ts';

export interface SubmittedJob {
  readonly name: string;
  /** False: the same job was there already, from an earlier run of the same command. */
  readonly created: boolean;
  /** In the service's words, when it was found or made. */
  readonly status: string;
}

export interface SubmitOptions extends CallOptions {
  /** Begins the job's name. */
  readonly prefix: string;
  /** Another job although one with the same definition has completed. */
  readonly again?: boolean;
}

const hashTag = 'aml-deit.definition';
const maxAttempts = 1000;

/** The same for definitions that mean the same, whatever the order of their members. */
export function definitionHash(body: JobBody): string {
  const sorted = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(sorted);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, member]) => [key, sorted(member)]),
    );
  };
  return createHash('sha256')
    .update(JSON.stringify(sorted(body)))
    .digest('hex');
}

/**
 * Starts a job, or finds the one that the same definition started before: its name is made of the definition. One that
 * runs or has completed is taken; after one that failed or was canceled the next attempt begins. Whoever is killed and
 * comes again, or comes twice at once, meets the same job.
 */
export async function submitJob(aml: AzureMl, body: JobBody, options: SubmitOptions): Promise<SubmittedJob> {
  const call: CallOptions = options.signal === undefined ? {} : { signal: options.signal };
  const hash = definitionHash(body);
  const tagged: JobBody = {
    properties: { ...body.properties, tags: { ...body.properties.tags, [hashTag]: hash } },
  };
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    const name = `${options.prefix}-${hash.slice(0, 12)}${attempt === 1 ? '' : `-${attempt}`}`;
    const known = await aml.jobs.get(name, call);
    const status = known?.properties?.status ?? '';
    if (known === undefined) {
      const created = await aml.jobs.create(name, tagged, call);
      return { name, created: true, status: created.properties?.status ?? '' };
    }
    if (!hasEnded(status)) return { name, created: false, status };
    if (status === 'Completed' && options.again !== true) return { name, created: false, status };
  }
  throw new AmlDeitError('AZURE_CONFLICT', `there are ${maxAttempts} attempts of this job already`);
}
