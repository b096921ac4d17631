import type { AzureMl, CallOptions } from '../../azure/index.ts';
import type { ModelVersionResource } from '../../azure/wire/assets.ts';
import { AmlDeitError } from '../../errors/index.ts';
import { parseAssetId, resolveAssetReference } from '../online/asset-reference.ts';

/**
 * The version that a person means by `NAME`, `NAME:VERSION`, `NAME@latest`, the same after `azureml:`, or an ARM id.
 * Throws ASSET_NOT_FOUND, and USAGE for what is no reference to a model of the workspace.
 */
export async function findModelVersion(
  aml: AzureMl,
  reference: string,
  call: CallOptions,
): Promise<ModelVersionResource & { readonly modelName: string }> {
  const isWhole = reference.startsWith('azureml:') || reference.startsWith('/');
  const text = isWhole ? reference : `azureml:${reference}`;
  const named = /^azureml:[^/:@]+$/.test(text) ? `${text}@latest` : text;
  const id = await resolveAssetReference(aml, 'models', named, call);
  const asset = parseAssetId(id, 'models');
  if (asset === undefined || !id.toLowerCase().startsWith(`${aml.workspaceId.toLowerCase()}/`)) {
    throw new AmlDeitError('USAGE', `"${reference}" is no model of ${aml.description}`, {
      hint: 'expected NAME, NAME:VERSION or the id of a model version of this workspace',
    });
  }
  const found = await aml.models.get(asset.name, asset.version, call);
  if (found !== undefined) return { ...found, modelName: asset.name };
  throw new AmlDeitError(
    'ASSET_NOT_FOUND',
    `there is no model ${asset.name}:${asset.version} in ${aml.description}`,
  );
}
