// Types only: whoever needs the behaviour imports its module by `await import()`, for the libraries below are heavy.
export type {
  AzureErrorDetails,
  AzureMl,
  CallOptions,
  CreateEnvironmentOptions,
  ListJobsOptions,
  LogPart,
  MetricPoint,
  DownloadedFolder,
  DownloadOptions,
  DownloadProgress,
  OperationOptions,
  OperationProgress,
  OperationState,
  RegisterModelOptions,
  RunMetrics,
  ScoringRequest,
  ScoringResponse,
  UploadedFolder,
  UploadProgress,
} from './azure-ml.ts';
export type { AzureTarget, CloudName, LocalTarget, Target } from './target.ts';
export type { ConnectOptions } from './connect-azure-ml.ts';
export type { ConnectionTarget, SessionOptions } from './open-session.ts';
export type { AccessProbe } from './probe-access.ts';
export type { ResolveTargetOptions, TargetFlags } from './resolve-target.ts';
