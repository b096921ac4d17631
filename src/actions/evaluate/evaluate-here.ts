import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { silentHost } from '../../io/index.ts';
import type { ActionContext } from '../../io/index.ts';
import { readEvaluationConfig } from '../../training/evaluation/index.ts';
import { predictPictures } from '../component/predict.ts';
import type { LocalPicture } from '../component/predict.ts';
import { taskNames } from '../generate/generate-options.ts';
import { runComponent } from '../run-component.ts';

export interface EvaluateHereOptions extends ActionContext {
  /** A model package, or a folder with a checkpoint. */
  readonly model: string;
  readonly rows: readonly LocalPicture[];
  readonly task: 'multiclass' | 'multilabel';
  /** Filled with an output a name. */
  readonly directory: string;
  readonly batchSize: number;
  readonly configFile: string;
}

/** What the two components do, one after the other on this machine, without a job. */
export async function evaluateHere(options: EvaluateHereOptions): Promise<void> {
  const { directory, task, host = silentHost, signal, configFile } = options;
  const at = (name: string): string => join(directory, name);
  const scratch = at('scratch');
  await mkdir(scratch, { recursive: true });
  const { threshold } = await readEvaluationConfig(configFile, undefined);
  await predictPictures(options.rows, {
    task,
    model: options.model,
    labelColumn: 'label',
    threshold,
    maxBatch: options.batchSize,
    outputs: Object.fromEntries(
      ['predictions', 'prediction_probabilities', 'ground_truth', 'performance_metadata'].map((name) => [
        name,
        at(name),
      ]),
    ),
    say: (text) => host.message({ code: 'evaluate', level: 'debug', text }),
    host,
    signal,
    scratch,
  });
  await runComponent({
    component: 'compute_metrics',
    inputs: {
      task: taskNames[task],
      evaluation_config: configFile,
      ground_truth: at('ground_truth'),
      ground_truth_column_name: 'label',
      prediction: at('predictions'),
      prediction_column_name: 'predictions',
      prediction_probabilities: at('prediction_probabilities'),
    },
    outputs: { evaluation_result: at('evaluation_result') },
    env: {},
    host,
    ...(signal === undefined ? {} : { signal }),
  });
}
