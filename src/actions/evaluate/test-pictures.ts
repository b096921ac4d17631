import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative } from 'node:path';
import type { LocalPicture } from '../component/predict.ts';
import { readPictureTable } from '../component/read-mltable.ts';
import { labelMapName, readDataManifest } from '../../training/data/index.ts';

export interface TestPictures {
  /** Every row of the table; undefined when one of the pictures is not on this disk. */
  readonly rows: readonly LocalPicture[] | undefined;
  /** Those of which a prediction is made, in their order; undefined when that is not known. */
  readonly pictures: readonly { readonly name: string; readonly file: string }[] | undefined;
  readonly labelMap: readonly string[];
  /** The labels are those of the model card, in its order. */
  readonly isCardLabels: boolean;
}

/** What is known on this disk of the pictures and labels of a test table: of what `data prepare` made, all. */
export async function findTestPictures(
  testData: string,
  task: 'multiclass' | 'multilabel',
): Promise<TestPictures> {
  const found = await stat(testData).catch(() => undefined);
  if (found === undefined) return { rows: undefined, pictures: undefined, labelMap: [], isCardLabels: false };
  const prepared = dirname(testData);
  const manifest = await readDataManifest(prepared).catch(() => undefined);
  const map = await readFile(join(prepared, labelMapName), 'utf8').then(
    (text) => JSON.parse(text) as { readonly labels: readonly string[]; readonly labelOrder: string },
    () => undefined,
  );
  const base = manifest?.uploaded?.uri;
  const rows = (await readPictureTable(testData, { task })).map(({ imageUrl, labels, at }) => ({
    imageUrl,
    labels,
    at,
    file: localFile(imageUrl),
  }));
  function localFile(imageUrl: string): string | undefined {
    if (isAbsolute(imageUrl)) return imageUrl;
    if (base === undefined || !imageUrl.startsWith(base)) return undefined;
    return join(prepared, 'images', imageUrl.slice(base.length).replace(/^\//, ''));
  }
  const known = rows.every((row): row is LocalPicture => row.file !== undefined) ? rows : undefined;
  return {
    rows: known,
    pictures: known && (await threeBands(known.map(({ file }) => ({ file, name: nameOf(file, prepared) })))),
    labelMap: map?.labels ?? [],
    isCardLabels: map?.labelOrder === 'card',
  };
}

function nameOf(file: string, prepared: string): string {
  const name = relative(prepared, file);
  return name.startsWith('..') ? basename(file) : name;
}

/** Rows of other pictures are left out of an evaluation, so that the rest would be off by some. */
async function threeBands<T extends { readonly file: string }>(
  pictures: readonly T[],
): Promise<T[] | undefined> {
  const { countBands } = await import('../../vision/index.ts');
  const kept: T[] = [];
  for (const picture of pictures) {
    const bands = await readFile(picture.file)
      .then(countBands)
      .catch(() => undefined);
    if (bands === undefined) return undefined;
    if (bands === 3) kept.push(picture);
  }
  return kept;
}
