import { parseDurationMs } from './duration.ts';

/** What a request body may hold. A member that is null counts as absent: the service's own read-backs carry nulls. */
export type BodyShape =
  | {
      readonly type: 'string';
      readonly oneOf?: readonly string[];
      readonly pattern?: RegExp;
      readonly expected?: string;
    }
  | { readonly type: 'boolean' }
  | { readonly type: 'integer' | 'number'; readonly min?: number; readonly max?: number }
  | { readonly type: 'duration'; readonly minMs?: number; readonly maxMs?: number }
  | { readonly type: 'map'; readonly values: BodyShape }
  | { readonly type: 'array'; readonly items: BodyShape }
  | {
      readonly type: 'object';
      readonly members: Readonly<Record<string, BodyShape>>;
      readonly required?: readonly string[];
    }
  /** Accepted and not looked into: what the service writes and clients send back. */
  | { readonly type: 'ignored' };

export interface BodyFault {
  /** Dotted path from the body's root, as the service writes it. */
  readonly path: string;
  readonly message: string;
}

function typeName(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return value === null ? 'null' : typeof value;
}

function expected(value: unknown, path: string, what: string): BodyFault[] {
  const shown = typeof value === 'string' ? `"${value.slice(0, 80)}"` : typeName(value);
  return [{ path, message: `${path} is ${shown}, expected ${what}` }];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** Every fault of a body at once; empty when it is fine. */
export function findFaults(shape: BodyShape, value: unknown, path = 'body'): BodyFault[] {
  switch (shape.type) {
    case 'ignored':
      return [];
    case 'string': {
      if (typeof value !== 'string') return expected(value, path, 'a string');
      if (
        shape.oneOf !== undefined &&
        !shape.oneOf.some((word) => word.toLowerCase() === value.toLowerCase())
      )
        return expected(value, path, `one of ${shape.oneOf.join(', ')}`);
      if (shape.pattern !== undefined && !shape.pattern.test(value))
        return expected(value, path, shape.expected ?? `a value that matches ${shape.pattern.source}`);
      return [];
    }
    case 'boolean':
      return typeof value === 'boolean' ? [] : expected(value, path, 'a boolean');
    case 'integer':
    case 'number': {
      const what = shape.type === 'integer' ? 'an integer' : 'a number';
      if (typeof value !== 'number' || (shape.type === 'integer' && !Number.isInteger(value)))
        return expected(value, path, what);
      const { min = -Infinity, max = Infinity } = shape;
      if (value >= min && value <= max) return [];
      const range = max === Infinity ? `at least ${min}` : `from ${min} to ${max}`;
      return [{ path, message: `${path} is ${value}, expected ${what} ${range}` }];
    }
    case 'duration': {
      const ms = typeof value === 'string' ? parseDurationMs(value) : undefined;
      if (ms === undefined) return expected(value, path, 'an ISO 8601 duration such as PT5S');
      if (ms < (shape.minMs ?? 0))
        return [{ path, message: `${path} is ${String(value)}, expected at least ${shape.minMs ?? 0} ms` }];
      if (ms > (shape.maxMs ?? Infinity))
        return [{ path, message: `${path} is ${String(value)}, expected at most ${shape.maxMs ?? 0} ms` }];
      return [];
    }
    case 'map':
      if (!isRecord(value)) return expected(value, path, 'an object');
      return Object.entries(value).flatMap(([key, member]) =>
        member === null ? [] : findFaults(shape.values, member, `${path}.${key}`),
      );
    case 'array':
      if (!Array.isArray(value)) return expected(value, path, 'an array');
      return value.flatMap((item, index) => findFaults(shape.items, item, `${path}[${index}]`));
    case 'object':
      break;
  }
  return objectFaults(shape, value, path);
}

function objectFaults(
  shape: Extract<BodyShape, { readonly type: 'object' }>,
  value: unknown,
  path: string,
): BodyFault[] {
  if (!isRecord(value)) return expected(value, path, 'an object');
  const below = (key: string): string => (path === 'body' ? key : `${path}.${key}`);
  const faults: BodyFault[] = [];
  for (const [key, member] of Object.entries(value)) {
    const known = Object.hasOwn(shape.members, key) ? shape.members[key] : undefined;
    if (known === undefined)
      faults.push({ path: below(key), message: `${below(key)} is not a known property` });
    else if (member !== null) faults.push(...findFaults(known, member, below(key)));
  }
  for (const key of shape.required ?? [])
    if (value[key] === undefined || value[key] === null)
      faults.push({ path: below(key), message: `${below(key)} is required` });
  return faults;
}
