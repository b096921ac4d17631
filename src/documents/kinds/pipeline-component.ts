import { optionalBindingRule } from '../rules/component-inputs.ts';
import {
  componentNameRule,
  defaultValueRule,
  parameterRangeRule,
  sameNameRule,
} from '../rules/component-parameters.ts';
import { pipelineRules } from './pipeline-rules.ts';
import { componentScore } from './component-score.ts';
import type { KindDefinition } from './kind.ts';

export const pipelineComponent: KindDefinition = {
  kind: 'pipelineComponent',
  title: 'pipeline component',
  schemaNames: ['pipelineComponent'],
  looksLike: (root) => componentScore(root, 'pipeline'),
  mayBeSupplied: ['name'],
  rules: [
    ...pipelineRules,
    optionalBindingRule,
    componentNameRule,
    defaultValueRule,
    parameterRangeRule,
    sameNameRule,
  ],
};
