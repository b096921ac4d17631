import { managedOnlineFindings } from './check-skus.ts';
import { findLifecycle } from './find-lifecycle.ts';
import { lifecycleFindings } from './lifecycle-findings.ts';
import { hasFormOfVmSize, unknownFinding } from './size-names.ts';
import type { SkuFinding } from './sku-finding.ts';
import { findVmSize } from './vm-sizes.ts';

export interface CheckSizeElsewhereOptions {
  readonly asOf: Date;
  /** Whether a managed online deployment is to run on it. */
  readonly managedOnline: boolean;
}

/**
 * What is known against a VM size where the model is not the card's: that there is no such size, its lifecycle, the
 * managed-online list. Warnings only. A name outside the catalogue that has the form of Azure's names counts as a
 * size: the catalogue is not the whole of Azure.
 */
export function checkSizeElsewhere(name: string, options: CheckSizeElsewhereOptions): SkuFinding[] {
  if (findVmSize(name) === undefined && !hasFormOfVmSize(name)) return [unknownFinding(name, 'warning')];
  const lifecycle = findLifecycle(name);
  const day = options.asOf.toISOString().slice(0, 10);
  return [
    ...(lifecycle === undefined ? [] : lifecycleFindings(lifecycle, day).map(asWarning)),
    ...(options.managedOnline ? managedOnlineFindings(name) : []),
  ];
}

function asWarning(finding: SkuFinding): SkuFinding {
  return finding.code === 'sku-retired' ? { ...finding, severity: 'warning' } : finding;
}
