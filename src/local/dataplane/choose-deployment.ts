import type { OnlineEndpointRecord } from '../arm/online/records.ts';

/**
 * The deployment that a request goes to: by weight. `draw` is from 0 up to, not including, 1.
 */
export function chooseByWeight(traffic: OnlineEndpointRecord['traffic'], draw: number): string | undefined {
  const weights = Object.entries(traffic).filter(([, weight]) => weight > 0);
  const sum = weights.reduce((total, [, weight]) => total + weight, 0);
  let rest = draw * sum;
  for (const [name, weight] of weights) {
    rest -= weight;
    if (rest < 0) return name;
  }
  return weights.at(-1)?.[0];
}
