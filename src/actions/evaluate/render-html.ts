import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../io/index.ts';
import { confusionChart } from './confusion-chart.ts';
import { placeText } from './evaluation-report.ts';
import type { EvaluationReport, ModelReport } from './evaluation-report.ts';
import { gateFigure } from './gate.ts';
import { headlineMetrics, shownMetrics } from './headline-metrics.ts';
import { figure, html, labelList, metricName, percent } from './html-text.ts';
import { lineChart } from './line-chart.ts';

const shownClasses = 60;

/** One file with everything in it: no script, no address outside it, for a screen of any width and for paper. */
export async function renderHtml(report: EvaluationReport): Promise<string> {
  const template = await readFile(join(packageRoot(), 'templates', 'report', 'report.html'), 'utf8');
  const [first] = report.models;
  const title =
    report.models.length === 1
      ? `Evaluation of ${first?.name ?? ''}`
      : `Evaluation of ${report.models.length} models`;
  const body = [
    `<h1>${html(title)}</h1>`,
    `<p class="soft">${html(report.task)}, test data ${html(report.testData)}, ${first?.rows ?? 0} pictures, ${html(placeText[report.place])}</p>`,
    gate(report),
    headline(report),
    cardFigures(report),
    report.models.length > 1 ? sideBySide(report) : '',
    ...report.models.map((model) => modelSections(model, report)),
    allMetrics(report),
  ].join('\n');
  // Functions, because labels may hold what a replacement text means by "$&".
  return template.replace('<report_title>', () => html(title)).replace('<report_body>', () => body);
}

function gate({ gate: outcomes }: EvaluationReport): string {
  if (outcomes.length === 0) return '';
  const items = outcomes.map(
    (outcome) =>
      `<li class="${outcome.passed ? 'pass' : 'fail'}">${outcome.passed ? 'passed' : 'failed'}: ${html(outcome.model)}, ${html(outcome.metric)} ${gateFigure(outcome)}, required ${html(outcome.operator)} ${outcome.bound}</li>`,
  );
  return `<h2>Gate</h2><ul>${items.join('')}</ul>`;
}

function headline({ task, models }: EvaluationReport): string {
  return models
    .map((model) => {
      const cards = headlineMetrics[task]
        .filter((name) => model.metrics[name] !== undefined)
        .map(
          (name) =>
            `<div class="card"><b>${figure(model.metrics[name])}</b><span>${metricName(name)}</span></div>`,
        );
      return `${models.length > 1 ? `<h3>${html(model.name)}</h3>` : ''}<div class="cards">${cards.join('')}</div>${notes(model)}`;
    })
    .join('');
}

function notes(model: ModelReport): string {
  return model.notes.map((note) => `<p class="soft">${html(note)}</p>`).join('');
}

function cardFigures({ card, models }: EvaluationReport): string {
  if (card === null) return '';
  const rows = models.map(
    ({ name, metrics }) =>
      `<tr><td>${html(name)}</td><td class="n">${percent(metrics['accuracy'] ?? NaN)}</td><td class="n">${metrics['top_5_accuracy'] === undefined ? 'n/a' : percent(metrics['top_5_accuracy'] ?? NaN)}</td></tr>`,
  );
  return `<h2>Beside the model card</h2><div class="scroll"><table><tr><th></th><th class="n">top-1</th><th class="n">top-5</th></tr><tr><td>the card, ImageNet</td><td class="n">${card.top1Percent} %</td><td class="n">${card.top5Percent} %</td></tr>${rows.join('')}</table></div>`;
}

function sideBySide({ models, task }: EvaluationReport): string {
  const names = headlineMetrics[task].filter((name) =>
    models.some(({ metrics }) => metrics[name] !== undefined),
  );
  return `<h2>Models side by side</h2>${metricTable(models, names)}`;
}

function allMetrics({ models }: EvaluationReport): string {
  return `<h2>All metrics</h2><p class="soft">As azureml-metrics computes them; n/a where a metric is undefined for these rows.</p>${metricTable(models, shownMetrics(models))}`;
}

function metricTable(models: readonly ModelReport[], names: readonly string[]): string {
  const head = models.map(({ name }) => `<th class="n">${html(name)}</th>`).join('');
  const rows = names.map((name) => {
    const values = models.map(({ metrics }) => metrics[name]);
    const finite = values.filter((value): value is number => typeof value === 'number');
    const best = name === 'log_loss' ? Math.min(...finite) : Math.max(...finite);
    const cells = values.map(
      (value) => `<td class="n${models.length > 1 && value === best ? ' best' : ''}">${figure(value)}</td>`,
    );
    return `<tr><td class="name">${metricName(name)}</td>${cells.join('')}</tr>`;
  });
  return `<div class="scroll"><table><tr><th>metric</th>${head}</tr>${rows.join('')}</table></div>`;
}

function modelSections(model: ModelReport, report: EvaluationReport): string {
  const of = report.models.length > 1 ? `: ${html(model.name)}` : '';
  return [
    model.confusion === null
      ? ''
      : `<h2>Confusion matrix${of}</h2><p class="soft">Rows are the truth, columns the prediction.</p>${confusionChart(model.classes, model.confusion)}`,
    confusedPairs(model, of),
    charts(model, of),
    perClass(model, of),
    mistakes(model, of),
  ].join('');
}

function confusedPairs({ confusedPairs: pairs, confusion }: ModelReport, of: string): string {
  if (confusion !== null || pairs.length === 0) return '';
  const rows = pairs.map(
    ({ truth, predicted, count }) =>
      `<tr><td>${html(truth)}</td><td>${html(predicted)}</td><td class="n">${count}</td></tr>`,
  );
  return `<h2>Most frequent confusions${of}</h2><div class="scroll"><table><tr><th>truth</th><th>prediction</th><th class="n">pictures</th></tr>${rows.join('')}</table></div>`;
}

function perClass({ perClass: classes }: ModelReport, of: string): string {
  const shown =
    classes.length > shownClasses ? [...classes].sort((a, b) => a.f1 - b.f1).slice(0, shownClasses) : classes;
  const rows = shown.map(
    (row) =>
      `<tr><td>${html(row.label)}</td><td class="n">${figure(row.precision)}</td><td class="n">${figure(row.recall)}</td><td class="n">${figure(row.f1)}</td><td class="n">${row.support}</td></tr>`,
  );
  const more =
    shown.length < classes.length
      ? `<p class="soft">The ${shown.length} labels with the lowest F1 of ${classes.length}.</p>`
      : '';
  return `<h2>By label${of}</h2>${more}<div class="scroll"><table><tr><th>label</th><th class="n">precision</th><th class="n">recall</th><th class="n">F1</th><th class="n">pictures</th></tr>${rows.join('')}</table></div>`;
}

function charts(model: ModelReport, of: string): string {
  const made: string[] = [];
  const named = ({ name, points, value }: ModelReport['roc'][number]) => ({
    name: `${name} (${figure(value)})`,
    points,
  });
  if (model.roc.length > 0)
    made.push(
      lineChart({
        title: 'ROC',
        xLabel: 'false-positive rate',
        yLabel: 'true-positive rate',
        series: model.roc.map(named),
        diagonal: true,
      }),
    );
  if (model.precisionRecall.length > 0)
    made.push(
      lineChart({
        title: 'Precision and recall',
        xLabel: 'recall',
        yLabel: 'precision',
        series: model.precisionRecall.map(named),
      }),
    );
  if (model.reliability !== null) {
    const bins = model.reliability.bins.filter(({ count }) => count > 0);
    made.push(
      lineChart({
        title: 'Reliability',
        xLabel: 'claimed probability',
        yLabel: 'share that was right',
        series: [
          {
            name: `expected calibration error ${figure(model.reliability.expectedError)}`,
            points: bins.map(({ confidence, accuracy }) => [confidence, accuracy]),
          },
        ],
        diagonal: true,
      }),
    );
  }
  if (model.sweep.length > 0)
    made.push(
      lineChart({
        title: 'Threshold (an addition: the metrics use 0.5)',
        xLabel: 'threshold',
        yLabel: 'micro average',
        series: (['precision', 'recall', 'f1'] as const).map((name) => ({
          name,
          points: model.sweep.map((point) => [point.threshold, point[name]]),
        })),
      }),
    );
  return made.length === 0 ? '' : `<h2>Curves${of}</h2><div class="charts">${made.join('')}</div>`;
}

function mistakes({ mistakes: worst }: ModelReport, of: string): string {
  if (worst.length === 0) return '';
  const items = worst.map(({ picture, truth, predicted, confidence, thumbnail }) => {
    const image =
      thumbnail === null ? '' : `<img src="${html(thumbnail)}" alt="${html(picture ?? 'a picture')}">`;
    return `<figure>${image}<figcaption>${html(picture ?? '')}<br>is <b>${labelList(truth)}</b><br>taken for <b>${labelList(predicted)}</b>, ${percent(confidence)}</figcaption></figure>`;
  });
  return `<h2>Worst mistakes${of}</h2><p class="soft">Those of which the model was surest.</p><div class="mistakes">${items.join('')}</div>`;
}
