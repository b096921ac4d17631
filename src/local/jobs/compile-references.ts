import {
  parseCodeReference,
  parseComponentReference,
  parseComputeReference,
  parseEnvironmentReference,
} from '../arm/resource-ids.ts';
import type { ComponentReference } from '../arm/resource-ids.ts';
import type { ComponentSpec } from '../arm/assets/component-spec.ts';
import type { TwinTables } from '../services.ts';
import { resourceKey } from '../services.ts';
import type { TwinIdentity } from '../lifecycle/identity.ts';
import type { BlobPlace } from '../storage/blob-url.ts';
import type { NamedEnvironment } from './choose-execution.ts';
import { invalid, missing } from './job-fault.ts';

export interface CompileContext {
  readonly identity: TwinIdentity;
  readonly tables: Pick<
    TwinTables,
    'componentVersions' | 'environmentVersions' | 'codeVersions' | 'computes'
  >;
  /** What the twin has of a registry's components; undefined: nothing of that name and version. */
  readonly registryComponent: (
    reference: Extract<ComponentReference, { readonly source: 'registry' }>,
  ) => ComponentSpec | undefined;
}

/** Specs write ids with a prefix: `azureml:/subscriptions/…`. */
function withoutPrefix(id: string): string {
  return id.startsWith('azureml:/subscriptions/') ? id.slice('azureml:'.length) : id;
}

export function findComponent(given: string, context: CompileContext): ComponentSpec {
  const id = withoutPrefix(given);
  const reference = parseComponentReference(context.identity, id);
  if (reference === undefined) throw invalid(`"${given}" is no id of a component.`);
  const { name, version } = reference;
  const spec =
    reference.source === 'registry'
      ? context.registryComponent(reference)
      : context.tables.componentVersions.get(name, version)?.body.componentSpec;
  if (spec === undefined)
    throw missing(
      reference.source === 'registry'
        ? `Component ${name} with version ${version} was not found in the registry ${reference.registry}.`
        : `Component ${name} with version ${version} was not found.`,
    );
  return spec;
}

/** Environments of registries are taken by their names: the twin has no images of them, so there is nothing to look up. */
export function checkEnvironment(given: string, context: CompileContext): string {
  return findEnvironment(given, context).id;
}

/** An environment that a command may name. */
export function findEnvironment(
  given: string,
  context: Pick<CompileContext, 'identity' | 'tables'>,
): NamedEnvironment {
  const id = withoutPrefix(given);
  if (/^azureml:\/\/registries\/[^/]+\/environments\/[^/]+\/(?:versions|labels)\/[^/]+$/i.test(id))
    return { id, record: undefined };
  const [, workspace, labelled] = /^(.*)\/environments\/([^/]+)\/labels\/latest$/i.exec(id) ?? [];
  const reference =
    labelled === undefined
      ? parseEnvironmentReference(context.identity, id)
      : parseEnvironmentReference(
          context.identity,
          `${workspace}/environments/${labelled}/versions/${context.tables.environmentVersions.newest(labelled)?.name ?? 'latest'}`,
        );
  if (reference === undefined) throw invalid(`"${given}" is no id of an environment of this workspace.`);
  const record = context.tables.environmentVersions.get(reference.name, reference.version)?.body;
  // Those that every workspace has: which there are is Azure's to say.
  if (record === undefined && /^AzureML-/i.test(reference.name)) return { id, record };
  if (record === undefined)
    throw missing(`Environment ${reference.name} with version ${reference.version} was not found.`);
  return { id, record };
}

export function findCode(given: string, context: CompileContext): BlobPlace {
  const reference = parseCodeReference(context.identity, withoutPrefix(given));
  if (reference === undefined) throw invalid(`"${given}" is no id of a code snapshot of this workspace.`);
  const code = context.tables.codeVersions.get(reference.name, reference.version)?.body;
  if (code === undefined)
    throw missing(`Code ${reference.name} with version ${reference.version} was not found.`);
  return code.place;
}

/** The name of a compute that is there; null for serverless, which every workspace has. */
export function checkCompute(given: string, context: CompileContext): string | null {
  const id = withoutPrefix(given);
  const name =
    parseComputeReference(context.identity, id) ?? /^(?:azureml:)?([A-Za-z][\w-]*)$/.exec(given)?.[1];
  if (name === undefined) throw invalid(`"${given}" is no id of a compute of this workspace.`);
  if (name.toLowerCase() === 'serverless') return null;
  const known = context.tables.computes.get('', resourceKey(name));
  if (known === undefined) throw missing(`Compute with name ${name} was not found.`);
  return known.body.name;
}
