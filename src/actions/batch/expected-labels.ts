import { createReadStream } from 'node:fs';
import { AmlDeitError, systemErrorCode } from '../../errors/index.ts';
import { readCsvRecords } from '../../serving/batch/csv-records.ts';

/** The right label of a picture, by its id; undefined where none is known. */
export type ExpectedLabel = (id: string) => string | undefined;

/**
 * `folders`: a picture's label is the name of the folder that it lies in. Otherwise a CSV with a header, whose first
 * column is the picture's path (or its name alone) and whose second is the label. Throws FILE_NOT_FOUND, FILE_UNREADABLE, TABLE_INVALID.
 */
export async function expectedLabels(source: string): Promise<ExpectedLabel> {
  if (source === 'folders')
    return (id) => {
      const parts = id.split('/');
      return parts.length < 2 ? undefined : parts.at(-2);
    };
  const labels = new Map<string, string>();
  let isHeader = true;
  try {
    for await (const record of readCsvRecords(createReadStream(source), {
      name: source,
      delimiter: ',',
      maxRecordBytes: 1 << 20,
    })) {
      if ('fault' in record)
        throw new AmlDeitError('TABLE_INVALID', `${source}:${record.line}: ${record.fault}`);
      const [path, label] = record.fields;
      if (!isHeader && path !== undefined && label !== undefined) labels.set(path, label);
      isHeader = false;
    }
  } catch (error) {
    const code = systemErrorCode(error);
    if (error instanceof AmlDeitError || code === undefined) throw error;
    const [kind, why] =
      code === 'ENOENT'
        ? (['FILE_NOT_FOUND', `there is no ${source}`] as const)
        : (['FILE_UNREADABLE', `${source} is no file of labels that can be read: ${code}`] as const);
    throw new AmlDeitError(kind, why, {
      hint: '--labels takes folders, or a CSV of paths and labels',
      cause: error,
    });
  }
  return (id) => labels.get(id) ?? labels.get(id.split('/').at(-1) ?? id);
}
