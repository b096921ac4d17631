import { clusterScaleRule, idleTimeRule } from '../rules/compute.ts';
import { identityRule } from '../rules/identity.ts';
import { tagLimitsRule } from '../rules/tag-limits.ts';
import { hasAnyKey, scalarText } from '../yaml-tree.ts';
import type { KindDefinition } from './kind.ts';

export const amlCompute: KindDefinition = {
  kind: 'amlCompute',
  title: 'compute cluster',
  schemaNames: ['amlCompute', 'compute'],
  looksLike(root) {
    const type = scalarText(root, 'type')?.toLowerCase();
    if (type !== undefined) return type === 'amlcompute' ? 20 : 0;
    if (hasAnyKey(root, ['endpoint_name', 'jobs', 'command', 'component', 'path', 'image'])) return 0;
    return hasAnyKey(root, ['size']) && hasAnyKey(root, ['min_instances', 'max_instances']) ? 15 : 1;
  },
  mayBeSupplied: ['name', 'type'],
  rules: [clusterScaleRule, idleTimeRule, identityRule, tagLimitsRule],
};
