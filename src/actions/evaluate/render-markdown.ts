import { placeText } from './evaluation-report.ts';
import type { EvaluationReport } from './evaluation-report.ts';
import { gateFigure } from './gate.ts';
import { headlineMetrics } from './headline-metrics.ts';
import { figure } from './html-text.ts';

/** The same in short, for a pull request or the summary of a CI run. */
export function renderMarkdown(report: EvaluationReport): string {
  const { models, task, gate, card } = report;
  const names = headlineMetrics[task].filter((name) =>
    models.some(({ metrics }) => metrics[name] !== undefined),
  );
  const lines = [
    `# Evaluation (${task})`,
    '',
    `Test data ${cell(report.testData)}, ${models[0]?.rows ?? 0} pictures, ${placeText[report.place]}.`,
    '',
    `| metric | ${models.map(({ name }) => cell(name)).join(' | ')} |`,
    `| --- | ${models.map(() => '---:').join(' | ')} |`,
    ...names.map((name) => `| ${name} | ${models.map(({ metrics }) => figure(metrics[name])).join(' | ')} |`),
  ];
  if (card !== null)
    lines.push(
      '',
      `The card states ${card.top1Percent} % top-1 and ${card.top5Percent} % top-5 on ImageNet.`,
    );
  if (gate.length > 0)
    lines.push(
      '',
      '## Gate',
      '',
      ...gate.map(
        (outcome) =>
          `- ${outcome.passed ? 'passed' : '**failed**'}: ${cell(outcome.model)}, ${outcome.metric} ${gateFigure(outcome)}, required ${outcome.operator} ${outcome.bound}`,
      ),
    );
  for (const model of models) {
    const worst = [...model.perClass].sort((a, b) => a.f1 - b.f1).slice(0, 10);
    lines.push(
      '',
      `## ${cell(model.name)}`,
      '',
      ...model.notes.map((note) => `- ${cell(note)}`),
      '',
      '| label | precision | recall | F1 | pictures |',
      '| --- | ---: | ---: | ---: | ---: |',
    );
    lines.push(
      ...worst.map(
        (row) =>
          `| ${cell(row.label)} | ${figure(row.precision)} | ${figure(row.recall)} | ${figure(row.f1)} | ${row.support} |`,
      ),
    );
    if (worst.length < model.perClass.length)
      lines.push('', `The 10 labels with the lowest F1 of ${model.perClass.length}.`);
  }
  return `${lines.join('\n').replaceAll(/\n{3,}/g, '\n\n')}\n`;
}

/** Labels and names are text of anybody: nothing in them is Markdown, HTML or the end of a cell. */
function cell(text: string): string {
  return text
    .replaceAll(/\p{Cc}+/gu, ' ')
    .replaceAll(/[\\`*_{}[\]()#+!|<>&~@]/g, (mark) =>
      mark === '<' ? '&lt;' : mark === '>' ? '&gt;' : mark === '&' ? '&amp;' : `\\${mark}`,
    );
}
