import type { BodyShape } from '../http/validate.ts';

export const text: BodyShape = { type: 'string' };
export const flag: BodyShape = { type: 'boolean' };
export const ignored: BodyShape = { type: 'ignored' };
export const textMap: BodyShape = { type: 'map', values: text };

/** Members of every resource that the service owns and clients may send back. */
export const envelope = {
  id: ignored,
  name: ignored,
  type: ignored,
  systemData: ignored,
  etag: ignored,
} as const;

/** What clients put into string maps and the service turns into strings: `hash_version: 202208`. */
export const looseMap: BodyShape = { type: 'map', values: ignored };

/** Of endpoints and their deployments. */
export const managedIdentity: BodyShape = {
  type: 'object',
  members: {
    type: {
      type: 'string',
      oneOf: ['None', 'SystemAssigned', 'UserAssigned', 'SystemAssigned,UserAssigned'],
    },
    userAssignedIdentities: ignored,
    principalId: ignored,
    tenantId: ignored,
  },
};
