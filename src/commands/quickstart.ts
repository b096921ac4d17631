import { isAbsolute, relative } from 'node:path';
import { boolean, integer, string } from '@oclif/core/flags';
import { BaseCommand } from '../cli/base-command.ts';
import { definedOnly } from '../cli/defined-only.ts';
import { formatTable } from '../cli/format-table.ts';
import type { QuickstartResult } from '../actions/quickstart.ts';

export default class Quickstart extends BaseCommand {
  static override summary = 'From nothing to a deployed classifier on the local twin.';
  static override description =
    'Makes a small checkpoint, draws pictures of four fridge objects, fits the head, exports, deploys, classifies. ' +
    'The twin stays up.';
  static override flags = {
    checkpoint: string({
      description: 'a Hugging Face ViT or DeiT folder as the backbone, instead of a random one',
    }),
    'shuffle-labels': boolean({ description: 'shuffle the training labels, to see accuracy fall to chance' }),
    out: string({ default: 'out/quickstart', description: 'folder for checkpoint, pictures and package' }),
    seed: integer({ default: 1, min: 0, description: 'another seed draws other pictures and weights' }),
    'train-pictures': integer({ min: 5, max: 2000, description: 'training pictures a class [default: 250]' }),
    'test-pictures': integer({ min: 1, max: 1000, description: 'held-out pictures a class [default: 50]' }),
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(Quickstart);
    const { quickstart } = await import('../actions/quickstart.ts');
    const result = await quickstart({
      host: this.host,
      signal: this.signal,
      out: flags.out,
      seed: flags.seed,
      shuffleLabels: flags['shuffle-labels'],
      ...definedOnly({
        checkpoint: flags.checkpoint,
        trainPictures: flags['train-pictures'],
        testPictures: flags['test-pictures'],
      }),
    });
    this.finish(flags, result, render);
  }
}

function render(result: QuickstartResult): string {
  const shown = result.examples.map(({ image, ...example }) => ({
    ...example,
    image: shortest(image),
  }));
  const table = formatTable(
    ['picture', 'is', 'classified as', 'probability'],
    shown.map(({ image, label, predicted, score }) => [
      image,
      label,
      predicted,
      `${(100 * score).toFixed(1)} %`,
    ]),
  );
  // From a clone there is no `aml-deit` on the path; npm says which of its scripts runs.
  const run =
    process.env['npm_lifecycle_event'] === 'quickstart' ? 'npm run --silent aml-deit --' : 'aml-deit';
  return [
    '',
    table,
    `${result.correct} of ${result.total} held-out pictures right (${(100 * result.accuracy).toFixed(0)} %; guessing: ${(100 * result.chance).toFixed(0)} %)${result.shuffledLabels ? ', trained on shuffled labels' : ''}`,
    `endpoint ${result.endpoint}, deployment ${result.deployment}${result.deployed ? '' : ', there already'}: ${result.scoringUri ?? ''}`,
    'simulated Azure ML on this machine; the classifier and its answers are real',
    '',
    'try next:',
    `  ${run} invoke online --target local --endpoint ${result.endpoint} --image ${shown[0]?.image ?? 'PICTURE'}`,
    `  ${run} endpoint show ${result.endpoint} --target local`,
    `  ${run} endpoint logs ${result.endpoint} --target local`,
    `  ${run} local status`,
    `  ${run} local down`,
  ].join('\n');
}

/** As seen from here, unless it lies elsewhere. */
function shortest(file: string): string {
  const here = relative(process.cwd(), file);
  return here.startsWith('..') || isAbsolute(here) ? file : here;
}
