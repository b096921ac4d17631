import type { VmSize, VmSizeRetirement } from './vm-sizes.ts';

export interface RetirementState {
  readonly retired: boolean;
  readonly retirement: VmSizeRetirement;
  /** Regions in which the size outlives both the retirement and `day`. */
  readonly regionalExceptions: VmSizeRetirement['regionalExceptions'];
}

/**
 * What is known of a size's retirement on a day (`YYYY-MM-DD`): undefined when none is announced by then. On the day
 * of the retirement itself the size counts as retired.
 */
export function retirementState(size: Pick<VmSize, 'retirement'>, day: string): RetirementState | undefined {
  const { retirement } = size;
  if (retirement === null) return undefined;
  const retired = day >= retirement.date;
  if (!retired && retirement.announced !== null && day < retirement.announced) return undefined;
  return {
    retired,
    retirement,
    regionalExceptions: retirement.regionalExceptions.filter(({ until }) => until === null || day < until),
  };
}
