import type { SkuListResult } from '../actions/list-sku.ts';
import { csvLine } from '../io/index.ts';
import { formatTable } from './format-table.ts';
import { skuCells, skuColumns } from './sku-cells.ts';

/** One line per size. */
export function renderSkuList(result: SkuListResult): string {
  if (result.skus.length === 0) return 'no size meets the filters\n';
  return formatTable(
    [...skuColumns, 'STATE', 'ALLOWED FOR'],
    result.skus.map((sku) => [...skuCells(sku), sku.state, sku.allowedFor.join(', ') || '-']),
  );
}

const csvColumns = [
  'name',
  'vcpus',
  'gpus',
  'gpuModel',
  'gpuMemoryGiB',
  'memoryGiB',
  'tempDiskGiB',
  'family',
  'managedOnline',
  'skipsReserve',
  'state',
  'retirementDate',
  'allowedFor',
  'source',
] as const;

/** Comma-separated values with a header, quoted as RFC 4180 has it, lines as other output; what is not known is empty. */
export function renderSkuCsv(result: SkuListResult): string {
  const rows = result.skus.map((sku) => {
    const values = {
      ...sku,
      retirementDate: sku.retirement?.date ?? null,
      allowedFor: sku.allowedFor.join(' '),
    };
    return csvColumns.map((column) => values[column]);
  });
  return [csvColumns, ...rows].map((cells) => csvLine(cells)).join('');
}
