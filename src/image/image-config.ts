import { frugalAllocator, packageVersion, scoringRoutes } from '../io/index.ts';
import type { ImageConfig } from '../oci/index.ts';
import type { BaseImage } from './base-image.ts';
import { imageRoot } from './platform-names.ts';

export interface ConfigInput {
  readonly base: BaseImage;
  /** Path of the Node that runs the server. */
  readonly node: string;
  readonly layers: readonly { readonly name: string; readonly diffId: string }[];
  /** Content hash of the model package that is in the image. */
  readonly model?: string;
}

/** Nobody's: no user of the base, and no name that would have to stand in its passwd. */
export const imageUser = '10001:10001';
/** Labels that say what the image is to whoever runs it, the local twin among them. */
export const labels = {
  version: 'aml-deit.version',
  model: 'aml-deit.model',
  sbom: 'aml-deit.sbom',
} as const;
/** A fixed time: an image is what is in it, not when it was made. */
const created = '1970-01-01T00:00:00Z';
const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The base's variables, with ours over them. */
function environment(base: BaseImage, node: string, model: string | undefined): string[] {
  const variables = new Map(
    (base.config.config?.Env ?? []).map((line): [string, string] => {
      const at = line.indexOf('=');
      return at === -1 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
    }),
  );
  const path = variables.get('PATH') ?? defaultPath;
  const ours = {
    PATH: [`/${imageRoot}/bin`, node.replace(/\/[^/]*$/, ''), path].join(':'),
    HOME: '/tmp',
    NODE_ENV: 'production',
    // The inference runtime would report to its maker.
    ORT_DISABLE_TELEMETRY: '1',
    ...frugalAllocator,
    ...(model === undefined ? {} : { AZUREML_MODEL_DIR: `/${imageRoot}/model` }),
  };
  for (const [name, value] of Object.entries(ours)) variables.set(name, value);
  return [...variables].map(([name, value]) => `${name}=${value}`);
}

/** The configuration of the image: the base's, with our server as its process. */
export function imageConfig(input: ConfigInput): ImageConfig {
  const { base, node, layers, model } = input;
  const inherited = base.config.history ?? [];
  const filled = inherited.filter((step) => step.empty_layer !== true).length;
  // History is all or nothing: one entry a layer.
  const hasHistory = filled === base.config.rootfs.diff_ids.length;
  return {
    created,
    architecture: base.config.architecture,
    os: base.config.os,
    ...(base.config.variant === undefined ? {} : { variant: base.config.variant }),
    config: {
      User: imageUser,
      ExposedPorts: { [`${scoringRoutes.port}/tcp`]: {} },
      Env: environment(base, node, model),
      // No shell in between: the server gets the signals itself.
      Entrypoint: [node, `/${imageRoot}/bin/run.js`],
      Cmd: ['serve', '--host', '0.0.0.0', '--port', String(scoringRoutes.port)],
      WorkingDir: '/tmp',
      Labels: {
        ...base.config.config?.Labels,
        'org.opencontainers.image.title': 'aml-deit scoring server',
        'org.opencontainers.image.version': packageVersion(),
        'org.opencontainers.image.licenses': 'MIT',
        'org.opencontainers.image.base.digest': base.descriptor.digest,
        ...(base.reference === undefined ? {} : { 'org.opencontainers.image.base.name': base.reference }),
        [labels.version]: packageVersion(),
        [labels.sbom]: `/${imageRoot}/sbom.cdx.json`,
        ...(model === undefined ? {} : { [labels.model]: model }),
      },
      StopSignal: 'SIGTERM',
    },
    rootfs: {
      type: 'layers',
      diff_ids: [...base.config.rootfs.diff_ids, ...layers.map(({ diffId }) => diffId)],
    },
    ...(hasHistory
      ? {
          history: [
            ...inherited,
            ...layers.map(({ name }) => ({ created, created_by: `aml-deit image build: ${name}` })),
          ],
        }
      : {}),
  };
}
