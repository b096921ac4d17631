import type { ExportModelResult } from '../actions/export-model.ts';
import { printableLine } from '../io/index.ts';
import { formatTable } from './format-table.ts';

function renderPrecision({ precision, quantization }: ExportModelResult['manifest']): string {
  if (quantization === undefined) return precision;
  const { agreement } = quantization;
  if (agreement === null) return `${precision}, agreement with float32 not measured`;
  const { images, top1, maxDelta, meanDelta } = agreement;
  return (
    `${precision}, answers ${(top1 * 100).toFixed(2)} % of ${images} pictures as float32 does ` +
    `(probabilities differ by ${maxDelta.toPrecision(2)} at most, ${meanDelta.toPrecision(2)} on average)`
  );
}

/** What was read, what came of it, and what one does with it. */
export function renderExport(result: ExportModelResult): string {
  const { manifest, directory } = result;
  const { modelType, imageSize, patchSize, channels, hiddenSize, layers, heads } = manifest.architecture;
  const patch =
    patchSize.height === patchSize.width ? `${patchSize.height}` : `${patchSize.height}x${patchSize.width}`;
  const { count, parameters } = result.tensors;
  const { resize, crop } = manifest.preprocessing;
  const resizing =
    resize.mode === 'squash'
      ? `squash to ${resize.height}x${resize.width}`
      : resize.mode === 'shortest-edge'
        ? `short side to ${resize.size}`
        : 'no resize';
  const cropping = crop === null ? '' : `, centre crop ${crop.height}x${crop.width}`;
  const labels = manifest.labels.slice(0, 3).map(printableLine).join(', ');
  const rest = manifest.labels.length > 3 ? ', …' : '';
  const facts = [
    [
      'model',
      `${printableLine(manifest.name)} (${modelType}, ${count} tensors, ${(parameters / 1e6).toFixed(1)} M parameters)`,
    ],
    ['shape', `${layers} layers, width ${hiddenSize}, ${heads} heads, patch ${patch}`],
    [
      'input',
      `${manifest.graph.input}: float32 [batch, ${channels}, ${imageSize.height}, ${imageSize.width}]`,
    ],
    [
      'outputs',
      `${manifest.graph.logits} [batch, ${manifest.labels.length}], ${manifest.graph.features} [batch, ${hiddenSize}]`,
    ],
    ['labels', `${manifest.labels.length} (${manifest.task}): ${labels}${rest}`],
    ['preprocessing', `${resizing}, ${manifest.preprocessing.resample}${cropping}`],
    ['precision', renderPrecision(manifest)],
    ['content', result.contentHash],
  ];
  const width = Math.max(...facts.map(([name]) => name?.length ?? 0));
  const files = formatTable(
    ['FILE', 'BYTES', 'SHA-256'],
    Object.entries(manifest.files).map(([name, { bytes, sha256 }]) => [
      name,
      String(bytes),
      sha256.slice(0, 16),
    ]),
  );
  return [
    `${directory}${result.unchanged ? ' holds this package already; nothing was written' : ''}`,
    ...facts.map(([name = '', value = '']) => `  ${name.padEnd(width)}  ${value}`),
    '',
    files,
    `next: aml-deit serve --model ${/\s/.test(directory) ? `"${directory}"` : directory}`,
  ].join('\n');
}
