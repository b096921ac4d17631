import seriesJson from './series.json' with { type: 'json' };
import { findVmSize } from './vm-sizes.ts';
import type { VmSize } from './vm-sizes.ts';

export type SizeLifecycle = Pick<VmSize, 'name' | 'retirement' | 'newSubscriptionCanDeploy'>;

const retiringSeries = seriesJson.series.map(({ pattern, retirement, newSubscriptionCanDeploy }) => ({
  pattern: new RegExp(pattern),
  retirement,
  newSubscriptionCanDeploy,
}));

/**
 * What is known of a size's lifecycle: from the catalogue, and for the many sizes outside of it from the series that
 * Azure has retired or announced to retire. undefined for one of neither.
 */
export function findLifecycle(name: string): SizeLifecycle | undefined {
  const lowerCase = name.toLowerCase();
  const size = findVmSize(name);
  if (size !== undefined) return size;
  const series = retiringSeries.find(({ pattern }) => pattern.test(lowerCase));
  if (series === undefined) return undefined;
  const { retirement, newSubscriptionCanDeploy } = series;
  return { name, retirement, newSubscriptionCanDeploy };
}
