import { readFileSync } from 'node:fs';
import type { TracedExchange } from './trace-recorder.ts';

interface RecordedCase {
  readonly status: number;
  readonly label: string;
  /** Seen three times or more: what was seen less shows little. */
  readonly often: boolean;
  /** Members that were always there where their parent was, with the types they may have: `null|string`. */
  readonly members: Readonly<Record<string, string>>;
  /** Types of the elements of lists (`*`) and of the values of open maps (`{}`). */
  readonly elements: Readonly<Record<string, string>>;
  readonly headers: readonly string[];
}

interface RecordedOperation {
  readonly method: string;
  readonly path: string;
  readonly statuses: readonly number[];
  readonly cases: readonly RecordedCase[];
}

interface RecordedShapes {
  /** Statuses of refusals that any operation may answer with. */
  readonly refusals: readonly number[];
  readonly operations: Readonly<Record<string, RecordedOperation>>;
}

/** An answer that the service was not recorded with; `what` is the first thing that differs. */
export interface Mismatch {
  readonly operation: string;
  readonly status: number;
  readonly what: string;
}

export interface ShapeComparison {
  /** Exchanges of operations that were recorded. */
  readonly compared: number;
  readonly mismatches: readonly Mismatch[];
}

const shapes = JSON.parse(
  readFileSync(new URL('../golden/recorded-shapes.json', import.meta.url), 'utf8'),
) as RecordedShapes;
const operations = Object.entries(shapes.operations).map(([name, { method, path, statuses, cases }]) => ({
  name,
  method,
  statuses,
  cases,
  pattern: new RegExp(path, 'i'),
}));

const typeOf = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));
const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');

/** Everything that a body lacks, or has of another type, against one recorded case. */
function bodyFaults({ members, elements }: RecordedCase, body: unknown): string[] {
  const faults: string[] = [];
  const byParent = Map.groupBy(Object.entries(members), ([path]) => parentOf(path));
  const visit = (value: unknown, path: string): void => {
    if (Array.isArray(value)) {
      for (const item of value) check(item, `${path}/*`, elements[`${path}/*`]);
      return;
    }
    if (typeof value !== 'object' || value === null) return;
    const object = value as Record<string, unknown>;
    for (const [member, types] of byParent.get(path) ?? []) {
      const name = member.slice(path.length + 1);
      const key = Object.keys(object).find((candidate) => escaped(candidate) === name);
      if (key === undefined) faults.push(`${member} is missing`);
      else check(object[key], member, types);
    }
    const values = elements[`${path}/{}`];
    if (values === undefined) return;
    for (const item of Object.values(object)) check(item, `${path}/{}`, values);
  };
  const check = (value: unknown, path: string, types: string | undefined): void => {
    const type = typeOf(value);
    if (types !== undefined && !types.split('|').includes(type)) {
      faults.push(`${path} is ${type}, recorded ${types}`);
      return;
    }
    visit(value, path);
  };
  visit(body, '');
  return faults;
}

function faultsAgainst(recorded: RecordedCase, { status, response }: TracedExchange): string[] {
  const missing = recorded.headers.filter((name) => response.headers[name] === undefined);
  return [
    ...missing.map((name) => `header ${name} is missing`),
    ...(response.body === null ? [] : bodyFaults(recorded, response.body)),
    ...(status >= 400 ? refusalFaults(response.body) : []),
  ];
}

/** Whatever refuses says so in ARM's envelope, where it says anything. */
function refusalFaults(body: unknown): string[] {
  if (body === null) return [];
  const { error } = body as { error?: { code?: unknown; message?: unknown } };
  const isEnvelope = typeof error?.code === 'string' && typeof error.message === 'string';
  return isEnvelope ? [] : ['/error/code or /error/message is missing'];
}

/** The kind of what a body describes, in the words that cases are labelled with. */
function kindsOf(body: unknown): unknown[] {
  if (typeof body !== 'object' || body === null) return [];
  const { properties, secretsType, status } = body as Record<string, unknown>;
  const own = (properties ?? {}) as Record<string, unknown>;
  const { type } = (own['componentSpec'] ?? {}) as { readonly type?: unknown };
  const source = ['build', 'image'].filter((name) => own[name] !== undefined && own[name] !== null);
  return [secretsType, status, own['jobType'], own['computeType'], own['datastoreType'], type, ...source];
}

/** The cases of the same kind, where there are any; otherwise those that were seen often, or each. */
function likelyCases(cases: readonly RecordedCase[], body: unknown): readonly RecordedCase[] {
  const kinds = kindsOf(body);
  const same = cases.filter(({ label }) => label.split(' ').some((word) => kinds.includes(word)));
  if (same.length > 0) return same;
  const often = cases.filter((recorded) => recorded.often);
  return often.length > 0 ? often : cases;
}

/** Holds answers against what the service was always seen to answer; what was not recorded does not count. */
export function compareWithRecorded(trace: readonly TracedExchange[]): ShapeComparison {
  const mismatches: Mismatch[] = [];
  let compared = 0;
  for (const exchange of trace) {
    const path = new URL(exchange.url).pathname.replace(/\/{2,}/g, '/');
    const operation = operations.find(
      ({ method, pattern }) => method === exchange.method && pattern.test(path),
    );
    if (operation === undefined) continue;
    compared += 1;
    const { status, response } = exchange;
    const differs = (what: string): void => void mismatches.push({ operation: operation.name, status, what });
    if (!operation.statuses.includes(status) && !(status >= 400 && shapes.refusals.includes(status))) {
      differs('a status that was never recorded');
      continue;
    }
    if (response.body !== null && !(response.headers['content-type'] ?? '').includes('json')) {
      differs(`content-type ${response.headers['content-type']}`);
      continue;
    }
    const candidates = likelyCases(
      operation.cases.filter((recorded) => recorded.status === status),
      response.body,
    );
    const faults = candidates.map((recorded) => faultsAgainst(recorded, exchange));
    const [least] =
      faults.length === 0 && status >= 400
        ? [refusalFaults(response.body)]
        : faults.toSorted((a, b) => a.length - b.length);
    if (least?.[0] !== undefined) differs(least[0]);
  }
  return { compared, mismatches };
}
