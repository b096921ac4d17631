import {
  commandBracketsRule,
  commandExpressionRule,
  optionalInputRule,
} from '../rules/command-expressions.ts';
import {
  componentNameRule,
  defaultValueRule,
  parameterRangeRule,
  sameNameRule,
} from '../rules/component-parameters.ts';
import { environmentSourceRule } from '../rules/environment.ts';
import { processCountRule } from '../rules/job-processes.ts';
import { jobPathsRule } from '../rules/job-paths.ts';
import { unpinnedReferenceRule } from '../rules/references.ts';
import { componentScore } from './component-score.ts';
import type { KindDefinition } from './kind.ts';

export const commandComponent: KindDefinition = {
  kind: 'commandComponent',
  title: 'command component',
  schemaNames: ['commandComponent'],
  looksLike: (root) => componentScore(root, 'command'),
  mayBeSupplied: ['name'],
  rules: [
    // Errors of a command silence what is said of it after them.
    optionalInputRule,
    commandBracketsRule,
    commandExpressionRule,
    componentNameRule,
    defaultValueRule,
    parameterRangeRule,
    sameNameRule,
    environmentSourceRule,
    processCountRule,
    jobPathsRule,
    unpinnedReferenceRule,
  ],
};
