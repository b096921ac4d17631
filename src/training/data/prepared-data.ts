import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AmlDeitError, errorMessage, systemErrorCode } from '../../errors/index.ts';
import type { Duplicates, SplitName, SplitShares } from './assign-splits.ts';
import type { DataLayout, DataTask, SkippedFile } from './labelled-pictures.ts';

/** Its presence marks a folder as one that `data prepare` made and may replace. */
export const dataManifestName = 'data-manifest.json';
export const labelMapName = 'label-map.json';

/**
 * The folder of a split's pictures. They lie in the split's MLTable folder, which so is all that a job needs; once they
 * are uploaded they lie beside it, and the MLTable folders are small.
 */
export function picturesFolder(split: SplitName, uploaded: boolean): string {
  return uploaded ? 'images' : `${split}/images`;
}

export interface PreparedPicture {
  /** Below the folder of its split's pictures. */
  readonly file: string;
  readonly split: SplitName;
  readonly labels: readonly string[];
  readonly bytes: number;
  readonly sha256: string;
}

/** What a prepared folder holds and what it was made from; nothing in it depends on when or where. */
export interface DataManifest {
  readonly schemaVersion: 1;
  readonly task: DataTask;
  readonly layout: DataLayout;
  readonly seed: number;
  readonly shares: SplitShares;
  /** In the order of the label map. */
  readonly labels: readonly string[];
  readonly labelOrder: 'sorted' | 'card';
  readonly pictures: readonly PreparedPicture[];
  readonly skipped: readonly SkippedFile[];
  readonly duplicates: readonly Duplicates[];
  /** Where the pictures lie for Azure ML when they were uploaded. */
  readonly uploaded?: { readonly asset: string; readonly uri: string };
}

/** `train` → `train_annotations.jsonl`, in the folder `train` beside `MLTable`. */
export function annotationsName(split: SplitName): string {
  return `${split}_annotations.jsonl`;
}

/** One row as the components read it: one text for multiclass, a list for multilabel. */
export function annotationRow(address: string, labels: readonly string[], task: DataTask): string {
  return `${JSON.stringify({ image_url: address, label: task === 'multiclass' ? labels[0] : labels })}\n`;
}

/** @throws AmlDeitError DATA_INVALID when the folder is not one that `data prepare` made. */
export async function readDataManifest(directory: string): Promise<DataManifest> {
  const file = join(directory, dataManifestName);
  try {
    return JSON.parse(await readFile(file, 'utf8')) as DataManifest;
  } catch (error) {
    throw new AmlDeitError(
      'DATA_INVALID',
      systemErrorCode(error) === 'ENOENT'
        ? `${directory} is no prepared data: it has no ${dataManifestName}`
        : `${file} cannot be read: ${errorMessage(error)}`,
      { hint: 'make it with: aml-deit data prepare DIR --out DIR', cause: error },
    );
  }
}
