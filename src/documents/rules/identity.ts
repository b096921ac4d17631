import type { Rule } from '../kinds/kind.ts';

export const identityRule: Rule = {
  name: 'identity',
  codes: ['identity'],
  check(document) {
    const type = document.sound('identity', 'type');
    const identities = document.sound('identity', 'user_assigned_identities');
    const given: readonly unknown[] = Array.isArray(identities) ? identities : [];
    for (const [index, identity] of given.entries()) {
      if (typeof identity === 'object' && identity !== null && 'resource_id' in identity) continue;
      const message = `identity.user_assigned_identities.${index} has no 'resource_id', the ARM id of the identity`;
      document.error('identity', message, 'identity', 'user_assigned_identities', String(index));
    }
    if (type !== 'user_assigned' || given.length > 0) return;
    if (document.diagnostics.some(({ pointer }) => pointer.startsWith('/identity'))) return;
    const message = "identity.type is 'user_assigned', but identity.user_assigned_identities names none";
    document.error('identity', message, 'identity', 'type');
  },
};
