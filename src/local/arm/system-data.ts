import type { TwinIdentity } from '../lifecycle/identity.ts';

/** The service writes 100 ns digits; clients parse either. */
export function isoTime(time: number): string {
  return new Date(time).toISOString().replace(/\.(\d{3})Z$/, '.$10000Z');
}

export function systemData(
  identity: TwinIdentity,
  stored: { readonly createdAt: number; readonly modifiedAt: number },
): object {
  return {
    createdAt: isoTime(stored.createdAt),
    createdBy: identity.objectId,
    createdByType: 'User',
    lastModifiedAt: isoTime(stored.modifiedAt),
    lastModifiedBy: identity.objectId,
    lastModifiedByType: 'User',
  };
}
