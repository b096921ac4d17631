import { batchAuthModeRule } from '../rules/batch-endpoint.ts';
import { tagLimitsRule } from '../rules/tag-limits.ts';
import { hasAnyKey } from '../yaml-tree.ts';
import type { KindDefinition } from './kind.ts';

export const batchEndpoint: KindDefinition = {
  kind: 'batchEndpoint',
  title: 'batch endpoint',
  schemaNames: ['batchEndpoint'],
  looksLike(root) {
    if (hasAnyKey(root, ['endpoint_name', 'instance_type', 'jobs', 'command', 'component', 'compute'])) {
      return 0;
    }
    return hasAnyKey(root, ['defaults']) ? 20 : 1;
  },
  mayBeSupplied: ['name'],
  rules: [batchAuthModeRule, tagLimitsRule],
};
