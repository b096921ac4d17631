import type { SkuRecommendation } from '../actions/recommend-sku.ts';
import type { RankedSku } from '../card/index.ts';
import { formatTable } from './format-table.ts';
import { skuCells, skuColumns } from './sku-cells.ts';

/** Three groups: sizes to use, sizes to use with care, and why the rest of the list is out. */
export function renderRecommendation(result: SkuRecommendation): string {
  const { recommended, withWarnings, excluded, task } = result;
  const parts = [
    recommended.length === 0
      ? `no size of the ${task} list can be recommended without reserve\n`
      : `recommended for ${task}, the smallest first\n${formatTable(
          skuColumns,
          recommended.map(({ size }) => skuCells(size)),
        )}`,
  ];
  if (withWarnings.length > 0) {
    const lines = withWarnings.map(({ name, findings }) =>
      findings.map(({ code, message }) => `  ${name}  ${code}: ${message}\n`).join(''),
    );
    parts.push(`usable, with a warning\n${lines.join('')}`);
  }
  if (excluded.length > 0) {
    parts.push(`out\n${excluded.map((sku) => `  ${sku.name}: ${reasons(sku).join('; ')}\n`).join('')}`);
  }
  return parts.join('\n');
}

/** A warning excludes nothing. */
function reasons({ unmet, findings }: RankedSku): string[] {
  return [...unmet, ...findings.filter(({ severity }) => severity === 'error').map(({ message }) => message)];
}
