import type { SkuCheckResult } from '../actions/check-sku.ts';
import { describeSize } from '../card/describe-size.ts';

/** One block per size: the verdict, then one line per finding. */
export function renderSkuCheck(result: SkuCheckResult): string {
  const blocks = result.skus.map((sku) => {
    const findings = result.findings.filter((finding) => finding.sku === sku.name);
    const { size } = sku;
    const facts = size === undefined ? '' : ` (${describeSize(size)})`;
    const verdict = sku.ok ? `ok for ${result.task}` : `not for ${result.task}`;
    return [
      `${sku.name}: ${verdict}${facts}`,
      ...findings.map(({ severity, code, message }) => `  ${severity} ${code}: ${message}`),
    ].join('\n');
  });
  return `${blocks.join('\n')}\n`;
}
