import { describe, expect, it } from 'vitest';
import { ranksOf } from '../../../../src/local/jobs/distribute.ts';

describe('the processes of a command', () => {
  it('are one, with one log and nothing to know of others', () => {
    expect(ranksOf({ distribution: { type: 'none' }, instanceCount: 1 }, [1])).toEqual([
      { log: 'user_logs/std_log.txt', variables: {} },
    ]);
  });

  it('know their ranks for MPI', () => {
    const ranks = ranksOf(
      { distribution: { type: 'mpi', processCountPerInstance: 3 }, instanceCount: 2 },
      [7],
    );
    expect(ranks).toHaveLength(6);
    expect(ranks[4]).toEqual({
      log: 'user_logs/std_log_process_04.txt',
      variables: expect.objectContaining({
        RANK: '4',
        LOCAL_RANK: '1',
        NODE_RANK: '1',
        WORLD_SIZE: '6',
        MASTER_ADDR: '127.0.0.1',
        MASTER_PORT: '7',
        OMPI_COMM_WORLD_RANK: '4',
        OMPI_COMM_WORLD_SIZE: '6',
        OMPI_COMM_WORLD_LOCAL_RANK: '1',
      }) as object,
    });
  });

  it('know their cluster for TensorFlow', () => {
    const distribution = { type: 'tensorflow', workerCount: 2, parameterServerCount: 1 } as const;
    const configs = ranksOf({ distribution, instanceCount: 1 }, [1, 2, 3]).map(
      ({ variables }) => JSON.parse(variables['TF_CONFIG'] ?? '') as object,
    );
    const cluster = { worker: ['127.0.0.1:1', '127.0.0.1:2'], ps: ['127.0.0.1:3'] };
    expect(configs).toEqual([
      { cluster, task: { type: 'worker', index: 0 } },
      { cluster, task: { type: 'worker', index: 1 } },
      { cluster, task: { type: 'ps', index: 0 } },
    ]);
  });
});
