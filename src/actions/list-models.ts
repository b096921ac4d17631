import type { ModelContainerResource } from '../azure/wire/assets.ts';
import type { ActionContext } from '../io/index.ts';
import type { ConnectOptions } from './connect.ts';
import { summarizeModelVersion } from './models/model-summary.ts';
import type { ModelVersionSummary } from './models/model-summary.ts';
import { withConnection } from './with-connection.ts';

export interface ListModelsOptions extends ConnectOptions, ActionContext {
  /** The versions of this model instead of all models; empty for a name that nobody registered. */
  readonly name?: string;
}

export interface ModelSummary {
  readonly name: string;
  readonly latestVersion?: string;
  readonly description?: string;
}

export interface ListModelsResult {
  /** Without a name: every model of the workspace, by name. */
  readonly models?: readonly ModelSummary[];
  /** With one: its versions, newest first. */
  readonly versions?: readonly ModelVersionSummary[];
}

/** The models of the workspace, or the versions of one. */
export function listModels(options: ListModelsOptions): Promise<ListModelsResult> {
  return withConnection(options, async (aml, call) => {
    const { name } = options;
    if (name !== undefined) {
      const versions = await aml.models.list(name, call);
      return { versions: versions.map((version) => summarizeModelVersion(name, version)) };
    }
    const models = (await aml.models.listNames(call)).map(summarizeModel);
    return { models: models.sort((a, b) => (a.name < b.name ? -1 : 1)) };
  });
}

function summarizeModel({ name, properties }: ModelContainerResource): ModelSummary {
  const { latestVersion, description } = properties;
  return {
    name,
    ...(typeof latestVersion === 'string' ? { latestVersion } : {}),
    ...(typeof description === 'string' && description !== '' ? { description } : {}),
  };
}
