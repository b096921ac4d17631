import { identityRule } from '../rules/identity.ts';
import { tagLimitsRule } from '../rules/tag-limits.ts';
import { mirrorAndLiveRule, mirrorTrafficRule, trafficSumRule } from '../rules/traffic.ts';
import { hasAnyKey, scalarText } from '../yaml-tree.ts';
import type { KindDefinition } from './kind.ts';

export const managedOnlineEndpoint: KindDefinition = {
  kind: 'managedOnlineEndpoint',
  title: 'managed online endpoint',
  schemaNames: ['managedOnlineEndpoint'],
  looksLike(root) {
    if (hasAnyKey(root, ['endpoint_name', 'instance_type', 'jobs', 'command', 'component', 'compute']))
      return 0;
    if (hasAnyKey(root, ['traffic', 'mirror_traffic'])) return 20;
    const authMode = scalarText(root, 'auth_mode')?.toLowerCase();
    if (authMode !== undefined) return hasAnyKey(root, ['defaults']) ? 0 : 12;
    return hasAnyKey(root, ['path', 'image', 'build', 'inputs', 'type', 'defaults']) ? 0 : 1;
  },
  mayBeSupplied: ['name'],
  rules: [trafficSumRule, mirrorTrafficRule, mirrorAndLiveRule, identityRule, tagLimitsRule],
};
