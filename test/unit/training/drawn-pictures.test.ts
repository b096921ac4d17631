import { describe, expect, it } from 'vitest';
import { drawFridgeObject, fridgeClasses } from '../../../src/training/index.ts';
import { applyHead, fitLinearProbe } from '../../../src/training/linear-probe.ts';
import type { DrawnPicture } from '../../../src/training/draw-fridge-objects.ts';

const size = { width: 64, height: 48 };

function drawAll(split: string, perClass: number): DrawnPicture[] {
  return Array.from({ length: 4 * perClass }, (_, at) =>
    drawFridgeObject({ className: fridgeClasses[at % 4]!, seed: [1, split, Math.floor(at / 4)], ...size }),
  );
}

/** Mean colours of 8 × 8 blocks: of the four corners, or of a row through the middle. */
function colours(pictures: readonly DrawnPicture[], where: 'corners' | 'middle'): Float32Array {
  const blocks =
    where === 'corners' ? [[0, 0], [56, 0], [0, 40], [56, 40]] : [[20, 20], [28, 12], [28, 20], [28, 28]]; // prettier-ignore
  return Float32Array.from(
    pictures.flatMap(({ data, width }) =>
      blocks.flatMap(([left, top]) =>
        [0, 1, 2].map((channel) => {
          let sum = 0;
          for (let pixel = 0; pixel < 64; pixel += 1)
            sum += data[((top! + (pixel >> 3)) * width + left! + (pixel & 7)) * 3 + channel]!;
          return sum / 64;
        }),
      ),
    ),
  );
}

function accuracy(where: 'corners' | 'middle'): number {
  const labelsOf = (perClass: number): Int32Array =>
    Int32Array.from({ length: 4 * perClass }, (_, at) => at % 4);
  const labels = labelsOf(100);
  const head = fitLinearProbe({
    features: colours(drawAll('train', 100), where),
    dimensions: 12,
    classCount: 4,
    targets: { kind: 'multiclass', labels },
    seed: 1,
  });
  const logits = applyHead(head, colours(drawAll('test', 100), where));
  const right = labels.filter((label, row) => {
    const scores = [...logits.subarray(4 * row, 4 * row + 4)];
    return scores.indexOf(Math.max(...scores)) === label;
  });
  return right.length / labels.length;
}

describe('drawFridgeObject', () => {
  it('draws the same picture from the same seed, and another from any other', () => {
    const draw = (...seed: (number | string)[]): string =>
      drawFridgeObject({ className: 'can', seed, ...size }).data.toString();
    const one = draw(1, 'train', 1);
    expect(draw(1, 'train', 1)).toBe(one);
    for (const other of [draw(1, 'test', 1), draw(1, 'train', 2), draw(2, 'train', 1)])
      expect(other).not.toBe(one);
  });

  it('does not give the class away behind the object', () => {
    // Four standard deviations around a quarter of 400. The same look at the object itself tells something.
    const bound = 4 * Math.sqrt((0.25 * 0.75) / 400);
    expect(Math.abs(accuracy('corners') - 0.25)).toBeLessThan(bound);
    expect(accuracy('middle')).toBeGreaterThan(0.25 + 2 * bound);
  });
});
