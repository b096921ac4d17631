import type { ModelVersionResource } from '../../azure/wire/assets.ts';

export interface ModelVersionSummary {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  /** `custom_model` for model packages. */
  readonly type: string;
  /** Where its files are: an address for `downloadFolder`. */
  readonly uri: string;
  readonly description?: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly createdAt?: string;
  readonly isArchived: boolean;
}

export function summarizeModelVersion(name: string, version: ModelVersionResource): ModelVersionSummary {
  const { modelType, modelUri, description, tags, isArchived } = version.properties;
  const createdAt = version.systemData?.createdAt;
  return {
    id: version.id,
    name,
    version: version.name,
    type: modelType ?? 'custom_model',
    uri: modelUri ?? '',
    ...(typeof description === 'string' && description !== '' ? { description } : {}),
    tags: tags ?? {},
    ...(typeof createdAt === 'string' ? { createdAt } : {}),
    isArchived: isArchived === true,
  };
}
