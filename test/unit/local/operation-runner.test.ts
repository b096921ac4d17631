import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OperationFailure, OperationRunner } from '../../../src/local/arm/operation-runner.ts';
import type { OperationExecutor, OperationExecutors } from '../../../src/local/arm/operation-runner.ts';
import { operationError } from '../../../src/local/http/service-error.ts';
import { openDatabase } from '../../../src/local/store/database.ts';
import { OperationTable, operationPrefixes } from '../../../src/local/store/operations.ts';

function executors(executor: OperationExecutor): OperationExecutors {
  return Object.fromEntries(
    Object.keys(operationPrefixes).map((kind) => [kind, executor]),
  ) as unknown as OperationExecutors;
}

describe('long-running operations', () => {
  let directory: string;
  let clock: number;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'aml-deit-operations-'));
    clock = 1000;
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const open = async (): Promise<{ runner: OperationRunner; close: () => void }> => {
    const database = await openDatabase(join(directory, 'state.db'));
    const runner = new OperationRunner(new OperationTable(database, () => clock), 'w', () => undefined);
    return { runner, close: () => database.close() };
  };
  const ended = (runner: OperationRunner, id: string): Promise<void> =>
    expect.poll(() => runner.get(id)?.endedAt).toBeDefined();

  it('end as Succeeded, with the time of the clock', async () => {
    const { runner, close } = await open();
    runner.begin(executors(() => Promise.resolve()));
    const id = runner.createId('onlineEndpoint.put');
    expect(id).toMatch(/^oeidp:w:[\da-f-]{36}$/);
    runner.start(id, 'onlineEndpoint.put', 'pets');
    expect(runner.get(id)?.status).toBe('Updating');
    expect(runner.openOn('pets')?.id).toBe(id);
    clock = 5000;
    await ended(runner, id);
    expect(runner.get(id)).toMatchObject({ status: 'Succeeded', startedAt: 1000, endedAt: 5000 });
    expect(runner.openOn('pets')).toBeUndefined();
    close();
  });

  it('end as Failed, with the error that the executor gave, or with what broke', async () => {
    const { runner, close } = await open();
    const failures: Error[] = [
      new OperationFailure(operationError('ResourceNotReady', 'no')),
      new Error('a defect'),
    ];
    runner.begin(executors(() => Promise.reject(failures.shift() ?? new Error('one too many'))));
    const ids = ['a/b', 'a/c'].map((target) => {
      const id = runner.createId('onlineDeployment.put');
      runner.start(id, 'onlineDeployment.put', target);
      return id;
    });
    for (const id of ids) await ended(runner, id);
    expect(ids.map((id) => runner.get(id)?.error?.code)).toEqual(['ResourceNotReady', 'InternalServerError']);
    close();
  });

  it('that were under way are done again after a stop', async () => {
    const first = await open();
    first.runner.begin(
      executors(
        (_operation, signal) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(new Error('stopped')));
          }),
      ),
    );
    const id = first.runner.createId('onlineDeployment.delete');
    first.runner.start(id, 'onlineDeployment.delete', 'pets/blue');
    expect(first.runner.openOn('pets', true)?.id).toBe(id);
    expect(first.runner.openOn('pet', true)).toBeUndefined();
    await first.runner.stop();
    first.close();

    const second = await open();
    expect(second.runner.get(id)?.status).toBe('Updating');
    const done: string[] = [];
    second.runner.begin(
      executors((operation) => {
        done.push(operation.target);
        return Promise.resolve();
      }),
    );
    await ended(second.runner, id);
    expect(done).toEqual(['pets/blue']);
    second.close();
  });
});
