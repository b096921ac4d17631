import type { MinimumSpec, SkuFinding, SkuTask, VmSize } from '../card/index.ts';
import { AmlDeitError } from '../errors/index.ts';
import { resolveSkuUse } from './sku-options.ts';
import type { SkuUseOptions } from './sku-options.ts';

export interface CheckSkuOptions extends SkuUseOptions {
  /** VM sizes, in any case; at least one. Each is a choice of its own: they share no quota. */
  readonly names: readonly string[];
  /** Whether a warning counts as a failure. */
  readonly strict?: boolean;
}

export interface SkuVerdict {
  /** As the card or the catalogue spells it; as it was given when it is unknown. */
  readonly name: string;
  /** False when a finding about it is an error; with `strict`, when there is any. */
  readonly ok: boolean;
  /** Cores that must be free for the instances that were asked for; absent when the size is unknown. */
  readonly requiredCores?: number;
  /** The size's figures and lifecycle; absent when it is unknown. */
  readonly size?: VmSize;
}

export interface SkuCheckResult {
  /** False when any size is not. */
  readonly ok: boolean;
  readonly task: SkuTask;
  readonly instances: number;
  /** `YYYY-MM-DD`. */
  readonly asOf: string;
  /** `YYYY-MM-DD`: when the facts about the sizes were collected; what was announced later is not in them. */
  readonly catalogueAsOf: string;
  /** The card's floor for the task, which the sizes were held against. */
  readonly minimum: MinimumSpec;
  /** One per name, in the order given, without repetitions. */
  readonly skus: readonly SkuVerdict[];
  readonly findings: readonly SkuFinding[];
}

/**
 * Holds VM sizes against the card's allow-list and minimum spec of a task, their lifecycle, the list for managed online
 * endpoints, and the subscription's quotas. Findings are the result, not an error: look at `ok`.
 */
export async function checkSku(options: CheckSkuOptions): Promise<SkuCheckResult> {
  const { card, checkSkus, findVmSize, requiredCores, vmSizesAsOf } = await import('../card/index.ts');
  const { names, strict = false } = options;
  if (names.length === 0) throw new AmlDeitError('USAGE', 'no VM size to check: expected at least one name');
  const use = await resolveSkuUse(options);
  const { task, instances = 1 } = use;

  const findings = checkSkus({ ...use, names });
  const counts = findings.filter(({ severity }) => strict || severity === 'error');
  const faulty = new Set(counts.map(({ sku }) => sku));
  const skus = new Map<string, SkuVerdict>();
  for (const given of names) {
    const size = findVmSize(given);
    const name = size?.name ?? given;
    if (skus.has(name.toLowerCase())) continue;
    skus.set(name.toLowerCase(), {
      name,
      ok: !faulty.has(name),
      ...(size === undefined ? {} : { requiredCores: requiredCores(size, use), size }),
    });
  }
  return {
    ok: faulty.size === 0,
    task,
    instances,
    asOf: use.asOf.toISOString().slice(0, 10),
    catalogueAsOf: vmSizesAsOf,
    minimum: card.minimumSpecs[task],
    skus: [...skus.values()],
    findings,
  };
}
