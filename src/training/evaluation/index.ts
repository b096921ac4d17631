export { readEvaluationConfig } from './evaluation-config.ts';
export { artifactData, writeEvaluationResult } from './evaluation-result.ts';
export { readLabelColumn, readProbabilities } from './json-lines.ts';
