import { AmlDeitError, deleteBatchEndpoint, deleteCompute, deleteEndpoint } from 'aml-deit';
import type { Host } from 'aml-deit';

/** Names of everything that is billed while it is there. */
export interface Made {
  readonly endpoint: string;
  readonly batchEndpoint: string;
  readonly trainingCluster: string;
  readonly batchCluster: string;
}

interface Where {
  readonly host: Host;
  readonly target: 'azure' | 'local';
  readonly signal?: AbortSignal;
}

type Removal = readonly [what: string, remove: (where: Where) => Promise<{ readonly deleted: boolean }>];

function removals(made: Made): readonly Removal[] {
  return [
    [`endpoint ${made.endpoint}`, (where) => deleteEndpoint({ ...where, endpoint: made.endpoint })],
    [
      `batch endpoint ${made.batchEndpoint}`,
      (where) => deleteBatchEndpoint({ ...where, endpoint: made.batchEndpoint }),
    ],
    [
      `cluster ${made.trainingCluster}`,
      (where) => deleteCompute({ ...where, compute: made.trainingCluster }),
    ],
    [`cluster ${made.batchCluster}`, (where) => deleteCompute({ ...where, compute: made.batchCluster })],
  ];
}

/** What of it is there; nothing is touched. */
export async function findMade(made: Made, where: Where): Promise<readonly string[]> {
  const found: string[] = [];
  for (const [what, remove] of removals(made)) {
    let asked = false;
    // To be asked whether to delete is to know that it is there.
    const host: Host = {
      ...where.host,
      confirm() {
        asked = true;
        return Promise.resolve(false);
      },
    };
    await remove({ ...where, host }).catch((error: unknown) => {
      if (!(error instanceof AmlDeitError && error.code === 'NOT_CONFIRMED')) throw error;
    });
    if (asked) found.push(what);
  }
  return found;
}

/** Removes each of them, whatever happens to the others. Gives what could not be removed. */
export async function removeMade(made: Made, where: Where): Promise<readonly string[]> {
  const host: Host = { ...where.host, confirm: () => Promise.resolve(true) };
  const left: string[] = [];
  for (const [what, remove] of removals(made)) {
    try {
      const { deleted } = await remove({ ...where, host });
      console.log(deleted ? `removed: ${what}` : `there was no ${what}`);
    } catch (error) {
      console.error(`${what} cannot be removed: ${error instanceof Error ? error.message : String(error)}`);
      left.push(what);
    }
  }
  return left;
}
