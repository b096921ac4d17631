import { quotaKey } from './quota.ts';
import type { Quota } from './quota.ts';

/** What is wrong with a list of quotas. */
export interface QuotaFault {
  readonly fault: string;
}

/**
 * Reads what Azure's tools print as JSON about quotas: `az ml compute list-usage`, `az vm list-usage`,
 * `az quota list` and the answers of `…/locations/LOCATION/usages` and `…/quotas`, as an array or as `{value: […]}`.
 * Lines that state no limit (a number of clusters, usage alone) are left out. Where Azure ML lists a quota for the
 * subscription and again for each workspace, the subscription's counts.
 */
export function parseQuotas(document: unknown): readonly Quota[] | QuotaFault {
  const list: unknown = Array.isArray(document) ? document : property(document, 'value');
  if (!Array.isArray(list)) return { fault: 'expected a list of quotas, or {"value": […]}' };
  const lines = (list as unknown[]).flatMap((item) => parseLine(item) ?? []);
  if (lines.length === 0) return { fault: 'no entry has a name and a limit' };

  const quotas = new Map<string, Line>();
  for (const line of lines) {
    const other = quotas.get(line.key);
    if (other === undefined || (other.ofWorkspace && !line.ofWorkspace)) {
      quotas.set(line.key, line);
    } else if (other.ofWorkspace === line.ofWorkspace && !sameFigures(other, line)) {
      return {
        fault: `'${line.name}' is listed twice with different figures: expected the list of one region`,
      };
    }
  }
  return [...quotas.values()].map(({ name, key, limit, used }) => ({ name, key, limit, used }));
}

interface Line extends Quota {
  readonly ofWorkspace: boolean;
}

function parseLine(item: unknown): Line | undefined {
  const inner = property(item, 'properties');
  const name = textOf(property(inner, 'name')) ?? textOf(property(item, 'name'));
  const limit = numberOf(property(item, 'limit')) ?? numberOf(property(inner, 'limit'));
  if (name === undefined || limit === undefined) return undefined;
  const used =
    numberOf(property(item, 'currentValue')) ??
    numberOf(property(item, 'current_value')) ??
    numberOf(property(inner, 'currentValue')) ??
    numberOf(property(inner, 'usages'));
  const id = property(item, 'id');
  const ofWorkspace = typeof id === 'string' && /\/workspaces\//i.test(id);
  return {
    name,
    key: quotaKey(name),
    limit: limit < 0 ? Number.POSITIVE_INFINITY : limit,
    used: used ?? null,
    ofWorkspace,
  };
}

function sameFigures(a: Quota, b: Quota): boolean {
  return a.limit === b.limit && a.used === b.used;
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

/** A text, or `{value, localizedValue}`. */
function textOf(name: unknown): string | undefined {
  for (const candidate of [name, property(name, 'value'), property(name, 'localizedValue')]) {
    if (typeof candidate === 'string' && candidate.trim() !== '') return candidate;
  }
  return undefined;
}

/** A number, digits (`az vm list-usage` prints texts), or `{value: …}` of one. */
function numberOf(value: unknown): number | undefined {
  for (const candidate of [value, property(value, 'value')]) {
    if (typeof candidate === 'number' && Number.isFinite(candidate)) return candidate;
    if (typeof candidate === 'string' && /^-?\d{1,15}$/.test(candidate)) return Number(candidate);
  }
  return undefined;
}
