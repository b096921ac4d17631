import { notFound, userError } from '../../http/service-error.ts';
import type { TwinServices } from '../../services.ts';
import { resourceKey } from '../../services.ts';
import { textMap } from '../assets/asset-handlers.ts';
import { registryName } from '../registry/registry-scope.ts';
import {
  parseComponentReference,
  parseComputeReference,
  parseEnvironmentReference,
  parseModelReference,
} from '../resource-ids.ts';
import type { ComponentBatchSpec, ModelBatchSpec } from './records.ts';

export interface BatchDeploymentBody {
  readonly location: string;
  readonly tags?: unknown;
  readonly properties: {
    readonly description?: string | null;
    readonly properties?: unknown;
    readonly model?: { readonly assetId?: string | null } | null;
    readonly compute?: string | null;
    readonly environmentId?: string | null;
    readonly environmentVariables?: unknown;
    readonly codeConfiguration?: { readonly codeId?: string | null; readonly scoringScript: string } | null;
    readonly resources?: { readonly instanceCount?: number | null } | null;
    readonly miniBatchSize?: number | null;
    readonly maxConcurrencyPerInstance?: number | null;
    readonly errorThreshold?: number | null;
    readonly retrySettings?: { readonly maxRetries?: number | null; readonly timeout?: string | null } | null;
    readonly loggingLevel?: string | null;
    readonly outputAction?: string | null;
    readonly outputFileName?: string | null;
    readonly deploymentConfiguration?: {
      readonly componentId?: { readonly assetId?: string | null } | null;
      readonly settings?: unknown;
      readonly description?: string | null;
      readonly tags?: unknown;
    } | null;
  };
}

/** What a deployment runs, its references looked up. Throws the service's 400 or 404. */
export function batchSpecOf(
  { properties }: BatchDeploymentBody,
  services: TwinServices,
): ModelBatchSpec | ComponentBatchSpec {
  const configuration = properties.deploymentConfiguration ?? undefined;
  if (configuration !== undefined) {
    const componentId = configuration.componentId?.assetId ?? '';
    requireComponent(componentId, services);
    return {
      kind: 'component',
      componentId,
      settings: (configuration.settings ?? {}) as Readonly<Record<string, unknown>>,
      description: configuration.description ?? null,
      tags: textMap(configuration.tags),
    };
  }
  const modelId = properties.model?.assetId ?? '';
  if (modelId === '') throw userError('A batch deployment needs a model or a deploymentConfiguration.');
  requireModel(modelId, services);
  const environmentId = properties.environmentId ?? null;
  if (environmentId !== null) requireEnvironment(environmentId, services);
  const compute = properties.compute ?? null;
  if (compute !== null) requireCompute(compute, services);
  const code = properties.codeConfiguration ?? null;
  return {
    kind: 'model',
    modelId,
    compute,
    environmentId,
    codeConfiguration:
      code === null ? null : { codeId: code.codeId ?? '', scoringScript: code.scoringScript },
    environmentVariables: textMap(properties.environmentVariables),
  };
}

function requireComponent(id: string, services: TwinServices): void {
  const reference = parseComponentReference(services.identity, id);
  if (reference === undefined) throw userError(`"${id}" is no id of a component.`);
  if (reference.source === 'registry') return;
  if (services.tables.componentVersions.get(reference.name, reference.version) === undefined)
    throw notFound(`Component ${reference.name}:${reference.version} not found.`, 'ComponentNotFound');
}

function requireModel(id: string, services: TwinServices): void {
  const reference = parseModelReference(services.identity, id);
  if (reference === undefined) throw userError(`"${id}" is no id of a model.`);
  const found =
    reference.source === 'registry'
      ? reference.registry.toLowerCase() === registryName &&
        services.tables.registryModels.get(reference.name, reference.version) !== undefined
      : services.tables.modelVersions.get(reference.name, reference.version) !== undefined;
  if (!found)
    throw notFound(
      `Model ${reference.name} with version: ${reference.version} not found.`,
      'NoSuchModelRegistered',
    );
}

function requireEnvironment(id: string, services: TwinServices): void {
  const reference = parseEnvironmentReference(services.identity, id);
  if (reference === undefined) throw userError(`"${id}" is no id of an environment of this workspace.`);
  if (services.tables.environmentVersions.get(reference.name, reference.version) === undefined)
    throw notFound(`Environment ${reference.name}:${reference.version} not found.`, 'EnvironmentNotFound');
}

function requireCompute(id: string, services: TwinServices): void {
  const name = parseComputeReference(services.identity, id);
  if (name === undefined) throw userError(`"${id}" is no id of a compute of this workspace.`);
  if (name.toLowerCase() === 'serverless') return;
  if (services.tables.computes.get('', resourceKey(name)) === undefined)
    throw notFound(`Compute with name ${name} not found.`, 'ComputeNotFound');
}
