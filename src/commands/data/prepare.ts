import { string as stringArgument } from '@oclif/core/args';
import { boolean, integer, option, string } from '@oclif/core/flags';
import { BaseCommand } from '../../cli/base-command.ts';
import { definedOnly } from '../../cli/defined-only.ts';
import { taskFlag } from '../../cli/generate-flags.ts';
import { parseShares } from '../../cli/parse-shares.ts';
import { connectOptions, targetFlags } from '../../cli/target-flags.ts';
import { renderPreparedData } from '../../cli/render-prepared-data.ts';

export default class DataPrepare extends BaseCommand {
  static override summary = 'Make training, validation and test data of labelled pictures.';
  static override description =
    'Reads class folders, pictures with a labels.csv, or a JSONL file, from a folder or a .zip; decodes every picture; ' +
    'splits by seed and label, copies of a picture together; and writes JSONL, MLTable, a label map and a manifest.';
  static override examples = [
    '<%= config.bin %> data prepare fridgeObjects --task multiclass --out data',
    '<%= config.bin %> data prepare multilabelFridgeObjects.zip --task multilabel --out data --split 80,10,10',
    '<%= config.bin %> data prepare fridgeObjects --task multiclass --out data --upload fridge-pictures --target local',
  ];

  static override args = {
    source: stringArgument({ required: true, description: 'folder, .zip file, or the web address of one' }),
  };

  static override flags = {
    out: string({
      char: 'o',
      required: true,
      description: 'folder of the data; what an earlier run made is replaced',
      helpValue: 'DIR',
    }),
    task: taskFlag({ required: true, default: undefined }),
    layout: option({
      options: ['folders', 'csv', 'jsonl'] as const,
      description: 'where the labels are; known by what is there when not given',
    })(),
    'label-separator': string({ description: 'between labels in one cell of a CSV; white space by default' }),
    seed: integer({ description: 'another seed splits otherwise', default: 1, min: 0 }),
    split: string({ description: 'shares of train, validation and test', default: '70,15,15' }),
    upload: string({
      description:
        'upload the pictures, register their folder as data of this name, and write azureml:// addresses',
      helpValue: 'NAME',
    }),
    ...targetFlags,
    'convert-to-rgb': boolean({
      description: 'write pictures that are not RGB as PNGs that are, instead of leaving them out',
    }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(DataPrepare);
    const { prepareData } = await import('../../actions/prepare-data.ts');
    const result = await prepareData({
      source: args.source,
      out: flags.out,
      task: flags.task,
      seed: flags.seed,
      shares: parseShares(flags.split),
      convertToRgb: flags['convert-to-rgb'],
      ...connectOptions(flags),
      ...definedOnly({
        upload: flags.upload,
        layout: flags.layout,
        labelSeparator: flags['label-separator'],
      }),
      host: this.host,
      signal: this.signal,
    });
    this.finish(flags, result, renderPreparedData);
  }
}
