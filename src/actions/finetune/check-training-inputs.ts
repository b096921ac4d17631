import type { Members } from './finetune-document.ts';
import { optionsInvalid } from '../generate/check-values.ts';

interface Range {
  readonly isWhole: boolean;
  readonly fits: (value: number) => boolean;
  readonly expected: string;
}

const counts: Range = {
  isWhole: true,
  fits: (value) => value >= 1,
  expected: 'a whole number of at least 1',
};
const notNegative: Range = {
  isWhole: false,
  fits: (value) => value >= 0,
  expected: 'a number of at least 0',
};

/** What no training can do anything with. `max_steps` of -1 or 0 is "no limit", and not among them. */
const ranges: Readonly<Record<string, Range>> = {
  instance_count: counts,
  process_count_per_instance: counts,
  number_of_epochs: counts,
  training_batch_size: counts,
  validation_batch_size: counts,
  test_batch_size: counts,
  gradient_accumulation_step: counts,
  learning_rate: {
    isWhole: false,
    fits: (value) => value > 0 && value < 1,
    expected: 'a number between 0 and 1',
  },
  warmup_steps: { ...notNegative, isWhole: true, expected: 'a whole number of at least 0' },
  weight_decay: notNegative,
  max_grad_norm: notNegative,
  label_smoothing_factor: {
    isWhole: false,
    fits: (value) => value >= 0 && value < 1,
    expected: 'a number from 0 to below 1',
  },
  random_seed: {
    isWhole: true,
    fits: (value) => value >= 0 && value < 2 ** 32,
    expected: 'a whole number from 0 to 4294967295',
  },
};

/**
 * Numbers of the component's inputs, however they were given: by a flag, `--set` or the YAML, there also through an input
 * of the pipeline. What is no number at all is left for the check of the whole document.
 *
 * @throws AmlDeitError GENERATE_OPTIONS_INVALID
 */
export function checkTrainingInputs(document: Members, node: Members): void {
  for (const [name, given] of Object.entries((node['inputs'] ?? {}) as Members)) {
    const range = ranges[name];
    const value = numberOf(given, document);
    if (range === undefined || value === undefined) continue;
    if (range.fits(value) && (!range.isWhole || Number.isInteger(value))) continue;
    throw optionsInvalid(`${name} is ${value}, expected ${range.expected}`);
  }
}

function numberOf(given: unknown, document: Members): number | undefined {
  if (typeof given === 'number') return given;
  if (typeof given !== 'string') return undefined;
  const [, input] = /^\$\{\{\s*parent\.inputs\.([\w-]+)\s*\}\}$/.exec(given) ?? [];
  if (input === undefined)
    return given.trim() === '' || Number.isNaN(Number(given)) ? undefined : Number(given);
  const passed = ((document['inputs'] ?? {}) as Members)[input];
  return typeof passed === 'string' && passed.includes('${{') ? undefined : numberOf(passed, {});
}
