import { tableColumnsRule, tablePathRule, tableReaderRule } from '../rules/mltable.ts';
import { hasAnyKey } from '../yaml-tree.ts';
import type { KindDefinition } from './kind.ts';

export const mltable: KindDefinition = {
  kind: 'mltable',
  title: 'MLTable',
  schemaNames: ['MLTable'],
  looksLike(root, file) {
    if (hasAnyKey(root, ['jobs', 'command', 'component', 'endpoint_name', 'path'])) return 0;
    if (/(?:^|[/\\])MLTable$/i.test(file)) return 30;
    return hasAnyKey(root, ['paths']) ? 15 : 1;
  },
  mayBeSupplied: [],
  rules: [tablePathRule, tableReaderRule, tableColumnsRule],
};
