import type { InferenceSku, SkuFinding } from '../../card/index.ts';
import { AmlDeitError } from '../../errors/index.ts';
import type { Host } from '../../io/index.ts';

/**
 * Holds the size against the card before anything is made. Warnings go to the host; errors are SKU_REFUSED with all
 * findings in `details`. Returns the size as the card spells it.
 */
export async function checkDeploySku(
  sku: string,
  asOf: Date,
  host: Host,
): Promise<{ readonly sku: InferenceSku; readonly findings: readonly SkuFinding[] }> {
  const { canonicalSkuName, checkSkus } = await import('../../card/index.ts');
  const findings = checkSkus({ names: [sku], task: 'inference', asOf });
  const errors = findings.filter((finding) => finding.severity === 'error');
  const [first] = errors;
  if (first !== undefined) {
    throw new AmlDeitError('SKU_REFUSED', errors.map((finding) => finding.message).join('; '), {
      hint: 'see `aml-deit card show` for the sizes that may serve this model',
      details: { sku, findings },
    });
  }
  for (const finding of findings) {
    host.message({ code: finding.code, level: 'warning', text: finding.message, data: { ...finding } });
  }
  return { sku: (canonicalSkuName(sku) ?? sku) as InferenceSku, findings };
}
