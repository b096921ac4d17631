import { stat, writeFile } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { AmlDeitError } from '../../errors/index.ts';
import type { ComponentInputs } from './component-values.ts';
import { readPictureTable } from './read-mltable.ts';
import type { LabelledPicture } from './read-mltable.ts';
import type { StandIn } from './stand-in.ts';

/** `image-classification` or `image-classification-multilabel`, in our words. */
export function taskOf(inputs: ComponentInputs): 'multiclass' | 'multilabel' {
  const name = inputs.requiredText('task_name');
  switch (name) {
    case 'image-classification':
      return 'multiclass';
    case 'image-classification-multilabel':
      return 'multilabel';
    default:
      throw new AmlDeitError(
        'COMPONENT_INPUT_INVALID',
        `task_name is "${name}", and only image classification is done here`,
      );
  }
}

/** Rows whose picture lies beside the table and is not there; those of a datastore are found out when they are fetched. */
async function missingPictures(rows: readonly LabelledPicture[]): Promise<LabelledPicture[]> {
  const missing: LabelledPicture[] = [];
  for (const row of rows)
    if (isAbsolute(row.imageUrl) && (await stat(row.imageUrl).catch(() => undefined))?.isFile() !== true)
      missing.push(row);
  return missing;
}

/** `finetune_common_validation`: reads every table once, so that a bad row ends the job before anything is computed. */
export const validateFinetuneData: StandIn = async ({ inputs, outputs, say, signal }) => {
  const task = taskOf(inputs);
  for (const name of ['train_mltable_path', 'validation_mltable_path', 'test_mltable_path']) {
    const place = inputs.path(name);
    if (place === undefined) continue;
    const rows = await readPictureTable(place, { task, signal });
    const labels = new Set(rows.flatMap((row) => row.labels));
    say(`${name}: ${rows.length} rows, ${labels.size} labels`);
    const missing = await missingPictures(rows);
    for (const { at, imageUrl } of missing.slice(0, 20))
      say(`warning: ${imageUrl} will be left out (${at}): there is no such file`);
    if (missing.length > 20)
      say(`warning: ${name} names ${missing.length} pictures that are not there, these are the first 20`);
    if (missing.length === rows.length)
      throw new AmlDeitError(
        'TRAINING_DATA_INVALID',
        `not one of the ${rows.length} pictures that ${name} names is there; the first: ${rows[0]?.imageUrl ?? ''} (${rows[0]?.at ?? ''})`,
      );
    if (name === 'train_mltable_path' && labels.size < 2)
      throw new AmlDeitError(
        'TRAINING_DATA_INVALID',
        `the training data has ${labels.size === 1 ? `the one label "${[...labels].join('')}"` : 'no labels'}; a classifier needs two at least`,
      );
  }
  await writeFile(outputs['validation_info'] ?? '', 'Validation Completed');
};
