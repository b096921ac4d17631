import { findVmSize } from '../../../card/index.ts';

/** Is this one of the sizes that managed online deployments take? Names are compared without case. */
export function isManagedOnlineSize(name: string): boolean {
  return findVmSize(name)?.managedOnline === true;
}
