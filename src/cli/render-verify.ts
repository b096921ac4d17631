import type { VerifyModelResult } from '../actions/verify-model.ts';

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

export function renderVerify(result: VerifyModelResult): string {
  const { comparison, images, imagesPerSecond, outputs } = result;
  const facts: (readonly [string, string])[] = [
    ['files', `${result.files.length}, ${megabytes(result.bytes)}, every SHA-256 as the manifest says`],
    ['precision', result.precision],
    [
      'graph',
      `loads and runs (${result.loadMs} ms); logits [${outputs.logits.join(', ')}], features [${outputs.features.join(', ')}]`,
    ],
    ['content', result.contentHash],
  ];
  if (images !== undefined) {
    const unreadable =
      images.unreadable.length === 0 ? '' : `, ${images.unreadable.length} could not be read`;
    facts.push(['pictures', `${images.count} classified${unreadable}`]);
    facts.push(['throughput', `${(imagesPerSecond ?? 0).toFixed(1)} pictures a second, eight at a time`]);
  }
  if (comparison !== undefined) {
    const { againstBytes, imagesPerSecond: other, maxDelta, meanDelta, top1 } = comparison;
    facts.push(
      ['against', comparison.against],
      ['same answer', `${(top1 * 100).toFixed(2)} %, at least ${comparison.minAgreement * 100} % wanted`],
      [
        'difference',
        `${maxDelta.toPrecision(2)} at most, ${meanDelta.toPrecision(2)} on average (probabilities)`,
      ],
      [
        'speed',
        `${((imagesPerSecond ?? 0) / other).toFixed(2)} x of its ${other.toFixed(1)} pictures a second`,
      ],
      ['size', `${(result.bytes / againstBytes).toFixed(2)} x of its ${megabytes(againstBytes)}`],
    );
  }
  const width = Math.max(...facts.map(([name]) => name.length));
  return [result.directory, ...facts.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`)].join('\n');
}
