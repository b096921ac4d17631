import type { ListModelsResult } from '../actions/list-models.ts';
import type { ModelVersionSummary } from '../actions/models/model-summary.ts';
import { formatTable } from './format-table.ts';

export function renderModels({ models, versions }: ListModelsResult): string {
  if (versions !== undefined) {
    if (versions.length === 0) return 'there is no model of this name';
    return formatTable(
      ['VERSION', 'TYPE', 'CREATED', 'DESCRIPTION'],
      versions.map(({ version, type, createdAt, description }) => [
        version,
        type,
        createdAt ?? '',
        description ?? '',
      ]),
    );
  }
  if (models === undefined || models.length === 0) return 'there is no model';
  return formatTable(
    ['NAME', 'LATEST', 'DESCRIPTION'],
    models.map(({ name, latestVersion, description }) => [name, latestVersion ?? '', description ?? '']),
  );
}

export function renderModel(model: ModelVersionSummary): string {
  const facts: (readonly [string, string])[] = [
    ['type', model.type],
    ['files', model.uri],
    ...(model.description === undefined ? [] : [['description', model.description] as const]),
    ...(model.createdAt === undefined ? [] : [['created', model.createdAt] as const]),
    ...Object.entries(model.tags).map(([name, value]) => [name, value] as const),
    ['id', model.id],
  ];
  const width = Math.max(...facts.map(([name]) => name.length));
  return [
    `${model.name}:${model.version}${model.isArchived ? ' (archived)' : ''}`,
    ...facts.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`),
  ].join('\n');
}
