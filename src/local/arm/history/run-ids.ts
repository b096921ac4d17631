import { createHash } from 'node:crypto';
import type { TwinIdentity } from '../../lifecycle/identity.ts';
import { isModelType } from '../../jobs/job-spec.ts';
import type { RunOutput, RunRecord } from '../../jobs/run-record.ts';
import type { RunStore } from '../../jobs/run-store.ts';

/** A GUID that is always the same for the same words. */
export function stableGuid(...words: readonly string[]): string {
  const hex = createHash('sha256').update(words.join('\n')).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}

const outputPart = '_output_data_';

/** The id of the asset that an output is: the one that it was registered as, or one of its own. */
export function outputAssetId(
  identity: TwinIdentity,
  run: RunRecord,
  name: string,
  output: RunOutput,
): string {
  const kind = isModelType(output.dataType) ? 'models' : 'data';
  const asset = output.asset ?? { name: `azureml_${run.runId}${outputPart}${name}`, version: '1' };
  return `azureml://locations/${identity.location}/workspaces/${identity.workspaceId}/${kind}/${asset.name}/versions/${asset.version}`;
}

/** The output that an asset name made by `outputAssetId` stands for. Names may hold the words between them. */
export function findOutput(runs: RunStore, assetName: string): RunOutput | undefined {
  if (!assetName.startsWith('azureml_')) return undefined;
  const words = assetName.slice('azureml_'.length);
  for (let at = words.indexOf(outputPart); at >= 0; at = words.indexOf(outputPart, at + 1)) {
    const run = runs.get(words.slice(0, at))?.body;
    const output = run?.outputs[words.slice(at + outputPart.length)];
    if (output !== undefined) return output;
  }
  return undefined;
}
