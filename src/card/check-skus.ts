import { card } from './card.ts';
import type { SkuTask } from './card.ts';
import { describeAmount, describeGpus } from './describe-size.ts';
import { lifecycleFindings } from './lifecycle-findings.ts';
import { shortfalls } from './minimum-spec.ts';
import { nearestUsableSizes } from './nearest-usable-sizes.ts';
import { isManagedOnline, quotaFindings } from './quota.ts';
import type { Quota, QuotaUse } from './quota.ts';
import { unknownFinding } from './size-names.ts';
import type { SkuFinding } from './sku-finding.ts';
import { findVmSize, managedOnlineSource } from './vm-sizes.ts';
import type { VmSize } from './vm-sizes.ts';

/** What the image or environment that runs on the size is built for. */
export type ImageKind = 'cpu' | 'gpu';

export const imageKinds = ['cpu', 'gpu'] as const satisfies readonly ImageKind[];

/** What a size is held against, beside the card and its lifecycle. */
export interface SkuUse extends QuotaUse {
  /** The day (UTC) on which the sizes are to be used: decides what is retired. */
  readonly asOf: Date;
  /** What the subscription may use; no findings about quotas without it. */
  readonly quotas?: readonly Quota[];
  /** No findings about the image without it. */
  readonly image?: ImageKind;
}

export interface CheckSkusOptions extends SkuUse {
  /** Compared without case; a name that comes twice is checked once. */
  readonly names: readonly string[];
}

/**
 * Everything that is known against the named sizes for this model, in their order, errors first. Each name is a choice of its own:
 * quotas are not shared out between them.
 */
export function checkSkus(options: CheckSkusOptions): SkuFinding[] {
  const seen = new Set<string>();
  return options.names.flatMap((name) => {
    const key = name.toLowerCase();
    if (seen.has(key)) return [];
    seen.add(key);
    const size = findVmSize(name);
    return size === undefined ? [unknownFinding(name, 'error')] : sizeFindings(size, options);
  });
}

/** The name as the card or the catalogue spells it; undefined for a size that neither knows. */
export function canonicalSkuName(name: string): string | undefined {
  return findVmSize(name)?.name;
}

export function isAllowed(size: VmSize, task: SkuTask): boolean {
  return (card.allowLists[task] as readonly string[]).includes(size.name);
}

function sizeFindings(size: VmSize, use: SkuUse): SkuFinding[] {
  const { task, quotas, image } = use;
  const day = use.asOf.toISOString().slice(0, 10);
  const findings = [
    ...listFindings(size, task, day),
    ...minimumFindings(size, task),
    ...lifecycleFindings(size, day),
    ...(isManagedOnline(use) ? managedOnlineFindings(size.name) : []),
    ...(quotas === undefined ? [] : quotaFindings(size, use, quotas)),
    ...(image === undefined ? [] : imageFindings(size, image)),
  ];
  return [
    ...findings.filter(({ severity }) => severity === 'error'),
    ...findings.filter(({ severity }) => severity === 'warning'),
  ];
}

function listFindings(size: VmSize, task: SkuTask, day: string): SkuFinding[] {
  if (isAllowed(size, task)) return [];
  const nearest = nearestUsableSizes(size, task, day).map(({ name }) => name);
  const instead = nearest.length === 0 ? '' : `; nearest that are: ${nearest.join(', ')}`;
  return [
    {
      severity: 'error',
      code: 'sku-not-listed',
      message: `${size.name} is not on the card's ${task} allow-list${instead}`,
      sku: size.name,
      task,
      nearest,
    },
  ];
}

function minimumFindings(size: VmSize, task: SkuTask): SkuFinding[] {
  return shortfalls(size, card.minimumSpecs[task]).map(({ field, actual, minimum, by }) => {
    const unit = field === 'memoryGiB' || field === 'tempDiskGiB' ? ' GiB' : '';
    return {
      severity: 'error',
      code: 'sku-below-minimum',
      message: `${size.name} has ${describeAmount(field, actual)}, ${round(by)}${unit} below the card's ${task} minimum of ${minimum}${unit}`,
      sku: size.name,
      task,
      field,
      actual,
      minimum,
      by,
    };
  });
}

/** Parts of a GPU have no short decimal form. */
function round(amount: number): number {
  return Math.round(amount * 100) / 100;
}

/** The catalogue has every size of that list: a name that it does not know is not on it. */
export function managedOnlineFindings(name: string): SkuFinding[] {
  if (findVmSize(name)?.managedOnline === true) return [];
  const sku = canonicalSkuName(name) ?? name;
  return [
    {
      severity: 'warning',
      code: 'sku-not-managed-online',
      message: `${sku} is not on the documented list of sizes for managed online endpoints (${managedOnlineSource})`,
      sku,
      source: managedOnlineSource,
    },
  ];
}

function imageFindings(size: VmSize, image: ImageKind): SkuFinding[] {
  if (image === 'cpu' && size.gpus > 0) {
    const message = `${size.name} has ${describeGpus(size)}, which an image for the CPU leaves idle`;
    return [{ severity: 'warning', code: 'sku-gpu-unused', message, sku: size.name, gpus: size.gpus }];
  }
  if (image === 'gpu' && size.gpus === 0) {
    const message = `${size.name} has no GPU, which the image is built for`;
    return [{ severity: 'warning', code: 'sku-gpu-missing', message, sku: size.name }];
  }
  return [];
}
