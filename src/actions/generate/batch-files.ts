import { card } from '../../card/index.ts';
import { packageVersion } from '../../io/index.ts';
import { checkComputeName, checkEndpointName, checkWhole, optionsInvalid } from './check-values.ts';
import type { GenerateOptions, Serving } from './generate-options.ts';
import { packageModel, registryModel, scoringImage } from './online-files.ts';
import type { RenderedFile } from './publish-files.ts';
import { renderFile } from './render-file.ts';

export interface GenerateBatchOptions extends GenerateOptions {
  /** `container` by default. */
  readonly serving?: Serving;
  /** `deit-batch` by default. */
  readonly endpoint?: string;
  /** `blue` by default. */
  readonly deployment?: string;
  /** As for online. */
  readonly model?: string;
  /** The scoring image; the twin's by default. */
  readonly image?: string;
  /** Name of the cluster; `deit-cpu` by default. */
  readonly compute?: string;
  /** Machines that share a job's pictures; 2 by default. */
  readonly instanceCount?: number;
  /** Only for `registry`: how many files may fail before the job does; -1 for any number. 0 by default. */
  readonly errorThreshold?: number;
}

export const defaultBatchCompute = 'deit-cpu';
export const defaultBatchInstances = 2;

const pipelineFile = 'batch-pipeline.yml';
const scoreFile = 'batch-score.yml';

/** `batch-endpoint.yml` and `batch-deployment.yml`; for a container the two components that it runs as well. */
export async function batchFiles(options: GenerateBatchOptions): Promise<RenderedFile[]> {
  const { serving = 'container', endpoint = 'deit-batch', deployment = 'blue' } = options;
  const compute = options.compute ?? defaultBatchCompute;
  const instances = options.instanceCount ?? defaultBatchInstances;
  checkEndpointName('endpoint', endpoint);
  checkEndpointName('deployment', deployment);
  checkComputeName(compute);
  checkWhole('the instance count', instances, 1);
  const common = { deployment, endpoint, compute_reference: `azureml:${compute}` };
  return Promise.all([
    renderFile(
      {
        template: 'batch/endpoint.yml',
        name: 'batch-endpoint.yml',
        schema: 'batchEndpoint',
        values: { endpoint, card_model: card.name },
      },
      options,
    ),
    ...(serving === 'registry'
      ? [registryDeployment(options, { ...common, instances })]
      : containerDeployment(options, common, instances)),
  ]);
}

type Values = Readonly<Record<string, string | number | boolean>>;

async function registryDeployment(options: GenerateBatchOptions, common: Values): Promise<RenderedFile> {
  if (options.image !== undefined) {
    throw optionsInvalid("an image is given, but the registry's MLflow model brings its own", 'leave it out');
  }
  const errorThreshold = options.errorThreshold ?? 0;
  checkWhole('the error threshold', errorThreshold, -1, 2 ** 31 - 1);
  const model = registryModel(options.model);
  return renderFile(
    {
      template: 'batch/deployment-registry.yml',
      name: 'batch-deployment.yml',
      schema: 'modelBatchDeployment',
      values: { ...common, model, error_threshold: errorThreshold },
      conditions: { card_model: model === card.id },
    },
    options,
  );
}

function containerDeployment(
  options: GenerateBatchOptions,
  common: Values,
  instances: number,
): Promise<RenderedFile>[] {
  if (options.errorThreshold !== undefined) {
    throw optionsInvalid(
      'an error threshold is given, but only the registry serving has one',
      'leave it out',
    );
  }
  const version = packageVersion();
  return [
    renderFile(
      {
        template: 'batch/deployment-container.yml',
        name: 'batch-deployment.yml',
        schema: 'pipelineComponentBatchDeployment',
        values: { ...common, pipeline_file: `./${pipelineFile}` },
      },
      options,
    ),
    renderFile(
      {
        template: 'batch/pipeline.yml',
        name: pipelineFile,
        schema: 'pipelineComponent',
        values: { version, score_file: `./${scoreFile}`, model: packageModel(options.model, options).text },
      },
      options,
    ),
    renderFile(
      {
        template: 'batch/score.yml',
        name: scoreFile,
        schema: 'commandComponent',
        values: { version, image: scoringImage(options.image), instances },
      },
      options,
    ),
  ];
}
