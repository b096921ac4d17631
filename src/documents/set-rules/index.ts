import { assetReferenceRule } from './asset-references.ts';
import { clusterSizeRule } from './cluster-sizes.ts';
import { duplicateNameRule } from './duplicate-names.ts';
import { endpointDeploymentRule, endpointNameRule } from './endpoints.ts';
import type { SetRule } from './set-rule.ts';

export const setRules: readonly SetRule[] = [
  endpointNameRule,
  endpointDeploymentRule,
  assetReferenceRule,
  duplicateNameRule,
  clusterSizeRule,
];
