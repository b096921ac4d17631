export { phaseOf } from './actual-online.ts';
export type {
  ActualDeployment,
  ActualEndpoint,
  ActualEnvironment,
  ActualModel,
  ActualOnline,
  DeploymentPhase,
} from './actual-online.ts';
export { revisionSpecification } from './desired-online.ts';
export type {
  DesiredDeployment,
  DesiredEndpoint,
  DesiredEnvironment,
  DesiredModel,
  DesiredOnline,
  DesiredProbe,
  DesiredRequestSettings,
  InferenceRoutes,
  Route,
} from './desired-online.ts';
export { describeStep } from './describe-step.ts';
export type { FieldChange } from './field-changes.ts';
export { formatIsoDuration, parseIsoDuration } from './iso-duration.ts';
export { assetName, nameFault, revisionName } from './names.ts';
export { findEnvironment, findModel, planOnline } from './plan-online.ts';
export type { OnlinePlan, PlanStep } from './plan-online.ts';
export { batchSpecification, describeBatchStep, planBatch } from './plan-batch.ts';
export type {
  ActualBatch,
  BatchPlan,
  BatchStep,
  DesiredBatch,
  DesiredBatchDeployment,
  DesiredCluster,
} from './plan-batch.ts';
export { describeTraffic, moveTraffic, normalizeTraffic, sameTraffic, trafficOf } from './traffic.ts';
export type { Traffic } from './traffic.ts';
