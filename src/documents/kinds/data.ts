import { pathMissingRule } from '../rules/paths.ts';
import { hasAnyKey, scalarText } from '../yaml-tree.ts';
import type { KindDefinition } from './kind.ts';

const dataTypes = new Set(['uri_file', 'uri_folder', 'mltable']);

export const data: KindDefinition = {
  kind: 'data',
  title: 'data asset',
  schemaNames: ['data'],
  looksLike(root) {
    const type = scalarText(root, 'type')?.toLowerCase();
    if (hasAnyKey(root, ['endpoint_name', 'jobs', 'command', 'component', 'image', 'build', 'paths']))
      return 0;
    if (type === undefined) return 1;
    return dataTypes.has(type) ? 20 : 0;
  },
  mayBeSupplied: ['name', 'path'],
  rules: [pathMissingRule],
};
