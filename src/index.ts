/**
 * The SDK of aml-deit: the same actions as the CLI, typed. Explicit re-exports only.
 */
export { AmlDeitError, errorCodes, exitCodes } from './errors/index.ts';
export type { AmlDeitErrorOptions, ErrorCode, ErrorKind } from './errors/index.ts';
export { silentHost } from './io/index.ts';
export type { ActionContext, Host, HostMessage, HostProgress, HostQuestion } from './io/index.ts';
export { checkSku } from './actions/check-sku.ts';
export type { CheckSkuOptions, SkuCheckResult, SkuVerdict } from './actions/check-sku.ts';
export { evaluateModels } from './actions/evaluate-models.ts';
export type { EvaluateModelsOptions, EvaluateModelsResult } from './actions/evaluate-models.ts';
export type {
  ClassRow,
  EvaluationPlace,
  EvaluationReport,
  Mistake,
  ModelReport,
  NamedCurve,
} from './actions/evaluate/evaluation-report.ts';
export type { GateCondition, GateOutcome } from './actions/evaluate/gate.ts';
export { prepareData } from './actions/prepare-data.ts';
export type { DataWarning, PrepareDataOptions, PrepareDataResult } from './actions/prepare-data.ts';
export type { SplitSummary } from './actions/data/split-summary.ts';
export type {
  DataLayout,
  DataTask,
  Duplicates,
  SkippedFile,
  SplitName,
  SplitShares,
} from './training/data/index.ts';
export { diffCard } from './actions/diff-card.ts';
export type { DiffCardOptions, DiffCardResult } from './actions/diff-card.ts';
export { lockCard } from './actions/lock-card.ts';
export type { LockCardOptions, LockCardResult } from './actions/lock-card.ts';
export { listSku } from './actions/list-sku.ts';
export type { ListSkuOptions, SkuListResult } from './actions/list-sku.ts';
export { recommendSku } from './actions/recommend-sku.ts';
export type { RecommendSkuOptions, SkuRecommendation } from './actions/recommend-sku.ts';
export type { SkuUseOptions } from './actions/sku-options.ts';
export { showCard } from './actions/show-card.ts';
export {
  card,
  cardVersions,
  checkLock,
  checkModelReference,
  checkSizeElsewhere,
  checkSkus,
  diffCards,
  evaluationSkus,
  findingTexts,
  findRegistryCard,
  finetuneSkus,
  inferenceSkus,
  listSkus,
  parseLock,
  parseModelReference,
  parseQuotas,
  readRegistryCard,
  recommendSkus,
  vmSizes,
  wireFormatOfVersion,
} from './card/index.ts';
export type {
  Card,
  CardChange,
  CardDiff,
  CardLock,
  CardVersion,
  CheckSizeElsewhereOptions,
  CheckSkusOptions,
  EvaluationSku,
  FindingText,
  FinetuneSku,
  ImageKind,
  InferenceSku,
  ListedSku,
  LockFinding,
  LockFindingCode,
  MetadataLayout,
  MinimumSpec,
  ModelReference,
  Quota,
  QuotaUse,
  RankedSku,
  Recommendation,
  RecommendSkusOptions,
  RegistryCard,
  Shortfall,
  SkuFilter,
  SkuFinding,
  SkuFindingCode,
  SkuSeverity,
  SkuState,
  SkuTask,
  SkuUse,
  StatedPreprocessing,
  VmSize,
  VmSizeRetirement,
  WireFormat,
  WireFormatName,
} from './card/index.ts';

export { buildImage } from './actions/build-image.ts';
export type {
  BuildImageOptions,
  BuildImageResult,
  BuiltImage,
  BuiltLayer,
  Platform,
} from './actions/build-image.ts';
export { pushImage } from './actions/push-image.ts';
export type {
  PushedLayer,
  PushImageOptions,
  PushImageResult,
  RegisteredEnvironment,
} from './actions/push-image.ts';
export { deleteBatchEndpoint } from './actions/delete-batch-endpoint.ts';
export type { DeleteBatchEndpointOptions } from './actions/delete-batch-endpoint.ts';
export { deleteCompute } from './actions/delete-compute.ts';
export type { DeleteComputeOptions } from './actions/delete-compute.ts';
export { deleteEndpoint } from './actions/delete-endpoint.ts';
export type { DeleteEndpointOptions } from './actions/delete-endpoint.ts';
export { endpointLogs } from './actions/endpoint-logs.ts';
export type { EndpointLogsOptions } from './actions/endpoint-logs.ts';
export type {
  DeploymentSummary,
  EndpointDetails,
  EndpointSummary,
  Traffic,
} from './actions/endpoint-summary.ts';
export { exportModel } from './actions/export-model.ts';
export type { ExportModelOptions, ExportModelResult } from './actions/export-model.ts';
export { downloadModel } from './actions/download-model.ts';
export type { DownloadModelOptions, DownloadModelResult } from './actions/download-model.ts';
export { listModels } from './actions/list-models.ts';
export type { ListModelsOptions, ListModelsResult, ModelSummary } from './actions/list-models.ts';
export type { ModelVersionSummary } from './actions/models/model-summary.ts';
export { pushModel } from './actions/push-model.ts';
export type { PushModelOptions, PushModelResult } from './actions/push-model.ts';
export { showModel } from './actions/show-model.ts';
export type { ModelOptions } from './actions/show-model.ts';
export { initProject } from './actions/init-project.ts';
export type { CiService, InitProjectOptions } from './actions/init-project.ts';
export { verifyModel } from './actions/verify-model.ts';
export type { VerifyModelOptions, VerifyModelResult } from './actions/verify-model.ts';
export { invokeOnline } from './actions/invoke-online.ts';
export type { InvokedImage, InvokeOnlineOptions, InvokeOnlineResult } from './actions/invoke-online.ts';
export { cancelJob } from './actions/cancel-job.ts';
export type { CancelJobOptions, CancelJobResult } from './actions/cancel-job.ts';
export { downloadJob } from './actions/download-job.ts';
export type { DownloadedPart, DownloadJobOptions, DownloadJobResult } from './actions/download-job.ts';
export { listJobs } from './actions/list-jobs.ts';
export type { ListJobsOptions } from './actions/list-jobs.ts';
export { showJob } from './actions/show-job.ts';
export type { JobDetails, JobInput, JobOutput, ShowJobOptions } from './actions/show-job.ts';
export { finetuneModel } from './actions/finetune-model.ts';
export type { FinetuneModelOptions, FinetuneModelResult } from './actions/finetune-model.ts';
export { runComponent } from './actions/run-component.ts';
export type { RunComponentOptions, RunComponentResult } from './actions/run-component.ts';
export { watchJob } from './actions/watch-job.ts';
export type { WatchJobOptions } from './actions/watch-job.ts';
export type { JobError, JobRun } from './actions/jobs/job-tree.ts';
export type { JobSummary } from './actions/jobs/job-summary.ts';
export { listEndpoints } from './actions/list-endpoints.ts';
export { scaleDeployment } from './actions/scale-deployment.ts';
export type { ScaleOptions } from './actions/scale-deployment.ts';
export type { RequestForm } from './actions/score-image.ts';
export type { ClassScore } from './actions/scoring-response.ts';
export { setTraffic } from './actions/set-traffic.ts';
export type { SetTrafficOptions } from './actions/set-traffic.ts';
export { showEndpoint } from './actions/show-endpoint.ts';
export type { EndpointOptions } from './actions/with-connection.ts';
export type { ConnectOptions } from './actions/connect.ts';

export { importRegistryModel } from './actions/import-registry-model.ts';
export type { ImportRegistryModelOptions } from './actions/import-registry-model.ts';
export { localEnv } from './actions/local-env.ts';
export type { LocalEnvOptions, LocalEnvResult } from './actions/local-env.ts';
export { localDown } from './actions/local-down.ts';
export type { LocalOptions } from './actions/local-down.ts';
export { localFaultAdd } from './actions/local-fault-add.ts';
export type { LocalFaultAddOptions } from './actions/local-fault-add.ts';
export { localFaultClear } from './actions/local-fault-clear.ts';
export type { LocalFaultClearOptions } from './actions/local-fault-clear.ts';
export { localFaultList } from './actions/local-fault-list.ts';
export { localReset } from './actions/local-reset.ts';
export type { LocalResetOptions } from './actions/local-reset.ts';
export { localStatus } from './actions/local-status.ts';
export type { LocalStatus } from './actions/local-status.ts';
export { localUp } from './actions/local-up.ts';
export type { LocalUpOptions, LocalUpResult } from './actions/local-up.ts';
export { runLocalTwin } from './actions/run-local-twin.ts';
export type {
  DeploymentStatus,
  FaultReport,
  FaultRule,
  RegistryImportResult,
  StoppedTwin,
  TwinReport,
} from './local/index.ts';
export type { TwinAddress, TwinDescriptor, TwinPlace } from './io/index.ts';
export { invokeBatch } from './actions/invoke-batch.ts';
export type { InvokeBatchOptions, InvokeBatchResult } from './actions/invoke-batch.ts';
export type { InvokedRow } from './actions/batch/summarize-rows.ts';
export { deployBatch, planBatch } from './actions/deploy-batch.ts';
export type { DeployBatchOptions, DeployBatchResult, PlanBatchResult } from './actions/deploy-batch.ts';
export { deployOnline } from './actions/deploy-online.ts';
export type { DeployOnlineOptions, DeployOnlineResult } from './actions/deploy-online.ts';
export { planOnline } from './actions/plan-online.ts';
export type { PlanOnlineOptions, PlanOnlineResult } from './actions/plan-online.ts';
export { preprocessImages } from './actions/preprocess-images.ts';
export type {
  PreprocessedImage,
  PreprocessImagesOptions,
  PreprocessImagesResult,
} from './actions/preprocess-images.ts';
export type { StepEvent } from './actions/online/deploy-options.ts';
export type { FieldChange, PlanStep } from './rollout/index.ts';
export { scorePictures } from './actions/score-pictures.ts';
export type { ScorePicturesOptions, ScorePicturesResult } from './actions/score-pictures.ts';
export { serveModel } from './actions/serve-model.ts';
export type { ServeModelOptions } from './actions/serve-model.ts';
export { runDoctor } from './actions/run-doctor.ts';
export type { DoctorOptions, DoctorResult } from './actions/run-doctor.ts';
export type { DoctorCheck, DoctorCheckId, DoctorStatus } from './actions/doctor/check.ts';
export { quickstart } from './actions/quickstart.ts';
export type { QuickstartOptions, QuickstartResult } from './actions/quickstart.ts';

export { formatReport, outputFormats } from './documents/index.ts';
export type { Diagnostic, FormatOptions, OutputFormat, Report, ReportedFile } from './documents/index.ts';
export { generateBatch } from './actions/generate-batch.ts';
export type { GenerateBatchOptions } from './actions/generate-batch.ts';
export { generateCompute } from './actions/generate-compute.ts';
export type { GenerateComputeOptions } from './actions/generate-compute.ts';
export { generateEnvironment } from './actions/generate-environment.ts';
export type { GenerateEnvironmentOptions } from './actions/generate-environment.ts';
export { generateEvaluate } from './actions/generate-evaluate.ts';
export type { GenerateEvaluateOptions } from './actions/generate-evaluate.ts';
export { generateFinetune } from './actions/generate-finetune.ts';
export type { GenerateFinetuneOptions } from './actions/generate-finetune.ts';
export { generateModel } from './actions/generate-model.ts';
export type { GenerateModelOptions } from './actions/generate-model.ts';
export { generateOnline } from './actions/generate-online.ts';
export type { GenerateOnlineOptions } from './actions/generate-online.ts';
export type { GenerateOptions, GenerateResult } from './actions/generate/generate-options.ts';
export type { GeneratedFile, GeneratedFileState } from './actions/generate/publish-files.ts';
export { explain } from './actions/explain.ts';
export type { ExplainOptions, Explanation, ExplainResult } from './actions/explain.ts';
export { fixDocuments } from './actions/fix-documents.ts';
export type { FixedFile, FixOptions, FixResult } from './actions/fix-documents.ts';
export { validateDocuments } from './actions/validate-documents.ts';
export type {
  ValidateCounts,
  ValidatedFile,
  ValidateOptions,
  ValidateResult,
} from './actions/validate-documents.ts';
