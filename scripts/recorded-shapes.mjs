// Makes test/golden/recorded-shapes.json: what the service was always seen to answer, in a form of our own.
// Usage: node scripts/recorded-shapes.mjs SHAPES.json, where SHAPES.json holds counted shapes of recorded traffic:
// `operations.NAME.{method, regex, cases, spec}`, a case keyed by its status and more words, `body` with one entry a
// path: "types presence n". Kept: methods, paths, statuses, members that were always there, with their types, headers.
import { readFileSync, writeFileSync } from 'node:fs';

/** Headers that a client acts on. */
const telling = ['location', 'azure-asyncoperation', 'retry-after', 'x-ms-failure-cause'];
/** Below this a case says what was seen, not what is always so. */
const enough = 3;

const rule = (text) => {
  const [types, presence, count = '0'] = text.split(' ');
  return {
    types: types.split('|'),
    always: presence === 'always',
    each: presence === 'each',
    n: Number.parseInt(count, 10),
  };
};
const parentOf = (path) => path.slice(0, path.lastIndexOf('/'));
const familyOf = (name) => name.slice(0, name.lastIndexOf('.'));

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error('usage: node scripts/recorded-shapes.mjs SHAPES.json');
const shapes = JSON.parse(readFileSync(file, 'utf8'));

/** Every recorded case, to be held against the others of its kind of resource. */
const cases = Object.entries(shapes.operations).flatMap(([name, { cases }]) =>
  Object.entries(cases).map(([label, recorded]) => ({
    family: familyOf(name),
    label,
    recordings: recorded.recordings ?? 0,
    body: Object.fromEntries(Object.entries(recorded.body ?? {}).map(([path, text]) => [path, rule(text)])),
    recorded,
    name,
  })),
);

/** Whether another case of the resource goes without the member: then few recordings prove nothing. */
function isDoubtful(one, path) {
  if (one.recordings >= 10) return false;
  const parent = parentOf(path);
  return cases.some(
    (other) =>
      other !== one &&
      other.family === one.family &&
      Number.parseInt(other.label, 10) < 300 &&
      (parent === '' ? Object.keys(other.body).length > 0 : other.body[parent] !== undefined) &&
      Object.keys(other.body).some((key) => parentOf(key) === parent) &&
      !(other.body[path]?.always || other.body[path]?.each),
  );
}

/** Types that the specification's own examples give to a path as well. */
function exampleTypes(spec, status) {
  const found = {};
  for (const [label, { body = {} }] of Object.entries(spec)) {
    if (Math.floor(Number.parseInt(label, 10) / 100) !== Math.floor(status / 100)) continue;
    for (const [path, text] of Object.entries(body)) (found[path] ??= []).push(...rule(text).types);
  }
  return found;
}

function distilled(one, spec) {
  const status = Number.parseInt(one.label, 10);
  const more = exampleTypes(spec, status);
  const members = {};
  const elements = {};
  for (const [path, { types, always, each, n }] of Object.entries(one.body)) {
    const all = [...new Set([...types, ...(more[path] ?? [])])];
    // A few recordings do not show that a member is never null; one that was only null may be anything.
    if (!all.includes('null') && (n < 10 || path.endsWith('/description'))) all.push('null');
    const kept = types.join() === 'null' ? undefined : all.sort().join('|');
    if (kept === undefined) continue;
    if (each) elements[path] = kept;
    else if (always && n >= enough && !isDoubtful(one, path)) members[path] = kept;
  }
  const headers = telling.filter((name) => {
    const seen = one.recorded.headers?.[name];
    return seen === 'always' || seen?.presence === 'always';
  });
  const often = (one.recorded.n ?? 0) >= enough;
  return { status, label: one.label.split(' ').slice(1).join(' '), often, members, elements, headers };
}

const operations = {};
for (const [name, { method, regex, spec = {} }] of Object.entries(shapes.operations)) {
  const own = cases.filter((one) => one.name === name);
  if (own.length === 0 && Object.keys(spec).length === 0) continue;
  const statuses = [...own.map(({ label }) => label), ...Object.keys(spec)].map((label) =>
    Number.parseInt(label, 10),
  );
  operations[name] = {
    method,
    path: regex,
    statuses: [...new Set(statuses)].sort(),
    cases: own.map((one) => distilled(one, spec)),
  };
}
const refusals = [...new Set(Object.keys(shapes.errors).map((label) => Number.parseInt(label, 10)))].sort();
writeFileSync('test/golden/recorded-shapes.json', `${JSON.stringify({ refusals, operations }, null, 1)}\n`);
