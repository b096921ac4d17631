export { readEvaluationConfig } from './evaluation-config.ts';
export { writeEvaluationResult } from './evaluation-result.ts';
export { readLabelColumn, readProbabilities } from './json-lines.ts';
