import { boolean, integer, option, string } from '@oclif/core/flags';
import type { EvaluateModelsOptions } from '../actions/evaluate-models.ts';
import { definedOnly } from './defined-only.ts';
import { connectOptions, targetFlags } from './target-flags.ts';
import type { ParsedTargetFlags } from './target-flags.ts';
import { watchFlags, watchOptions } from './watch-flags.ts';
import type { ParsedWatchFlags } from './watch-flags.ts';

/** The flags of `evaluate multiclass` and `evaluate multilabel`. */
export const evaluateFlags = {
  ...targetFlags,
  ...watchFlags,
  model: string({
    multiple: true,
    multipleNonGreedy: true,
    required: true,
    description:
      'a registered model, evaluated by a job, or a folder with a package or checkpoint, evaluated here; may be repeated',
    helpValue: 'REF|DIR',
  }),
  'test-data': string({ description: 'MLTable folder; ./data/test by default', helpValue: 'DIR|URI' }),
  out: string({ char: 'o', description: 'folder of the report', default: 'out/evaluate', helpValue: 'DIR' }),
  config: string({
    description: "JSON file that names the metrics; the task's own by default",
    helpValue: 'FILE',
  }),
  gate: string({
    description: 'conditions on metrics; exit code 1 when one is missed',
    helpValue: 'METRIC>=BOUND,…',
  }),
  profiles: option({
    options: ['own', 'all'] as const,
    description: 'all: each model once for each preprocessing profile, on this machine, without a job',
    default: 'own' as const,
  })(),
  compute: string({ description: 'name of the GPU cluster; deit-gpu by default' }),
  'create-compute': boolean({
    description: 'make the cluster when it is missing; it scales down to nothing',
  }),
  sku: string({ description: "that cluster's VM size, on the card's evaluation list" }),
  'batch-size': integer({ description: 'pictures at a time', min: 1 }),
  experiment: string({ description: 'experiment of the jobs' }),
  again: boolean({ description: 'another job although the same one has completed' }),
};

interface ParsedEvaluateFlags extends ParsedTargetFlags, ParsedWatchFlags {
  readonly model: readonly string[];
  readonly 'test-data': string | undefined;
  readonly out: string;
  readonly config: string | undefined;
  readonly gate: string | undefined;
  readonly profiles: 'own' | 'all';
  readonly compute: string | undefined;
  readonly 'create-compute': boolean;
  readonly sku: string | undefined;
  readonly 'batch-size': number | undefined;
  readonly experiment: string | undefined;
  readonly again: boolean;
}

export function evaluateOptions(
  task: EvaluateModelsOptions['task'],
  flags: ParsedEvaluateFlags,
): EvaluateModelsOptions {
  const { config, gate, compute, sku, experiment } = flags;
  return {
    ...connectOptions(flags),
    ...watchOptions(flags),
    task,
    models: flags.model,
    out: flags.out,
    allProfiles: flags.profiles === 'all',
    createCompute: flags['create-compute'],
    again: flags.again,
    ...definedOnly({
      config,
      gate,
      compute,
      sku,
      experiment,
      testData: flags['test-data'],
      batchSize: flags['batch-size'],
    }),
  };
}
