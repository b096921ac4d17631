import type { SkuTask } from './card.ts';
import type { SkuFinding } from './sku-finding.ts';
import type { VmSize } from './vm-sizes.ts';

/** One line of a list of quotas: how many cores of a family, or of all in a region, may be used. */
export interface Quota {
  /** As the list names it. */
  readonly name: string;
  /** {@link quotaKey} of the name. */
  readonly key: string;
  /** Cores; Infinity where the list says -1: no limit of its own. */
  readonly limit: number;
  /** Cores in use; null where the list does not say. */
  readonly used: number | null;
}

/** The families that Azure ML and Azure Compute call by different names, beyond case and blanks. */
const sameFamily: Readonly<Record<string, string>> = {
  standardndsh100v5family: 'standardndv5h100family',
};

/**
 * What names of one quota have in common: `standardDSv2Family`, `Standard DSv2 Family vCPUs` and
 * `Standard DSv2 Family Cluster Dedicated vCPUs` are the same.
 */
export function quotaKey(name: string): string {
  const key = name
    .toLowerCase()
    .replace(/\s+/g, '')
    .replace(/(?<=.)(cluster)?(dedicated)?vcpus$/, '');
  return sameFamily[key] ?? key;
}

/** What the region as a whole may use, in Azure ML's list and in Azure Compute's. */
const regionalNames: ReadonlySet<string> = new Set(
  ['Total Cluster Dedicated Regional vCPUs', 'Total Regional vCPUs', 'cores'].map(quotaKey),
);

/** What decides how much quota is needed: online deployments keep a reserve, compute clusters do not. */
export interface QuotaUse {
  readonly task: SkuTask;
  /** Inference on a compute cluster instead of a managed online endpoint. */
  readonly batch?: boolean;
  /** How many machines; 1 when left out. */
  readonly instances?: number;
}

/** Whether the size is to run a managed online deployment. */
export function isManagedOnline({ task, batch }: Pick<QuotaUse, 'task' | 'batch'>): boolean {
  return task === 'inference' && batch !== true;
}

/** How many cores must be free. Managed online deployments keep a fifth in reserve, except on a few sizes. */
export function requiredCores(size: VmSize, use: QuotaUse): number {
  const { instances = 1 } = use;
  const reserved = isManagedOnline(use) && !size.skipsReserve;
  // In whole numbers: 1.2 * 5 would do, but not every 1.2 * n is what it should be.
  return (reserved ? Math.ceil((instances * 12) / 10) : instances) * size.vcpus;
}

/** Holds a size against a subscription's quotas: those of its family, and those of the region as a whole. */
export function quotaFindings(size: VmSize, use: QuotaUse, quotas: readonly Quota[]): SkuFinding[] {
  const cores = requiredCores(size, use);
  const facts = { sku: size.name, instances: use.instances ?? 1, requiredCores: cores };
  const family = size.family === null ? undefined : quotaKey(size.family);
  const findings = quotas
    .filter(({ key }) => key === family || regionalNames.has(key))
    .flatMap((quota) => shortFinding(size, facts, quota));
  if (quotas.some(({ key }) => key === family)) return findings;
  const missing = size.family === null ? 'the quota family is not known' : `the list has no ${size.family}`;
  const message = `nothing is known of the quota for ${size.name}: ${missing}; ${cores} cores are needed`;
  const unknown = { severity: 'warning', code: 'sku-quota-unknown', message, quota: size.family } as const;
  return [...findings, { ...unknown, ...facts }];
}

function shortFinding(
  size: VmSize,
  facts: { readonly sku: string; readonly instances: number; readonly requiredCores: number },
  quota: Quota,
): SkuFinding[] {
  const shortBy = facts.requiredCores - (quota.limit - (quota.used ?? 0));
  if (shortBy <= 0) return [];
  const instances = facts.requiredCores / size.vcpus;
  const reserve = instances > facts.instances ? `, ${instances} with the reserve for upgrades,` : '';
  const used = quota.used === null ? 'what is in use is not said' : `${quota.used} in use`;
  const message = `${facts.instances} x ${size.name}${reserve} needs ${facts.requiredCores} cores: '${quota.name}' has ${quota.limit}, ${used}: ${shortBy} too few`;
  const { name, limit } = quota;
  return [
    {
      severity: 'error',
      code: 'sku-quota-short',
      message,
      quota: name,
      limit,
      used: quota.used,
      shortBy,
      ...facts,
    },
  ];
}
