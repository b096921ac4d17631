import { BaseCommand } from '../../cli/base-command.ts';
import { finetuneFlags, finetuneOptions, renderFinetune } from '../../cli/finetune-flags.ts';

export default class FinetuneMultilabel extends BaseCommand {
  static override summary = 'Fine-tune the model on pictures with any number of labels each.';
  static override description = `Submits the registry's fine-tune pipeline at a pinned version, watches it, registers the MLflow model, and makes a model
package of the checkpoint. The same command run again finds its job instead of starting another. The local twin trains
for real, a linear probe on frozen features, and says which settings it ignores.`;
  static override examples = [
    '<%= config.bin %> finetune multilabel --training-data data/train --validation-data data/validation --test-data data/test --create-compute --target local',
    '<%= config.bin %> finetune multilabel --file finetune-pipeline.yml --set number_of_epochs=5 --deploy --endpoint deit',
    '<%= config.bin %> finetune multilabel --no-wait --json',
  ];
  static override flags = { ...finetuneFlags };

  override async run(): Promise<void> {
    const { flags } = await this.parse(FinetuneMultilabel);
    const { finetuneModel } = await import('../../actions/finetune-model.ts');
    const result = await finetuneModel({
      ...finetuneOptions('multilabel', flags),
      host: this.host,
      signal: this.signal,
    });
    this.finish(flags, result, renderFinetune);
  }
}
