import { describe, expect, it } from 'vitest';
import { parseFilter, parseOrder, sortBy } from '../../../src/local/arm/mlflow/search-filter.ts';
import type { Columns, Lookup } from '../../../src/local/arm/mlflow/search-filter.ts';

const columns: Columns = {
  attributes: { run_name: 'text', start_time: 'number' },
  entities: ['attribute', 'metric', 'param', 'tag'],
  aliases: { created: 'start_time' },
};

const values: Readonly<Record<string, string | number>> = {
  'attribute.run_name': 'First run',
  'attribute.start_time': 1000,
  'metric.loss': 0.5,
  'metric.val/acc': -1,
  'metric.odd': Number.NaN,
  'param.kind': 'deit',
  'tag.a b': "it's",
};
const lookup: Lookup = ({ entity, key }) => values[`${entity}.${key}`];

describe('a filter', () => {
  it.each([
    '',
    '  ',
    'metrics.loss = 0.5',
    'metrics.loss<1',
    'metric.loss >= 5e-1 and metrics.val/acc < -.5',
    'metrics.`val/acc` != 2',
    "params.kind = 'deit'",
    'parameters.kind != "vit"',
    "params.kind LIKE 'd%t' AND params.kind like '____'",
    "params.kind ILIKE 'DE%'",
    'params.kind IS NOT NULL AND tags.none IS NULL',
    'tags."a b" = "it\'s"',
    "attributes.run_name = 'First run'",
    "run_name ILIKE '%RUN'",
    "run_name IN ('x', 'First run')",
    "run_name NOT IN ('x')",
    'created > 999',
  ])('fits: %s', (filter) => {
    expect(parseFilter(filter, columns)(lookup)).toBe(true);
  });

  it.each([
    'metrics.loss > 0.5',
    'metrics.none > 0',
    'metrics.none != 0',
    'metrics.odd >= 0',
    "params.kind LIKE 'D%'",
    "params.kind LIKE 'dei'",
    "params.none != 'x'",
    'params.kind IS NULL',
    "run_name NOT IN ('First run')",
    "metrics.loss = 0.5 AND params.kind = 'vit'",
  ])('does not fit: %s', (filter) => {
    expect(parseFilter(filter, columns)(lookup)).toBe(false);
  });

  it.each([
    'metrics.loss',
    'metrics.loss <',
    "metrics.loss < 'x'",
    'metrics.loss LIKE 1',
    'params.kind = deit',
    "params.kind > 'a'",
    "params.kind IN ('a')",
    'metrics.loss IS NULL',
    "run_name IN 'x'",
    "run_name IN ('x'",
    "run_name NOT = 'x'",
    'nothing = 1',
    "models.x = '1'",
    'metrics.loss < 1 OR metrics.loss > 2',
    'metrics.loss < 1 metrics.loss > 2',
    "params.kind = 'open",
    'metrics.loss < 1;',
    `params.kind = '${'x'.repeat(10_000)}'`,
  ])('is refused: %s', (filter) => {
    expect(() => parseFilter(filter, columns)).toThrow(/[Ii]nvalid|[Ee]xpected|more than the maximum/);
  });

  it('takes a pattern of many wildcards in bounded time', () => {
    const text = 'a'.repeat(5000);
    const matches = parseFilter(`params.kind LIKE '${'%a'.repeat(2000)}%b'`, columns);
    expect(matches(() => text)).toBe(false);
  });
});

describe('an order', () => {
  it('puts what has no value last, whichever way', () => {
    const items = [undefined, 2, Number.NaN, 1];
    const sorted = (text: string) =>
      sortBy(items, [parseOrder(text, columns)], (item) => () => item).map(String);
    expect(sorted('metrics.x')).toEqual(['1', '2', 'NaN', 'undefined']);
    expect(sorted('metrics.x desc')).toEqual(['2', '1', 'NaN', 'undefined']);
  });

  it('is refused when it is none', () => {
    expect(() => parseOrder('metrics.x DOWN', columns)).toThrow(/order_by/);
  });
});
