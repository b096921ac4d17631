import { pathMissingRule } from '../rules/paths.ts';
import { hasAnyKey, scalarText } from '../yaml-tree.ts';
import type { KindDefinition } from './kind.ts';

const modelTypes = new Set(['custom_model', 'mlflow_model', 'triton_model']);

export const model: KindDefinition = {
  kind: 'model',
  title: 'model',
  schemaNames: ['model'],
  looksLike(root) {
    const type = scalarText(root, 'type')?.toLowerCase();
    if (hasAnyKey(root, ['endpoint_name', 'jobs', 'command', 'component', 'image', 'build', 'paths']))
      return 0;
    if (type !== undefined) return modelTypes.has(type) ? 20 : 0;
    return hasAnyKey(root, ['path']) && hasAnyKey(root, ['flavors', 'stage']) ? 15 : 1;
  },
  mayBeSupplied: ['name', 'path'],
  rules: [pathMissingRule],
};
