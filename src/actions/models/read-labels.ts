import { AmlDeitError } from '../../errors/index.ts';
import { readTextFile } from '../read-text-file.ts';

/** Of a file of labels. */
const maxBytes = 16 << 20;

/**
 * Names of classes, in the order of the classifier's rows: one a line, or JSON: an array, an object from index to name,
 * or one with `id2label`. Throws LABELS_INVALID, FILE_NOT_FOUND, FILE_UNREADABLE.
 */
export async function readLabels(file: string): Promise<readonly string[]> {
  const text = (await readTextFile(file, maxBytes)).replace(/^\uFEFF/, '');
  const labels = /^\s*[[{]/.test(text) ? fromJson(text, file) : fromLines(text);
  const empty = labels.findIndex((label) => label === '');
  if (labels.length === 0 || empty !== -1) {
    throw new AmlDeitError(
      'LABELS_INVALID',
      `${file}: ${labels.length === 0 ? 'there is no label' : `the label of row ${empty} is empty`}`,
    );
  }
  return labels;
}

function fromLines(text: string): string[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  while (lines.at(-1) === '') lines.pop();
  return lines;
}

function fromJson(text: string, file: string): string[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new AmlDeitError('LABELS_INVALID', `${file} begins like JSON and is none`, { cause: error });
  }
  if (typeof json === 'object' && json !== null && 'id2label' in json) json = json.id2label;
  const values: unknown[] = Array.isArray(json) ? json : inOrder(json as object, file);
  const wrong = values.findIndex((value) => typeof value !== 'string');
  if (wrong !== -1) throw new AmlDeitError('LABELS_INVALID', `${file}: the label of row ${wrong} is no text`);
  return values as string[];
}

function inOrder(map: object, file: string): unknown[] {
  const entries = new Map(Object.entries(map));
  return Array.from({ length: entries.size }, (_, index) => {
    if (!entries.has(String(index))) {
      throw new AmlDeitError(
        'LABELS_INVALID',
        `${file} has ${entries.size} labels and no "${index}": expected "0" to "${entries.size - 1}"`,
      );
    }
    return entries.get(String(index));
  });
}
