import type { KindDefinition } from './kind.ts';

export const config: KindDefinition = {
  kind: 'config',
  title: 'aml-deit project',
  schemaNames: ['config'],
  looksLike: (_root, file) => (/(?:^|[/\\])aml-deit\.yml$/.test(file) ? 30 : 0),
  mayBeSupplied: [],
  rules: [],
};
