import type { EvaluateModelsResult } from '../actions/evaluate-models.ts';
import { gateFigure, gateMiss } from '../actions/evaluate/gate.ts';
import { headlineMetrics } from '../actions/evaluate/headline-metrics.ts';
import { figure } from '../actions/evaluate/html-text.ts';
import { printableLine } from '../io/index.ts';
import { formatTable } from './format-table.ts';

/** The first figures of each model, the gate, and where the report is. */
export function renderEvaluation(result: EvaluateModelsResult): string {
  const { models, task, gate, files } = result;
  const names = headlineMetrics[task].filter((name) =>
    models.some(({ metrics }) => metrics[name] !== undefined),
  );
  const table = formatTable(
    ['metric', ...models.map(({ name }) => name)],
    names.map((name) => Array.of<string>(name).concat(models.map(({ metrics }) => figure(metrics[name])))),
  );
  return [
    table.trimEnd(),
    ...models.flatMap(({ name, notes }) => notes.map((note) => printableLine(`${name}: ${note}`))),
    ...gate.map((outcome) => {
      const { model, metric, operator, bound, passed } = outcome;
      return printableLine(
        `gate ${passed ? 'passed' : 'MISSED'}: ${model} ${metric} ${gateFigure(outcome)} ${operator} ${bound}${gateMiss(outcome)}`,
      );
    }),
    `report: ${printableLine(files.html)}`,
  ].join('\n');
}
