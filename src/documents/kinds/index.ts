import { amlCompute } from './aml-compute.ts';
import { batchDeployment } from './batch-deployment.ts';
import { batchEndpoint } from './batch-endpoint.ts';
import { commandComponent } from './command-component.ts';
import { commandJob } from './command-job.ts';
import { config } from './config.ts';
import { data } from './data.ts';
import { deepspeedConfig } from './deepspeed-config.ts';
import { environment } from './environment.ts';
import type { DocumentKind, KindDefinition } from './kind.ts';
import { managedOnlineDeployment } from './managed-online-deployment.ts';
import { managedOnlineEndpoint } from './managed-online-endpoint.ts';
import { mltable } from './mltable.ts';
import { modelBatchDeployment } from './model-batch-deployment.ts';
import { model } from './model.ts';
import { pipelineComponentBatchDeployment } from './pipeline-component-batch-deployment.ts';
import { pipelineComponent } from './pipeline-component.ts';
import { pipelineJob } from './pipeline-job.ts';

/** The one table of kinds. */
export const documentKinds = {
  managedOnlineEndpoint,
  managedOnlineDeployment,
  batchEndpoint,
  modelBatchDeployment,
  batchDeployment,
  pipelineComponentBatchDeployment,
  pipelineJob,
  commandJob,
  commandComponent,
  pipelineComponent,
  model,
  environment,
  data,
  mltable,
  amlCompute,
  deepspeedConfig,
  config,
} as const satisfies Readonly<Record<DocumentKind, KindDefinition>>;

export const kindDefinitions: readonly KindDefinition[] = Object.values(documentKinds);
