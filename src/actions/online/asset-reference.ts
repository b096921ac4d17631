import type { AzureMl, CallOptions } from '../../azure/index.ts';
import { AmlDeitError } from '../../errors/index.ts';

type AssetKind = 'models' | 'environments';

export interface AssetName {
  readonly name: string;
  readonly version: string;
}

/** Name and version out of an ARM id of a model or an environment; undefined for any other id. */
export function parseAssetId(id: string | undefined, kind: AssetKind): AssetName | undefined {
  const match = new RegExp(`/workspaces/[^/]+/${kind}/([^/]+)/versions/([^/]+)$`, 'i').exec(id ?? '');
  return match === null ? undefined : { name: match[1] ?? '', version: match[2] ?? '' };
}

/** Whether a text refers to a registered asset rather than to a file or folder. */
export function isAssetReference(text: string): boolean {
  return text.startsWith('azureml:') || text.startsWith('/subscriptions/');
}

/**
 * `azureml:NAME:VERSION`, `azureml:NAME@latest`, an ARM id or `azureml://registries/…` as the id that a deployment
 * takes. What is in the workspace has to be there: ASSET_NOT_FOUND otherwise.
 */
export async function resolveAssetReference(
  aml: AzureMl,
  kind: AssetKind,
  reference: string,
  call: CallOptions,
): Promise<string> {
  const text = reference.replace(/^azureml:(?=\/subscriptions\/)/, '');
  if (text.startsWith('azureml://registries/')) {
    if (new RegExp(`^azureml://registries/[^/]+/${kind}/[^/]+/(?:versions|labels)/[^/]+$`).test(text))
      return text;
    throw malformed(kind, reference);
  }
  if (text.startsWith('/subscriptions/')) {
    const parsed = parseAssetId(text, kind);
    if (parsed === undefined) throw malformed(kind, reference);
    if (!text.toLowerCase().startsWith(`${aml.workspaceId.toLowerCase()}/`)) return text;
    return (await find(aml, kind, parsed, call)).id;
  }
  const match = /^azureml:([^/:@]+)(?::([^/:@]+)|@latest)$/.exec(text);
  const name = match?.[1];
  if (name === undefined) throw malformed(kind, reference);
  const version = match?.[2];
  if (version !== undefined) return (await find(aml, kind, { name, version }, call)).id;
  const [newest] = await aml[kind].list(name, call);
  if (newest === undefined) throw notFound(aml, kind, name);
  return newest.id;
}

async function find(
  aml: AzureMl,
  kind: AssetKind,
  asset: AssetName,
  call: CallOptions,
): Promise<{ readonly id: string }> {
  const found = await aml[kind].get(asset.name, asset.version, call);
  if (found === undefined) throw notFound(aml, kind, `${asset.name}:${asset.version}`);
  return found;
}

function notFound(aml: AzureMl, kind: AssetKind, what: string): AmlDeitError {
  return new AmlDeitError(
    'ASSET_NOT_FOUND',
    `there is no ${kind === 'models' ? 'model' : 'environment'} ${what} in ${aml.description}`,
  );
}

function malformed(kind: AssetKind, reference: string): AmlDeitError {
  return new AmlDeitError('DEPLOY_OPTIONS_INVALID', `"${reference}" is no reference to one of the ${kind}`, {
    hint: `azureml:NAME:VERSION, azureml:NAME@latest, an ARM id, or azureml://registries/REGISTRY/${kind}/NAME/versions/VERSION`,
  });
}
