import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AmlDeitError } from '../../../src/errors/index.ts';
import type { FaultMatch, FaultRule } from '../../../src/local/faults/fault-rule.ts';
import { FaultRules } from '../../../src/local/faults/fault-rules.ts';
import { drawAt, fires, matchesFault, pathMatches } from '../../../src/local/faults/match-fault.ts';
import { parseFault } from '../../../src/local/faults/parse-fault.ts';
import { requestEvent } from '../../../src/local/faults/request-operation.ts';

const event = {
  operation: 'onlineDeployment.put',
  method: 'PUT',
  path: '/subscriptions/s/onlineEndpoints/pets/deployments/blue',
};
const drop: FaultRule = { kind: 'drop-before' };

const rules = fc.record(
  {
    after: fc.integer({ min: 0, max: 20 }),
    times: fc.integer({ min: 1, max: 20 }),
    probability: fc.double({ min: 0, max: 1, noNaN: true }),
    seed: fc.nat(),
  },
  { requiredKeys: [] },
);

/** What a rule does to so many events that it matches. */
function run(match: object, events: number): boolean[] {
  const rule = { ...drop, ...match } as FaultRule;
  let hits = 0;
  return Array.from({ length: events }, (_, matched) => {
    const hit = fires(rule, matched, hits);
    if (hit) hits += 1;
    return hit;
  });
}

describe('when a rule fires', () => {
  it('is the same every time, never before its first or more often than it may', () => {
    fc.assert(
      fc.property(rules, fc.integer({ min: 1, max: 60 }), (match, events) => {
        const hits = run(match, events);
        expect(run(match, events)).toEqual(hits);
        expect(hits.slice(0, match.after ?? 0)).not.toContain(true);
        expect(hits.filter(Boolean).length).toBeLessThanOrEqual(match.times ?? events);
      }),
    );
  });

  it('is always within its counts without a chance, and never with none', () => {
    fc.assert(
      fc.property(rules, fc.integer({ min: 1, max: 60 }), (match, events) => {
        const { probability: _chance, ...certain } = match;
        const due = Math.max(0, Math.min(match.times ?? Infinity, events - (match.after ?? 0)));
        expect(run(certain, events).filter(Boolean)).toHaveLength(due);
        expect(run({ ...match, probability: 0 }, events)).not.toContain(true);
      }),
    );
  });

  it('does not change with what comes later', () => {
    fc.assert(
      fc.property(
        rules,
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 0, max: 30 }),
        (match, few, more) => {
          expect(run(match, few + more).slice(0, few)).toEqual(run(match, few));
        },
      ),
    );
  });

  it('draws numbers that are spread evenly, another row for each seed', () => {
    for (const seed of [0, 1, 7, 4_294_967_295]) {
      const drawn = Array.from({ length: 4000 }, (_, position) => drawAt(seed, position));
      expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...drawn)).toBeLessThan(1);
      for (const share of [0.1, 0.5, 0.9])
        expect(Math.abs(drawn.filter((number) => number < share).length / 4000 - share)).toBeLessThan(0.03);
    }
    expect(run({ probability: 0.5, seed: 1 }, 64)).not.toEqual(run({ probability: 0.5, seed: 2 }, 64));
  });
});

describe('what a rule is about', () => {
  it.each<[FaultMatch, boolean]>([
    [{}, true],
    [{ operation: 'onlineDeployment.put' }, true],
    [{ operation: 'onlineDeployment.*' }, true],
    [{ operation: '*.put' }, true],
    [{ operation: 'onlineDeployment' }, false],
    [{ operation: 'onlineEndpoint.put' }, false],
    [{ method: 'put' }, true],
    [{ method: 'GET' }, false],
    [{ path: 'deployments/blue' }, true],
    [{ path: 'DEPLOYMENTS/*' }, true],
    [{ path: 'onlineEndpoints/*' }, false],
    [{ path: 'onlineEndpoints/**' }, true],
    [{ path: '/onlineEndpoints/**' }, false],
    [{ path: '/**/pets/deployments/b*e' }, true],
    [{ path: 'nts/blue' }, false],
  ])('%j: %s', (match, expected) => {
    expect(matchesFault({ ...drop, ...match }, event)).toBe(expected);
  });

  it('takes every path for itself, whatever is in it', () => {
    const segment = fc.stringMatching(/^[^/*]{1,12}$/);
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 5 }), (segments) => {
        const path = `/${segments.join('/')}`;
        expect(pathMatches(path, path)).toBe(true);
        expect(pathMatches(segments.at(-1) ?? '', path)).toBe(true);
        expect(pathMatches(`${path}x`, path)).toBe(false);
        expect(pathMatches('/**', path)).toBe(true);
      }),
    );
  });

  it.each([
    ['GET', 'amldeit1.blob.core.localhost:7443', '/container/blob', 'blob.get'],
    ['POST', '127.0.0.1:1', '/online/pets/score', 'online.invoke'],
    ['GET', '127.0.0.1:1', '/msi/token', 'token'],
    ['GET', undefined, '/nowhere', 'unknown'],
    [
      'GET',
      '127.0.0.1:1',
      '//subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w/models/m/versions/1',
      'model.version.get',
    ],
  ])('%s %s%s is %s', (method, host, path, operation) => {
    expect(requestEvent({ method, host, path }).operation).toBe(operation);
  });
});

describe('a row of rules', () => {
  it('adds delays up to the first rule that decides, and counts no further', () => {
    const faults = new FaultRules();
    faults.add({ kind: 'delay', ms: 5 });
    faults.add({ kind: 'status', status: 500, times: 1 });
    faults.add(drop);
    const kinds = (): string[] => faults.take('request', event).map(({ rule }) => rule.kind);
    expect(kinds()).toEqual(['delay', 'status']);
    expect(kinds()).toEqual(['delay', 'drop-before']);
    expect(faults.list().map(({ matched, hits }) => [matched, hits])).toEqual([
      [2, 2],
      [2, 1],
      [1, 1],
    ]);
  });

  it('asks only rules of the same place', () => {
    const faults = new FaultRules();
    faults.add({ kind: 'operation-failed' });
    expect(faults.take('request', event)).toEqual([]);
    expect(faults.take('operation', event)).toHaveLength(1);
  });

  it('tells what waits for a rule that it is gone', () => {
    const faults = new FaultRules();
    const { id } = faults.add({ kind: 'operation-stuck' });
    const [stuck] = faults.take('operation', event);
    expect(stuck?.cleared.aborted).toBe(false);
    expect([faults.clear('fault-9'), faults.clear(id), faults.clear()]).toEqual([0, 1, 0]);
    expect(stuck?.cleared.aborted).toBe(true);
  });
});

describe('a rule that is none', () => {
  it.each<[unknown, RegExp]>([
    [{}, /kind is missing, expected one of status, /],
    [{ kind: 'toString' }, /kind is "toString"/],
    [{ kind: 'status' }, /status is required/],
    [{ kind: 'status', status: 200 }, /status is 200, expected an integer from 400 to 599/],
    [{ kind: 'delay' }, /ms is required/],
    [{ kind: 'drop-before', ms: 5 }, /ms is not a known property/],
    [{ kind: 'quota', times: 0 }, /times is 0/],
    [{ kind: 'quota', probability: 1.5 }, /probability is 1.5, expected a number from 0 to 1/],
    [{ kind: 'quota', method: 'FETCH' }, /method is "FETCH"/],
    [{ kind: 'quota', operation: 'onlineDeploymnet.put' }, /"onlineDeploymnet.put" is none/],
    [{ kind: 'status', status: 500, headers: { 'content-length': '3' } }, /"content-length" cannot be set/],
    [{ kind: 'status', status: 500, headers: { 'x y': '3' } }, /"x y" cannot be set/],
    [{ kind: 'status', status: 500, headers: { x: 'a\r\nb: c' } }, /one line of text/],
    [null, /kind is missing/],
  ])('%j', (rule, message) => {
    const parse = (): unknown => parseFault(rule);
    expect(parse).toThrow(AmlDeitError);
    expect(parse).toThrow(message);
  });
});
