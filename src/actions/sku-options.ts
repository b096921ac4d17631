import type { ImageKind, SkuTask, SkuUse } from '../card/index.ts';
import { AmlDeitError } from '../errors/index.ts';
import { readQuotaFile } from './read-quota-file.ts';

/** What a VM size is to be used for, and what it is held against. */
export interface SkuUseOptions {
  readonly task: SkuTask;
  /** The day (UTC) to judge by: decides what is retired. Today when left out. */
  readonly asOf?: Date;
  /** Inference on a compute cluster: neither the managed-online list nor its reserve of quota counts. */
  readonly batch?: boolean;
  /** How many machines; 1 when left out. Counts for the quota only. */
  readonly instances?: number;
  /** A file of the subscription's quotas, as Azure's tools print them with `-o json`. */
  readonly quotaFile?: string;
  /** What the image is built for; a GPU size for a CPU image is a finding. */
  readonly image?: ImageKind;
}

/** Checks the options and reads the quotas. Throws USAGE, and what {@link readQuotaFile} throws. */
export async function resolveSkuUse(options: SkuUseOptions): Promise<SkuUse> {
  const { imageKinds, skuTasks } = await import('../card/index.ts');
  const { task, asOf = new Date(), instances = 1, batch = false, quotaFile, image } = options;
  oneOf('task', task, skuTasks);
  if (image !== undefined) oneOf('image', image, imageKinds);
  if (Number.isNaN(asOf.getTime()))
    throw new AmlDeitError('USAGE', 'the date to judge by is not a valid date');
  if (!Number.isSafeInteger(instances) || instances < 1) {
    throw new AmlDeitError('USAGE', `instances is ${instances}: expected a whole number, at least 1`);
  }
  return {
    task,
    asOf,
    batch,
    instances,
    ...(quotaFile === undefined ? {} : { quotas: await readQuotaFile(quotaFile) }),
    ...(image === undefined ? {} : { image }),
  };
}

function oneOf(what: string, value: string, allowed: readonly string[]): void {
  if (allowed.includes(value)) return;
  throw new AmlDeitError('USAGE', `unknown ${what} '${value}': expected ${allowed.join(', ')}`);
}
