import { orList } from '../../io/nearest-names.ts';
import type { Rule } from '../kinds/kind.ts';

const pathKinds = ['file', 'folder', 'pattern'] as const;

function mappings(value: unknown): Readonly<Record<string, unknown>>[] {
  return (Array.isArray(value) ? value : []).map((item: unknown) =>
    typeof item === 'object' && item !== null ? (item as Record<string, unknown>) : {},
  );
}

export const tablePathRule: Rule = {
  name: 'table-path',
  codes: ['table-path'],
  check(document) {
    for (const [index, entry] of mappings(document.sound('paths')).entries()) {
      const given = pathKinds.filter((kind) => Object.hasOwn(entry, kind));
      if (given.length === 1) continue;
      const has = given.length === 0 ? 'none' : given.join(' and ');
      const message = `paths.${index} has ${has} of ${pathKinds.join(', ')}: expected one`;
      document.error('table-path', message, 'paths', String(index));
    }
  },
};

const readers = ['read_delimited', 'read_json_lines', 'read_parquet', 'read_delta_lake'];

/** The name of a transformation: a word, or the one key of a mapping. */
function transformations(value: unknown): { readonly name: string; readonly options: unknown }[] {
  return (Array.isArray(value) ? value : []).flatMap((item: unknown) => {
    if (typeof item === 'string') return [{ name: item, options: undefined }];
    if (typeof item !== 'object' || item === null) return [];
    return Object.entries(item).map(([name, options]) => ({ name, options: options as unknown }));
  });
}

export const tableReaderRule: Rule = {
  name: 'table-reader',
  codes: ['table-reader'],
  check(document) {
    const names = transformations(document.sound('transformations')).map(({ name }) => name);
    const reading = names.filter((name) => name.startsWith('read_'));
    if (reading.length > 1) {
      const message = `transformations reads the files ${reading.length} times (${reading.join(', ')}): expected one reader`;
      document.error('table-reader', message, 'transformations');
    } else if (reading.length === 1 && names[0] !== reading[0]) {
      const message = `transformations begins with ${names[0]}: expected ${reading[0]} first, as it makes the rows`;
      document.warning('table-reader', message, 'transformations');
    } else if (reading[0] !== undefined && !readers.includes(reading[0])) {
      const message = `transformations has ${reading[0]}: expected ${orList(readers)}`;
      document.warning('table-reader', message, 'transformations');
    }
  },
};

/** The columns that fine-tuning and evaluation of pictures read: an address and a label. */
const imageColumn = 'image_url';

export const tableColumnsRule: Rule = {
  name: 'table-columns',
  codes: ['table-columns'],
  check(document, { isCards }) {
    const steps = transformations(document.sound('transformations'));
    if (!steps.some(({ name }) => name === 'read_json_lines')) return;
    const converted = steps
      .filter(({ name }) => name === 'convert_column_types')
      .flatMap(({ options }) => mappings(options));
    const streams = converted.filter(({ column_type: type }) => type === 'stream_info');
    const columns = streams.flatMap(({ columns: names }) => (Array.isArray(names) ? names : [names]));
    if (columns.includes(imageColumn)) return;
    if (columns.length === 0 && !isCards) return;
    const message =
      columns.length === 0
        ? `no column is converted to stream_info: the components that fine-tune and evaluate read ${imageColumn} as one`
        : `the column ${columns.join(', ')} is converted to stream_info: the components that fine-tune and evaluate read ${imageColumn}`;
    document.warning('table-columns', message, 'transformations');
  },
};
