import { ServiceError, userError } from '../../http/service-error.ts';
import { containerRecord, createAssetHandlers } from './asset-handlers.ts';
import type { ArmHandler } from '../handler.ts';
import type { EnvironmentVersionRecord, InferenceConfigRecord } from './records.ts';
import { environmentVersionShape } from './shapes.ts';

/** What a version of an environment is: a second PUT may change tags and the like, but none of these. */
function definition(record: EnvironmentVersionRecord): string {
  return JSON.stringify([
    record.image,
    record.build,
    record.condaFile,
    record.inferenceConfig,
    record.osType,
  ]);
}

function readInferenceConfig(value: unknown): InferenceConfigRecord | null {
  const config = value as InferenceConfigRecord | null | undefined;
  if (config === null || config === undefined) return null;
  const route = ({ path, port }: { path: string; port: number }): { path: string; port: number } => ({
    path,
    port,
  });
  return {
    livenessRoute: route(config.livenessRoute),
    readinessRoute: route(config.readinessRoute),
    scoringRoute: route(config.scoringRoute),
  };
}

const handlers = createAssetHandlers<EnvironmentVersionRecord>({
  segment: 'environments',
  title: 'Environment',
  missingContainerCode: 'EnvironmentNotFound',
  missingVersionCode: 'EnvironmentNotFound',
  versionShape: environmentVersionShape,
  containers: (services) => services.tables.environments,
  versions: (services) => services.tables.environmentVersions,
  replaceStatus: 201,
  toRecord(properties, known) {
    const build = properties['build'] as
      { contextUri: string; dockerfilePath?: string | null } | null | undefined;
    const image = (properties['image'] as string | null | undefined) ?? null;
    if ((image === null || image === '') === (build === null || build === undefined))
      throw userError('An environment needs exactly one of image and build.');
    const record: EnvironmentVersionRecord = {
      ...containerRecord(properties),
      isAnonymous: properties['isAnonymous'] === true,
      stage: (properties['stage'] as string | null | undefined) ?? known?.stage ?? null,
      image: image === '' ? null : image,
      build:
        build === null || build === undefined
          ? null
          : { contextUri: build.contextUri, dockerfilePath: build.dockerfilePath ?? 'Dockerfile' },
      condaFile: (properties['condaFile'] as string | null | undefined) ?? '',
      inferenceConfig: readInferenceConfig(properties['inferenceConfig']),
      osType: (properties['osType'] as string | null | undefined) ?? 'Linux',
    };
    if (known !== undefined && definition(known) !== definition(record))
      // 409, for azure-ai-ml takes the next version then, where the caller named none; code and words are guesses.
      throw new ServiceError(409, 'UserError', 'Asset paths cannot be updated.', {
        details: [
          {
            code: 'EnvironmentImmutable',
            message:
              'A version of an environment keeps its image, build, conda file and routes: register another version.',
          },
        ],
      });
    return record;
  },
  toProperties: (record, { isLatest }) => ({
    description: record.description,
    tags: record.tags,
    properties: { ...record.properties, ...(isLatest ? { 'azureml.labels': 'latest' } : {}) },
    isArchived: record.isArchived,
    isAnonymous: record.isAnonymous,
    environmentType: 'UserCreated',
    ...(record.image === null ? {} : { image: record.image }),
    ...(record.build === null ? {} : { build: record.build }),
    condaFile: record.condaFile,
    ...(record.inferenceConfig === null ? {} : { inferenceConfig: record.inferenceConfig }),
    osType: record.osType,
    autoRebuild: 'Disabled',
    stage: record.stage ?? 'Development',
    provisioningState: 'Succeeded',
    autoDeleteSetting: null,
    intellectualProperty: null,
  }),
});

export const environmentHandlers = {
  'environment.containers.list': handlers.listContainers,
  'environment.container.get': handlers.getContainer,
  'environment.container.put': handlers.putContainer,
  'environment.container.delete': handlers.deleteContainer,
  'environment.versions.list': handlers.listVersions,
  'environment.version.get': handlers.getVersion,
  'environment.version.put': handlers.putVersion,
  'environment.version.delete': handlers.deleteVersion,
  'environment.label.get': handlers.getLabel,
} as const satisfies Record<string, ArmHandler>;
