import {
  commandBracketsRule,
  commandExpressionRule,
  optionalInputRule,
} from '../rules/command-expressions.ts';
import { inputValueRule, missingInputRule, unknownInputRule } from '../rules/component-inputs.ts';
import { unknownOutputRule } from '../rules/component-outputs.ts';
import {
  deepspeedUseRule,
  evaluationInputsRule,
  gradNormRule,
  labelSmoothingRule,
  metricTaskRule,
  modelSourceRule,
  ortRule,
  predictionColumnsRule,
  schedulerRule,
  strategyRule,
} from '../rules/finetune-settings.ts';
import { outputBoundTwiceRule, outputVersionRule } from '../rules/job-outputs.ts';
import { processCountRule } from '../rules/job-processes.ts';
import { pipelineCycleRule } from '../rules/pipeline-cycle.ts';
import { expressionTargetRule, legacyExpressionRule } from '../rules/pipeline-expressions.ts';
import { inputTypeRule, outputTypeRule } from '../rules/pipeline-types.ts';
import { jobPathsRule } from '../rules/job-paths.ts';
import { unpinnedReferenceRule } from '../rules/references.ts';
import { withdrawnComponentRule, wrongComponentRule } from '../rules/wrong-component.ts';
import type { Rule } from './kind.ts';

/** What holds for the nodes of a pipeline, be it a job or a component. */
export const pipelineRules: readonly Rule[] = [
  wrongComponentRule,
  withdrawnComponentRule,
  jobPathsRule,
  expressionTargetRule,
  legacyExpressionRule,
  pipelineCycleRule,
  unknownInputRule,
  unknownOutputRule,
  inputTypeRule,
  inputValueRule,
  outputTypeRule,
  outputBoundTwiceRule,
  outputVersionRule,
  processCountRule,
  // Errors of a command silence what is said of it after them.
  optionalInputRule,
  commandBracketsRule,
  commandExpressionRule,
  unpinnedReferenceRule,
  strategyRule,
  metricTaskRule,
  gradNormRule,
  labelSmoothingRule,
  ortRule,
  deepspeedUseRule,
  schedulerRule,
  predictionColumnsRule,
  evaluationInputsRule,
  // About whole nodes: after them nothing more is said of what is in the node.
  modelSourceRule,
  missingInputRule,
];
