import { retirementState } from './retirement-state.ts';
import type { RetirementState } from './retirement-state.ts';
import type { SkuFinding } from './sku-finding.ts';
import { closedToNewSubscriptionsSince, lifecycleSource } from './vm-sizes.ts';
import type { VmSize } from './vm-sizes.ts';

/** What the lifecycle says against a size on a day (`YYYY-MM-DD`): retired, to be retired, closed. */
export function lifecycleFindings(
  size: Pick<VmSize, 'name' | 'retirement' | 'newSubscriptionCanDeploy'>,
  day: string,
): SkuFinding[] {
  const findings: SkuFinding[] = [];
  const state = retirementState(size, day);
  if (state !== undefined) {
    const { date, url } = state.retirement;
    const facts = { date, source: url, regionalExceptions: state.regionalExceptions, sku: size.name };
    const exceptions = describeExceptions(state.regionalExceptions);
    if (state.retired) {
      const except = exceptions === '' ? '' : `, except in ${exceptions}`;
      const message = `${size.name} was retired on ${date}${except} (${url})`;
      return [{ severity: 'error', code: 'sku-retired', message, ...facts }];
    }
    const except = exceptions === '' ? '' : `, except in ${exceptions}`;
    const message = `${size.name} will be retired on ${date}${except} (${url})`;
    findings.push({ severity: 'warning', code: 'sku-retirement-announced', message, ...facts });
  }
  if (size.newSubscriptionCanDeploy === false && day >= closedToNewSubscriptionsSince) {
    findings.push({
      severity: 'warning',
      code: 'sku-closed-to-new-subscriptions',
      message: `${size.name} is closed to new subscriptions since ${closedToNewSubscriptionsSince} (${lifecycleSource})`,
      sku: size.name,
      since: closedToNewSubscriptionsSince,
      source: lifecycleSource,
    });
  }
  return findings;
}

function describeExceptions(exceptions: RetirementState['regionalExceptions']): string {
  return exceptions
    .map(({ region, until }) => (until === null ? region : `${region} until ${until}`))
    .join(', ');
}
