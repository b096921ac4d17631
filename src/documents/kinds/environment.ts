import { environmentSourceRule, routePathRule, routePortRule } from '../rules/environment.ts';
import { pathMissingRule } from '../rules/paths.ts';
import { unpinnedImageRule } from '../rules/references.ts';
import { hasAnyKey } from '../yaml-tree.ts';
import type { KindDefinition } from './kind.ts';

export const environment: KindDefinition = {
  kind: 'environment',
  title: 'environment',
  schemaNames: ['environment'],
  looksLike(root) {
    if (hasAnyKey(root, ['endpoint_name', 'jobs', 'command', 'component', 'type', 'path', 'environment'])) {
      return 0;
    }
    if (hasAnyKey(root, ['image', 'build', 'conda_file'])) return 20;
    return hasAnyKey(root, ['inference_config', 'os_type']) ? 15 : 1;
  },
  mayBeSupplied: ['name'],
  rules: [environmentSourceRule, routePathRule, routePortRule, unpinnedImageRule, pathMissingRule],
};
