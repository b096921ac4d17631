import { describe, expect, test } from 'vitest';
import { minimizeLbfgs } from '../../../src/training/minimize-lbfgs.ts';
import type { Objective } from '../../../src/training/minimize-lbfgs.ts';

const options = { maxIterations: 200, gradientTolerance: 1e-9 };

/** Rosenbrock's valley in `start.length` dimensions: minimum 0 at (1, …, 1). */
const rosenbrock: Objective = (point, gradient) => {
  let value = 0;
  gradient.fill(0);
  for (let index = 0; index + 1 < point.length; index += 1) {
    const x = point[index]!;
    const bend = point[index + 1]! - x * x;
    value += 100 * bend * bend + (1 - x) ** 2;
    gradient[index]! += -400 * x * bend - 2 * (1 - x);
    gradient[index + 1]! += 200 * bend;
  }
  return value;
};

describe('minimizeLbfgs', () => {
  test('finds the minimum of a badly scaled quadratic', () => {
    const scales = [1, 10, 100, 1000, 10_000];
    const quadratic: Objective = (point, gradient) =>
      scales.reduce((sum, scale, index) => {
        const distance = point[index]! - index;
        gradient[index] = scale * distance;
        return sum + (scale / 2) * distance * distance;
      }, 0);
    const minimum = minimizeLbfgs(quadratic, new Float64Array(5).fill(3), options);
    expect(minimum.reason).toBe('gradient');
    for (let index = 0; index < 5; index += 1) expect(minimum.point[index]).toBeCloseTo(index, 8);
  });

  test('follows Rosenbrock’s curved valley to its end', () => {
    const minimum = minimizeLbfgs(rosenbrock, new Float64Array(10).fill(-1.2), options);
    expect(minimum.value).toBeLessThan(1e-15);
    for (const coordinate of minimum.point) expect(coordinate).toBeCloseTo(1, 6);
  });

  test('every accepted step goes down, and it can be stopped after any of them', () => {
    const values: number[] = [];
    const minimum = minimizeLbfgs(rosenbrock, new Float64Array(4).fill(-1), {
      ...options,
      onIteration: ({ iteration, value }) => {
        values.push(value);
        return iteration < 5;
      },
    });
    expect(minimum).toMatchObject({ reason: 'stopped', iterations: 5 });
    expect(values).toEqual(values.toSorted((a, b) => b - a));
  });

  test('a start at the minimum needs no step; a start that is not a number is refused', () => {
    expect(minimizeLbfgs(rosenbrock, new Float64Array(3).fill(1), options)).toMatchObject({
      reason: 'gradient',
      iterations: 0,
    });
    expect(() => minimizeLbfgs(rosenbrock, new Float64Array([NaN, 0]), options)).toThrow(RangeError);
  });

  test('a cliff that is not finite is stepped back from', () => {
    // −log(x) + x: not defined left of 0, minimum at 1. The first full step from 1e-3 jumps far.
    const barrier: Objective = (point, gradient) => {
      const x = point[0]!;
      gradient[0] = 1 - 1 / x;
      return x <= 0 ? Infinity : x - Math.log(x);
    };
    expect(minimizeLbfgs(barrier, new Float64Array([1e-3]), options).point[0]).toBeCloseTo(1, 7);
    expect(minimizeLbfgs(barrier, new Float64Array([50]), options).point[0]).toBeCloseTo(1, 7);
  });
});
