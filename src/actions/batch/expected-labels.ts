import { createReadStream } from 'node:fs';
import { AmlDeitError, systemErrorCode } from '../../errors/index.ts';
import { readCsvRecords } from '../../serving/batch/csv-records.ts';
import { pictureColumns } from '../../serving/batch/table-source.ts';

/** The right label of a picture, by its id; undefined where none is known. */
export type ExpectedLabel = (id: string) => string | undefined;

const pathColumns: ReadonlySet<string> = new Set(['id', 'picture', ...pictureColumns]);
const labelColumns: ReadonlySet<string> = new Set(['label', 'labels', 'class', 'classes', 'expected']);

/**
 * `folders`: a picture's label is the name of the folder that it lies in. Otherwise a CSV (of commas, semicolons or tabs)
 * of pictures and labels: columns of such names where it has a header, or else the first two. A picture is named by its
 * path, by the end of it, such as its name alone, or by a longer one. Throws FILE_NOT_FOUND, FILE_UNREADABLE, TABLE_INVALID.
 */
export async function expectedLabels(source: string): Promise<ExpectedLabel> {
  if (source === 'folders')
    return (id) => {
      const parts = id.split('/');
      return parts.length < 2 ? undefined : parts.at(-2);
    };
  try {
    return labelFinder(await readLabels(source, ','));
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
}

/** One spelling of a path: macOS takes letters and their accents apart. */
const keyOf = (path: string): string => path.replace(/^(?:\.\/)+/, '').normalize('NFC');
const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

async function readLabels(source: string, delimiter: string): Promise<Map<string, string>> {
  const labels = new Map<string, string>();
  let columns: readonly [path: number, label: number] | undefined;
  for await (const record of readCsvRecords(createReadStream(source), {
    name: source,
    delimiter,
    maxRecordBytes: 1 << 20,
  })) {
    const invalid = (why: string) => new AmlDeitError('TABLE_INVALID', `${source}:${record.line}: ${why}`);
    if ('fault' in record) throw invalid(record.fault);
    const fields = record.fields.map((field) => field.trim());
    if (columns === undefined) {
      const other = fields.length === 1 ? ['\t', ';'].find((sign) => fields[0]?.includes(sign)) : undefined;
      if (other !== undefined && delimiter === ',') return readLabels(source, other);
      const indexOf = (names: ReadonlySet<string>): number =>
        fields.findIndex((field) => names.has(field.toLowerCase()));
      const [path, label] = [indexOf(pathColumns), indexOf(labelColumns)];
      const isHeader = path >= 0 && label >= 0;
      columns = isHeader ? [path, label] : [0, 1];
      // A line of other names may be a picture's; as a header it is the label of no picture.
      if (isHeader) continue;
    }
    const [path = '', label] = columns.map((index) => fields[index]);
    if (label === undefined) throw invalid(`${fields.length} column, expected a path and a label`);
    if (path === '' || label === '') continue;
    const known = labels.get(keyOf(path));
    if (known !== undefined && known !== label)
      throw invalid(`${path} is ${label} here, and ${known} before`);
    labels.set(keyOf(path), label);
  }
  return labels;
}

function labelFinder(labels: ReadonlyMap<string, string>): ExpectedLabel {
  const byName = new Map<string, string[]>();
  for (const path of labels.keys()) byName.set(nameOf(path), [...(byName.get(nameOf(path)) ?? []), path]);
  return (id) => {
    const key = keyOf(id);
    const exact = labels.get(key);
    if (exact !== undefined) return exact;
    const named = byName.get(nameOf(key)) ?? [];
    const [end] = named.filter((path) => key.endsWith(`/${path}`)).sort((a, b) => b.length - a.length);
    if (end !== undefined) return labels.get(end);
    const longer = new Set(named.filter((path) => path.endsWith(`/${key}`)).map((path) => labels.get(path)));
    return longer.size === 1 ? [...longer][0] : undefined;
  };
}
