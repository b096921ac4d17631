import { BaseCommand } from '../../cli/base-command.ts';
import { evaluateFlags, evaluateOptions } from '../../cli/evaluate-flags.ts';
import { renderEvaluation } from '../../cli/render-evaluation.ts';

export default class EvaluateMultilabel extends BaseCommand {
  static override summary = 'Evaluate models on pictures with any number of labels each, and write a report.';
  static override description =
    "Registered models are scored by the registry's pinned components, a job each, all at the same time; folders on this machine. " +
    'Every metric is as azureml-metrics computes it. The report is one HTML file, with Markdown and JSON beside it.';
  static override examples = [
    '<%= config.bin %> evaluate multilabel --model azureml:fridge:1 --model azureml:fridge:2 --create-compute --target local',
    '<%= config.bin %> evaluate multilabel --model out/package --profiles all --gate "f1_score_macro>=0.85"',
  ];
  static override flags = evaluateFlags;

  override async run(): Promise<void> {
    const { flags } = await this.parse(EvaluateMultilabel);
    const { evaluateModels } = await import('../../actions/evaluate-models.ts');
    const result = await evaluateModels({
      ...evaluateOptions('multilabel', flags),
      host: this.host,
      signal: this.signal,
    });
    this.finish(flags, result, renderEvaluation, result.passed ? 0 : 1);
  }
}
