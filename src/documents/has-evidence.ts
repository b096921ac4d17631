import type { DocumentKind } from './kinds/kind.ts';
import { nearMiss } from './set-rules/near-miss.ts';
import { entryOf, hasAnyKey, scalarText } from './yaml-tree.ts';
import type { YamlMapping, YamlNode } from './yaml-tree.ts';

/** One thing that speaks for a kind. 1: other tools have such keys as well, two are needed. 2: only Azure ML has it. */
interface Mark {
  readonly key: string;
  readonly points: 1 | 2;
  readonly fits: (value: YamlNode) => boolean;
}

interface Evidence {
  readonly marks: readonly Mark[];
  /** What no document of the kind has, mistaken or not, and other tools' files have. */
  readonly rulesOut?: (root: YamlMapping) => boolean;
}

/** Whether the text says of itself that it is for Azure ML: a reference to an asset, or the schemas' host. */
export function namesAzure(text: string): boolean {
  return /azureml:|azuremlschemas/i.test(text);
}

/**
 * Whether enough speaks for a kind that a document without `$schema` may be held to it: keys that are common to many
 * tools, such as `command`, `image` or `traffic`, do not.
 */
export function hasEvidence(kind: DocumentKind, root: YamlMapping, file: string): boolean {
  // Their names say what they are.
  if (kind === 'config' || (kind === 'mltable' && /(?:^|[/\\])MLTable$/i.test(file))) return true;
  if (kind === 'deepspeedConfig' && /deepspeed[^/\\]*\.json$/i.test(file)) return true;
  const { marks, rulesOut }: Evidence = evidence[kind];
  if (rulesOut?.(root) === true) return false;
  let points = 0;
  for (const mark of marks) {
    const value = entryOf(root, mark.key)?.value;
    if (value !== undefined && mark.fits(value)) points += mark.points;
  }
  return points >= 2;
}

const isText = (value: YamlNode): boolean => value.kind === 'scalar' && value.scalar.type !== 'null';
const isNumber = (value: YamlNode): boolean => value.kind === 'scalar' && /^-?[\d.]+$/.test(value.source);
const isOneOf =
  (...names: readonly string[]) =>
  (value: YamlNode): boolean =>
    value.kind === 'scalar' &&
    (names.includes(value.source.toLowerCase()) || nearMiss(value.source.toLowerCase(), names) !== undefined);
const matches =
  (pattern: RegExp) =>
  (value: YamlNode): boolean =>
    value.kind === 'scalar' && pattern.test(value.source);
const hasOneOf =
  (...names: readonly string[]) =>
  (value: YamlNode): boolean =>
    value.kind === 'mapping' && hasAnyKey(value, names);
const membersFit =
  (fits: (member: YamlNode) => boolean) =>
  (value: YamlNode): boolean =>
    value.kind === 'mapping' && [...value.entries.values()].some((entry) => fits(entry.value));

const standardSize = matches(/^standard[_-]/i);
/** Amazon's and Google's names of sizes: `ml.m5.large`, `n1-standard-4`. */
const isOthersSize = matches(/^(?!standard)[a-z][a-z0-9]*[.-][a-z0-9]/i);
const assetTypes = ['uri_file', 'uri_folder', 'mltable', 'mlflow_model', 'custom_model', 'triton_model'];
const declaresAsset = membersFit((member) => {
  const type = entryOf(member, 'type')?.value;
  return type !== undefined && isOneOf(...assetTypes)(type);
});
const declaresParameter = membersFit(
  (member) =>
    member.kind === 'mapping' &&
    /^(?:string|integer|number|boolean)$/i.test(scalarText(member, 'type') ?? ''),
);
const isProbe = hasOneOf('initial_delay', 'period', 'failure_threshold', 'success_threshold');
const bindsInputs = matches(/\$\{\{\s*(?:inputs|outputs|search_space)\./);
const isShares = (value: YamlNode): boolean =>
  value.kind === 'mapping' && [...value.entries.values()].every((entry) => isNumber(entry.value));
/** Shares that are meant to be of all requests, or of none. */
const isWhole = (value: YamlNode): boolean => {
  if (value.kind !== 'mapping' || !isShares(value)) return false;
  const shares = [...value.entries.values()].map((entry) => Number(scalarText(value, entry.name)));
  const sum = shares.reduce((total, share) => total + share, 0);
  return sum === 0 || (sum >= 80 && sum <= 120);
};
const inlineEnvironment = hasOneOf('conda_file', 'image', 'build', 'inference_config');
const runsAsAzure = membersFit((node) => {
  if (node.kind !== 'mapping') return false;
  if (hasAnyKey(node, ['component'])) return true;
  const command = entryOf(node, 'command')?.value;
  if (command !== undefined && bindsInputs(command)) return true;
  return (
    hasAnyKey(node, ['environment', 'compute', 'code', 'inputs', 'outputs']) && hasAnyKey(node, ['type'])
  );
});
const bindsParent = membersFit((node) =>
  ['inputs', 'outputs'].some((key) => {
    const value = entryOf(node, key)?.value;
    const isBinding = matches(/\$\{\{\s*parent\./);
    return (
      value !== undefined &&
      membersFit((each) => isBinding(each) || isBinding(entryOf(each, 'path')?.value ?? each))(value)
    );
  }),
);
const isWhereNoContainerIs = hasOneOf('instance_count', 'instance_type', 'shm_size', 'docker_args');

const codeConfiguration: Mark = {
  key: 'code_configuration',
  points: 2,
  fits: hasOneOf('code', 'scoring_script'),
};
const endpointName: Mark = { key: 'endpoint_name', points: 1, fits: isText };
const batchMarks: readonly Mark[] = [
  endpointName,
  codeConfiguration,
  { key: 'resources', points: 1, fits: hasOneOf('instance_count') },
  { key: 'compute', points: 1, fits: isText },
];
const batchOptions: readonly Mark[] = [
  { key: 'mini_batch_size', points: 1, fits: isNumber },
  { key: 'max_concurrency_per_instance', points: 2, fits: isNumber },
  { key: 'retry_settings', points: 1, fits: hasOneOf('max_retries', 'timeout') },
  { key: 'output_action', points: 2, fits: isOneOf('append_row', 'summary_only') },
  { key: 'output_file_name', points: 1, fits: isText },
  { key: 'error_threshold', points: 1, fits: isNumber },
];
const jobMarks: readonly Mark[] = [
  { key: 'experiment_name', points: 1, fits: isText },
  { key: 'display_name', points: 1, fits: isText },
  { key: 'compute', points: 1, fits: isText },
  { key: 'inputs', points: 2, fits: declaresAsset },
  { key: 'outputs', points: 2, fits: declaresAsset },
];
const pipelineMarks: readonly Mark[] = [
  { key: 'type', points: 1, fits: isOneOf('pipeline') },
  { key: 'jobs', points: 1, fits: runsAsAzure },
  { key: 'jobs', points: 2, fits: bindsParent },
  {
    key: 'settings',
    points: 1,
    fits: hasOneOf('default_compute', 'default_datastore', 'continue_on_step_failure', 'force_rerun'),
  },
];

/** A command that is a list is a container's. */
const runsAList = (root: YamlMapping): boolean => entryOf(root, 'command')?.value.kind === 'sequence';

const evidence = {
  managedOnlineEndpoint: {
    marks: [
      { key: 'name', points: 1, fits: isText },
      { key: 'auth_mode', points: 1, fits: matches(/^(?:keys?|a(?:ml|ad)[_-]?tokens?)$/i) },
      { key: 'auth_mode', points: 1, fits: matches(/^a(?:ml|ad)[_-]?token/i) },
      { key: 'traffic', points: 1, fits: isWhole },
      { key: 'mirror_traffic', points: 1, fits: isShares },
      { key: 'public_network_access', points: 1, fits: isOneOf('enabled', 'disabled') },
      { key: 'identity', points: 1, fits: hasOneOf('user_assigned_identities') },
    ],
  },
  managedOnlineDeployment: {
    marks: [
      endpointName,
      codeConfiguration,
      { key: 'instance_type', points: 2, fits: standardSize },
      { key: 'instance_count', points: 1, fits: isNumber },
      { key: 'liveness_probe', points: 1, fits: isProbe },
      { key: 'readiness_probe', points: 1, fits: isProbe },
      {
        key: 'request_settings',
        points: 2,
        fits: hasOneOf('request_timeout_ms', 'max_concurrent_requests_per_instance', 'max_queue_wait_ms'),
      },
      { key: 'scale_settings', points: 1, fits: hasOneOf('type') },
      { key: 'model_mount_path', points: 1, fits: isText },
      { key: 'app_insights_enabled', points: 1, fits: isText },
      { key: 'environment', points: 1, fits: inlineEnvironment },
      { key: 'egress_public_network_access', points: 2, fits: isText },
    ],
    rulesOut: (root) => {
      const size = entryOf(root, 'instance_type')?.value;
      return size !== undefined && isOthersSize(size);
    },
  },
  batchEndpoint: {
    marks: [
      { key: 'defaults', points: 2, fits: hasOneOf('deployment_name') },
      { key: 'auth_mode', points: 2, fits: isOneOf('aad_token') },
    ],
  },
  modelBatchDeployment: {
    marks: [
      ...batchMarks,
      { key: 'type', points: 1, fits: isOneOf('model') },
      { key: 'settings', points: 2, fits: hasOneOf(...batchOptions.map(({ key }) => key)) },
    ],
  },
  batchDeployment: { marks: [...batchMarks, ...batchOptions] },
  pipelineComponentBatchDeployment: {
    marks: [
      endpointName,
      { key: 'type', points: 1, fits: isOneOf('pipeline') },
      { key: 'component', points: 1, fits: (value) => value.kind !== 'sequence' },
      { key: 'job_definition', points: 1, fits: (value) => value.kind !== 'sequence' },
      { key: 'settings', points: 1, fits: hasOneOf('default_compute', 'continue_on_step_failure') },
    ],
  },
  pipelineJob: { marks: [...pipelineMarks, ...jobMarks] },
  commandJob: {
    marks: [
      ...jobMarks,
      { key: 'type', points: 1, fits: isOneOf('command') },
      { key: 'command', points: 2, fits: bindsInputs },
      { key: 'environment', points: 1, fits: inlineEnvironment },
      { key: 'code', points: 1, fits: isText },
      { key: 'distribution', points: 1, fits: hasOneOf('type') },
      { key: 'distribution', points: 1, fits: hasOneOf('process_count_per_instance') },
      { key: 'resources', points: 1, fits: isWhereNoContainerIs },
      { key: 'limits', points: 1, fits: hasOneOf('timeout') },
    ],
    rulesOut: (root) => runsAList(root) || !hasAnyKey(root, ['command']),
  },
  commandComponent: {
    marks: [
      { key: 'type', points: 1, fits: isOneOf('command') },
      { key: 'command', points: 2, fits: bindsInputs },
      { key: 'inputs', points: 1, fits: declaresParameter },
      { key: 'inputs', points: 2, fits: declaresAsset },
      { key: 'outputs', points: 2, fits: declaresAsset },
      { key: 'environment', points: 1, fits: inlineEnvironment },
      { key: 'code', points: 1, fits: isText },
      { key: 'is_deterministic', points: 2, fits: isText },
      { key: 'distribution', points: 1, fits: hasOneOf('type') },
      { key: 'resources', points: 1, fits: isWhereNoContainerIs },
    ],
    rulesOut: runsAList,
  },
  pipelineComponent: {
    marks: [
      ...pipelineMarks,
      { key: 'inputs', points: 1, fits: declaresParameter },
      { key: 'inputs', points: 2, fits: declaresAsset },
      { key: 'outputs', points: 2, fits: declaresAsset },
      { key: 'is_deterministic', points: 2, fits: isText },
    ],
  },
  model: {
    marks: [
      { key: 'type', points: 2, fits: isOneOf('custom_model', 'mlflow_model', 'triton_model') },
      { key: 'path', points: 1, fits: isText },
      {
        key: 'flavors',
        points: 1,
        fits: hasOneOf('python_function', 'python', 'onnx', 'sklearn', 'pytorch'),
      },
    ],
  },
  environment: {
    marks: [
      { key: 'name', points: 1, fits: isText },
      { key: 'image', points: 1, fits: isText },
      { key: 'image', points: 1, fits: matches(/^mcr\.microsoft\.com\/azureml\//i) },
      { key: 'conda_file', points: 2, fits: (value) => value.kind !== 'sequence' },
      {
        key: 'build',
        points: 1,
        fits: (value) =>
          value.kind === 'mapping' &&
          scalarText(value, 'path') !== undefined &&
          [...value.entries.keys()].every((key) => ['path', 'dockerfile_path', 'local_path'].includes(key)),
      },
      { key: 'build', points: 1, fits: hasOneOf('dockerfile_path') },
      {
        key: 'inference_config',
        points: 2,
        fits: hasOneOf('liveness_route', 'readiness_route', 'scoring_route'),
      },
    ],
  },
  data: { marks: [{ key: 'type', points: 2, fits: isOneOf('uri_file', 'uri_folder', 'mltable') }] },
  mltable: {
    marks: [
      {
        key: 'paths',
        points: 1,
        fits: (value) =>
          value.kind === 'sequence' &&
          value.items.length > 0 &&
          value.items.every(
            (item) => item.kind === 'mapping' && hasAnyKey(item, ['file', 'folder', 'pattern']),
          ),
      },
      { key: 'transformations', points: 1, fits: (value) => value.kind === 'sequence' },
      { key: 'type', points: 1, fits: isOneOf('mltable') },
    ],
  },
  amlCompute: {
    marks: [
      { key: 'type', points: 2, fits: isOneOf('amlcompute') },
      { key: 'size', points: 1, fits: standardSize },
      { key: 'min_instances', points: 1, fits: isNumber },
      { key: 'max_instances', points: 1, fits: isNumber },
      { key: 'idle_time_before_scale_down', points: 1, fits: isNumber },
    ],
    rulesOut: (root) => {
      const size = entryOf(root, 'size')?.value;
      return size !== undefined && scalarText(root, 'type') === undefined && !standardSize(size);
    },
  },
  deepspeedConfig: {
    marks: [
      { key: 'zero_optimization', points: 2, fits: (value) => value.kind === 'mapping' },
      { key: 'train_micro_batch_size_per_gpu', points: 2, fits: isText },
      { key: 'fp16', points: 1, fits: hasOneOf('enabled') },
      { key: 'bf16', points: 1, fits: hasOneOf('enabled') },
      { key: 'optimizer', points: 1, fits: hasOneOf('params') },
      { key: 'scheduler', points: 1, fits: hasOneOf('params') },
      { key: 'gradient_accumulation_steps', points: 1, fits: isText },
      { key: 'train_batch_size', points: 1, fits: isText },
    ],
    // Other trainers name a precision, an optimizer or a schedule; DeepSpeed describes them.
    rulesOut: (root) =>
      ['fp16', 'bf16', 'optimizer', 'scheduler'].some((key) => scalarText(root, key) !== undefined),
  },
  config: { marks: [] },
} satisfies Readonly<Record<DocumentKind, Evidence>>;
