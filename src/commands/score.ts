import { boolean, integer, option, string } from '@oclif/core/flags';
import type { ScorePicturesResult } from '../actions/score-pictures.ts';
import { BaseCommand } from '../cli/base-command.ts';
import { readTopK } from '../cli/batch-flags.ts';
import { definedOnly } from '../cli/defined-only.ts';
import { keepYoungGenerationSmall, printableLine } from '../io/index.ts';

export default class Score extends BaseCommand {
  static override summary = 'Score a folder or table of pictures: what each node of a batch job runs.';
  static override description =
    'Writes predictions as JSON lines and CSV, and a manifest. Every picture is one row: its path or id, its classes or its ' +
    'error. Run again after an interruption, it continues after the last row on the disk. Several processes share the ' +
    'input by --rank and --world-size, or by the variables of a launcher (RANK and WORLD_SIZE, or those of MPI).';
  static override examples = [
    '<%= config.bin %> score --model my-package --input pictures --output out/scores',
    '<%= config.bin %> score --model my-package --input list.csv --column image --top-k all --output out/scores',
    '<%= config.bin %> score --model my-package --input pictures --output out/scores --rank 0 --world-size 2',
  ];
  static override flags = {
    model: string({
      description: 'model package, or a folder above one; AZUREML_MODEL_DIR by default',
      helpValue: 'DIR',
    }),
    input: string({
      required: true,
      description: 'folder of pictures at any depth, picture, CSV, TSV, JSONL, or folder with an MLTable',
      helpValue: 'PATH',
    }),
    output: string({
      required: true,
      description: 'empty folder, or that of an interrupted run',
      helpValue: 'DIR',
    }),
    'top-k': string({ default: '5', description: 'classes of a row, or all for every probability' }),
    features: boolean({ description: 'the CLS features instead of classes' }),
    format: option({
      options: ['jsonl', 'csv', 'azureml'] as const,
      multiple: true,
      multipleNonGreedy: true,
      description:
        "beside JSON lines: csv by default; azureml: the samples' headerless predictions.csv; may be repeated",
    })(),
    profile: option({
      options: ['checkpoint', 'card', 'deit', 'timm'] as const,
      description: 'preprocessing; what the package says by default',
    })(),
    column: string({ description: 'tables: the column with the pictures (paths, addresses or base64)' }),
    'id-column': string({ description: 'tables: the column that names the rows; id by default' }),
    'append-to': string({
      description:
        "azureml: the first process joins everybody's rows in this file, and removes what they were joined from",
      helpValue: 'NAME',
    }),
    'summary-only': boolean({ description: 'azureml: leave no rows, only count' }),
    'files-per-turn': integer({
      min: 1,
      description: 'deal files out in turn, so many in a row; by default the hash of a path decides',
    }),
    rank: integer({ min: 0, description: 'which of the processes this is' }),
    'world-size': integer({ min: 1, description: 'how many processes share the input' }),
    'error-threshold': string({
      default: '-1',
      description: 'how many pictures may fail: a count, a share such as 5%, or -1',
    }),
    retries: integer({ default: 3, min: 0, max: 20, description: 'further tries to read a picture' }),
    'mini-batch': integer({
      default: 64,
      min: 32,
      description: 'rows that a killed process scores again at most',
    }),
    'rows-per-part': integer({ default: 100_000, min: 1, description: 'rows of one output file' }),
    threads: integer({ min: 1, description: 'threads of one batch; OMP_NUM_THREADS or all by default' }),
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(Score);
    keepYoungGenerationSmall();
    const { scorePictures } = await import('../actions/score-pictures.ts');
    const { model, features, profile, column, rank, retries, threads } = flags;
    const result = await scorePictures({
      input: flags.input,
      output: flags.output,
      topK: readTopK(flags['top-k']),
      features,
      retries,
      ...definedOnly({ model, profile, column, rank, threads, formats: flags.format }),
      ...definedOnly({ appendTo: flags['append-to'], filesPerTurn: flags['files-per-turn'] }),
      summaryOnly: flags['summary-only'],
      ...definedOnly({ idColumn: flags['id-column'], worldSize: flags['world-size'] }),
      errorThreshold: flags['error-threshold'],
      miniBatch: flags['mini-batch'],
      rowsPerPart: flags['rows-per-part'],
      host: this.host,
      signal: this.signal,
    });
    this.finish(flags, result, render);
  }
}

function render(result: ScorePicturesResult): string {
  const { rows, errors, errorsByCode, skipped, kept, output, rank, worldSize } = result;
  const list = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ');
  const lines = [
    `${rows} rows in ${output}${worldSize === 1 ? '' : ` (rank ${rank} of ${worldSize})`}` +
      `${kept === 0 ? '' : `, ${kept} of them from before`}: ${result.picturesPerSecond.toFixed(1)} pictures a second`,
    ...(errors === 0 ? [] : [`${errors} failed: ${list(errorsByCode)}`]),
    ...(Object.keys(skipped).length === 0 ? [] : [`left out by their names: ${list(skipped)}`]),
  ];
  return `${lines.map(printableLine).join('\n')}\n`;
}
