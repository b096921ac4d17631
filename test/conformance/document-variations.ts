/** A document that differs from a sound one in one place. */
export interface Variation {
  /** Where and how: `/settings/mini_batch_size = -1`, `- /name`, `+ /settings/x_unknown`. */
  readonly name: string;
  readonly text: string;
}

/** What stands in the place of each value: one or more of each type that YAML 1.1 knows, and the borders of numbers. */
const substitutes: readonly string[] = [
  'null',
  'true',
  '0',
  '-1',
  '5',
  '1.7',
  '100000000000',
  '.nan',
  '2026-11-23',
  '""',
  '"word"',
  '"3"',
  '"1.5"',
  '"yes"',
  '"true"',
  '"azureml:thing:1"',
  '"azureml://registries/azureml/things/thing/versions/1"',
  '[]',
  '["word"]',
  '[1]',
  '{}',
  '{"word": "word"}',
  '{"word": 1}',
];

type Path = readonly (string | number)[];

/** One of each type, for documents that Azure's client takes long over. */
const fewSubstitutes: readonly string[] = [
  'null',
  'true',
  '-1',
  '1.7',
  '2026-11-23',
  '"word"',
  '"3"',
  '["word"]',
  '{"word": 1}',
];

/** Every variation of a value in every place of it, always in the same order; the text is YAML in flow style. */
export function variationsOf(document: unknown, extent: 'all' | 'few' = 'all'): Variation[] {
  const tokens = extent === 'all' ? substitutes : fewSubstitutes;
  const variations: Variation[] = [];
  const add = (name: string, path: Path, change: Change): void => {
    variations.push({ name, text: write(document, path, change) });
  };
  visit(document, [], (value, path) => {
    const pointer = path.map((key) => `/${key}`).join('');
    if (path.length > 0) {
      for (const token of tokens) add(`${pointer} = ${token}`, path, { kind: 'replace', token });
      if (typeof value === 'string') {
        for (const other of spellings(value)) {
          add(`${pointer} = "${other}"`, path, { kind: 'replace', token: JSON.stringify(other) });
        }
      }
      add(`- ${pointer}`, path, { kind: 'remove' });
    }
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      add(`+ ${pointer}/x_unknown`, path, { kind: 'add', entry: '"x_unknown": "word"' });
      add(`+ ${pointer}/1`, path, { kind: 'add', entry: '1: "word"' });
      add(`+ ${pointer}/$schema`, path, { kind: 'add', entry: '"$schema": "word"' });
      add(`+ ${pointer}/$schema empty`, path, { kind: 'add', entry: '"$schema": null' });
    }
  });
  return variations;
}

type Change =
  | { readonly kind: 'replace'; readonly token: string }
  | { readonly kind: 'remove' }
  | { readonly kind: 'add'; readonly entry: string };

function visit(value: unknown, path: Path, report: (value: unknown, path: Path) => void): void {
  report(value, path);
  if (typeof value !== 'object' || value === null) return;
  for (const [key, member] of Object.entries(value)) {
    visit(member, [...path, Array.isArray(value) ? Number(key) : key], report);
  }
}

/** The same word in other cases: enums are compared in lower case, in snake case, or exactly. */
function spellings(value: string): string[] {
  if (!/^[A-Za-z_]+$/.test(value)) return [];
  const camel = value.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const title = camel.charAt(0).toUpperCase() + camel.slice(1);
  return [...new Set([value.toUpperCase(), value.toLowerCase(), camel, title])].filter(
    (other) => other !== value,
  );
}

function write(value: unknown, path: Path, change: Change | undefined): string {
  const here = change !== undefined && path.length === 0;
  if (here && change.kind === 'replace') return change.token;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const [next, ...rest] = path;
  const removes = change?.kind === 'remove' && path.length === 1;
  const members = Object.entries(value)
    .filter(([key]) => !removes || key !== String(next))
    .map(([key, member]) => {
      const leads = change !== undefined && path.length > 0 && key === String(next);
      const text = write(member, leads ? rest : [], leads ? change : undefined);
      return Array.isArray(value) ? text : `${JSON.stringify(key)}: ${text}`;
    });
  if (here && change.kind === 'add') members.push(change.entry);
  return Array.isArray(value) ? `[${members.join(', ')}]` : `{${members.join(', ')}}`;
}
