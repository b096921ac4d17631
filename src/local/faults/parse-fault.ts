import { AmlDeitError } from '../../errors/index.ts';
import { routes } from '../arm/routes.ts';
import { findFaults } from '../http/validate.ts';
import type { BodyShape } from '../http/validate.ts';
import { faultSites } from './fault-rule.ts';
import type { FaultKind, FaultRule } from './fault-rule.ts';
import { operationMatches } from './match-fault.ts';
import { openOperations } from './request-operation.ts';

const text: BodyShape = { type: 'string', pattern: /^[^\r\n]{0,1000}$/, expected: 'one line of text' };
const count: BodyShape = { type: 'integer', min: 0, max: 1_000_000 };
const milliseconds: BodyShape = { type: 'integer', min: 0, max: 24 * 3600 * 1000 };

const matchMembers = {
  operation: text,
  method: { type: 'string', oneOf: ['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE', 'OPTIONS'] },
  path: text,
  after: count,
  times: { type: 'integer', min: 1, max: 1_000_000 },
  probability: { type: 'number', min: 0, max: 1 },
  seed: { type: 'integer', min: 0, max: 4_294_967_295 },
} as const satisfies Record<string, BodyShape>;

interface EffectShape {
  readonly members?: Readonly<Record<string, BodyShape>>;
  readonly required?: readonly string[];
}

const details: BodyShape = {
  type: 'array',
  items: { type: 'object', required: ['code', 'message'], members: { code: text, message: text } },
};

const effects: Readonly<Record<FaultKind, EffectShape>> = {
  status: {
    members: {
      status: { type: 'integer', min: 400, max: 599 },
      headers: { type: 'map', values: text },
      code: text,
      message: text,
    },
    required: ['status'],
  },
  delay: { members: { ms: milliseconds }, required: ['ms'] },
  'drop-before': {},
  'drop-after': {},
  'sas-expired': {},
  quota: {},
  'operation-stuck': { members: { ms: milliseconds } },
  'operation-failed': { members: { code: text, message: text, details } },
  'image-pull': {},
  'crash-at-start': {},
  'crash-after-ready': { members: { ms: milliseconds } },
  'never-ready': {},
  'node-killed': { members: { ms: milliseconds, rank: count } },
};

/** Names of kinds, for who has to choose one. */
export const faultKinds = Object.keys(faultSites) as readonly FaultKind[];

const headerName = /^[\w!#$%&'*+.^`|~-]+$/;
/** What frames the message is not a rule's to say. */
const reservedHeaders = new Set(['content-length', 'transfer-encoding', 'connection', 'content-type']);

function invalid(problems: readonly string[]): AmlDeitError {
  return new AmlDeitError('FAULT_INVALID', `the fault rule is invalid: ${problems.join('; ')}`, {
    hint: 'aml-deit local fault add --help lists the kinds and what they take',
  });
}

function knownOperations(): readonly string[] {
  return [...Object.keys(routes), ...openOperations];
}

/** A rule, checked whole: a rule that can never hit anything is a mistake. Throws FAULT_INVALID with every problem. */
export function parseFault(given: unknown): FaultRule {
  const { kind } = (given ?? {}) as { kind?: unknown };
  if (typeof kind !== 'string' || !Object.hasOwn(effects, kind))
    throw invalid([`kind is ${JSON.stringify(kind) ?? 'missing'}, expected one of ${faultKinds.join(', ')}`]);
  const effect = effects[kind as FaultKind];
  const problems = findFaults(
    {
      type: 'object',
      members: { kind: text, ...matchMembers, ...effect.members },
      required: effect.required ?? [],
    },
    given,
  ).map((fault) => fault.message);
  const rule = given as FaultRule;
  if (
    problems.length === 0 &&
    rule.operation !== undefined &&
    !knownOperations().some((name) => operationMatches(rule.operation ?? '', name))
  )
    problems.push(`operation "${rule.operation}" is none that the local twin has`);
  if (problems.length === 0 && rule.kind === 'status')
    for (const name of Object.keys(rule.headers ?? {}))
      if (!headerName.test(name) || reservedHeaders.has(name.toLowerCase()))
        problems.push(`the header "${name}" cannot be set`);
  if (problems.length > 0) throw invalid(problems);
  return structuredClone(rule);
}
