import { availableParallelism } from 'node:os';
import { freePorts } from './free-ports.ts';
import type { CommandSpec } from './job-spec.ts';

export interface Rank {
  /** Name of its log below the run's artifacts. */
  readonly log: string;
  readonly variables: Readonly<Record<string, string>>;
}

function tensorflowRanks(workers: number, servers: number, ports: readonly number[]) {
  const address = (index: number): string => `127.0.0.1:${ports[index] ?? 0}`;
  const cluster = {
    worker: Array.from({ length: workers }, (_, index) => address(index)),
    ...(servers === 0 ? {} : { ps: Array.from({ length: servers }, (_, index) => address(workers + index)) }),
  };
  return Array.from({ length: workers + servers }, (_, rank) => {
    const task = rank < workers ? { type: 'worker', index: rank } : { type: 'ps', index: rank - workers };
    return { TF_CONFIG: JSON.stringify({ cluster, task }) };
  });
}

/** How many ports of this machine the processes of a command need to find each other. */
function portsNeeded({ distribution }: Pick<CommandSpec, 'distribution'>): number {
  return distribution.type === 'tensorflow'
    ? distribution.workerCount + distribution.parameterServerCount
    : 1;
}

/** The processes of a command and what each is told of its place among them. `ports` are free ones of this machine. */
export function ranksOf(
  step: Pick<CommandSpec, 'distribution' | 'instanceCount'>,
  ports: readonly number[],
): readonly Rank[] {
  const { distribution, instanceCount } = step;
  const special =
    distribution.type === 'tensorflow'
      ? tensorflowRanks(distribution.workerCount, distribution.parameterServerCount, ports)
      : undefined;
  const perNode =
    distribution.type === 'pytorch' || distribution.type === 'mpi' ? distribution.processCountPerInstance : 1;
  const size = special?.length ?? instanceCount * perNode;
  const nodes = special?.length ?? instanceCount;
  if (size === 1 && distribution.type === 'none') return [{ log: 'user_logs/std_log.txt', variables: {} }];
  return Array.from({ length: size }, (_, rank) => {
    const local = rank % perNode;
    const node = Math.floor(rank / perNode);
    return {
      log:
        size === 1
          ? 'user_logs/std_log.txt'
          : `user_logs/std_log_process_${String(rank).padStart(2, '0')}.txt`,
      variables: {
        RANK: String(rank),
        LOCAL_RANK: String(local),
        NODE_RANK: String(node),
        WORLD_SIZE: String(size),
        LOCAL_WORLD_SIZE: String(perNode),
        MASTER_ADDR: '127.0.0.1',
        MASTER_PORT: String(ports[0] ?? 0),
        AZUREML_NODE_COUNT: String(nodes),
        AZ_BATCHAI_MPI_MASTER_NODE: '127.0.0.1',
        // All nodes are this machine: each takes its share of the cores.
        ...(size === 1
          ? {}
          : { OMP_NUM_THREADS: String(Math.max(1, Math.floor(availableParallelism() / size))) }),
        ...(distribution.type === 'mpi'
          ? {
              OMPI_COMM_WORLD_RANK: String(rank),
              OMPI_COMM_WORLD_SIZE: String(size),
              OMPI_COMM_WORLD_LOCAL_RANK: String(local),
              OMPI_COMM_WORLD_LOCAL_SIZE: String(perNode),
              OMPI_COMM_WORLD_NODE_RANK: String(node),
            }
          : {}),
        ...special?.[rank],
      },
    };
  });
}

export async function distributedRanks(step: CommandSpec): Promise<readonly Rank[]> {
  return ranksOf(step, await freePorts(portsNeeded(step)));
}
