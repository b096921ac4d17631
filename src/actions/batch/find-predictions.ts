import type { AzureMl, CallOptions } from '../../azure/index.ts';
import { AmlDeitError } from '../../errors/index.ts';

/** Names of the output with the rows: the container's, and the one of Azure ML's own batch driver. */
const outputNames = ['predictions', 'score'] as const;

/**
 * The address of a batch job's rows. A pipeline's are the job's own output; those of a deployment of a model are the
 * output `score` of its child run `batchscoring`, and looking for them on the job itself finds nothing.
 */
export async function findPredictions(aml: AzureMl, job: string, call: CallOptions): Promise<string> {
  const address = (runId: string, output: string): string => `azureml://jobs/${runId}/outputs/${output}`;
  const look = async (runId: string, depth: number): Promise<string | undefined> => {
    const run = await aml.runs.get(runId, call);
    const outputs = run?.outputs ?? {};
    const named = outputNames.find((name) => outputs[name] !== undefined);
    if (named !== undefined) return address(runId, named);
    if (run?.displayName === 'batchscoring') return address(runId, 'score');
    if (depth === 0) return undefined;
    for (const child of await aml.runs.children(runId, call)) {
      const found = await look(child.runId, depth - 1);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const found = await look(job, 3);
  if (found !== undefined) return found;
  throw new AmlDeitError(
    'AZURE_NOT_FOUND',
    `job "${job}" has no output ${outputNames.join(' or ')}, nor has any of its steps`,
    { hint: `what it has: aml-deit job show ${job}` },
  );
}
