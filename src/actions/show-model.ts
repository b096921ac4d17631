import type { ActionContext } from '../io/index.ts';
import type { ConnectOptions } from './connect.ts';
import { findModelVersion } from './models/model-reference.ts';
import { summarizeModelVersion } from './models/model-summary.ts';
import type { ModelVersionSummary } from './models/model-summary.ts';
import { withConnection } from './with-connection.ts';

export interface ModelOptions extends ConnectOptions, ActionContext {
  /** `NAME` (its newest version), `NAME:VERSION`, `azureml:NAME:VERSION`, or the ARM id of a version. */
  readonly model: string;
}

/** One version of a model, with its tags. Throws ASSET_NOT_FOUND. */
export function showModel(options: ModelOptions): Promise<ModelVersionSummary> {
  return withConnection(options, async (aml, call) => {
    const found = await findModelVersion(aml, options.model, call);
    return summarizeModelVersion(found.modelName, found);
  });
}
