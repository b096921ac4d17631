import { card } from '../card/index.ts';
import type { ActionContext } from '../io/index.ts';
import { silentHost } from '../io/index.ts';
import type { ConnectOptions } from './connect.ts';

export interface ResolvedCheckpoint {
  /** A folder or file on this disk. */
  readonly path: string;
  /** Undefined for what was on this disk already. */
  readonly origin: { readonly name: string; readonly uri: string } | undefined;
}

/**
 * Where a checkpoint's files are on this disk: where they are named, or in a cache after they were fetched from the hub
 * or the workspace. The card's own model is taken at the card's commit unless another is named.
 */
export async function resolveCheckpoint(
  source: string,
  options: ActionContext & ConnectOptions,
): Promise<ResolvedCheckpoint> {
  const { host = silentHost, signal, env = process.env } = options;
  if (source.startsWith('azureml:')) {
    const { fetchWorkspaceCheckpoint } = await import('./models/fetch-workspace-checkpoint.ts');
    const { directory, name, uri } = await fetchWorkspaceCheckpoint(source, options);
    return { path: directory, origin: { name, uri } };
  }
  const { fetchHubModel, isHubReference, parseHubReference } = await import('../model/index.ts');
  if (!isHubReference(source)) return { path: source, origin: undefined };
  const reference = parseHubReference(source);
  const { repository } = reference;
  const isCardsOwn = repository === card.tags.huggingface_model_id;
  const revision = reference.revision ?? (isCardsOwn ? card.properties.SHA : undefined);
  if (reference.revision === undefined && isCardsOwn) {
    host.message({
      code: 'hub-pinned',
      level: 'info',
      text: `${repository} is the card's model: taking the commit that the card names, ${card.properties.SHA}`,
    });
  }
  const { directory, commit } = await fetchHubModel(
    { repository, revision },
    { env, host, ...(signal === undefined ? {} : { signal }) },
  );
  return { path: directory, origin: { name: repository, uri: `hf:${repository}@${commit}` } };
}
