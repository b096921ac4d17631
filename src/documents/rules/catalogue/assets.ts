import type { RuleText } from './rule-text.ts';

export const assetTexts = {
  'wrong-asset-type': {
    meaning: 'A reference is to an asset of another type than belongs here.',
    why: "Azure's client takes any reference with the prefix; the service finds nothing of the right type under it.",
    remedy: 'Refer to an asset of the type that the message names.',
  },
  'reference-version': {
    meaning: 'A reference names no version.',
    why: "Azure's client and the service ask for a version or a label when the document is used; only some places resolve the newest one.",
    remedy: 'Add :VERSION, or @latest if that is meant.',
  },
  'unpinned-latest': {
    meaning: 'A reference to whatever version is newest.',
    why: 'The same file means something else tomorrow: a rollback, or a comparison, is no longer one.',
    remedy: 'Name the version.',
  },
  'unpinned-image': {
    meaning: 'An image by a tag that moves.',
    why: 'The same file means another image tomorrow.',
    remedy: 'Name a version, or the digest.',
  },
  'version-without-name': {
    meaning: 'A described asset has a version and no name.',
    why: "Azure's client refuses it.",
    remedy: 'Give both, or neither: it is then registered without a name of yours.',
  },
  'environment-missing': {
    meaning: 'A model that brings no environment stands in a deployment that names none.',
    why: 'Only an MLflow or Triton model says what it needs to run; the service refuses the deployment of any other.',
    remedy: 'Add environment, or say type: mlflow_model if it is one.',
    source: 'https://learn.microsoft.com/azure/machine-learning/how-to-deploy-mlflow-models-online-endpoints',
  },
  'path-missing': {
    meaning: 'A file or folder that the document names is not there.',
    why: "Paths are relative to the file that mentions them. Azure's client looks for some of them at once and refuses the document; others it uploads later.",
    remedy: 'Correct the path, or make the file before the document is used.',
  },
  'too-many-items': {
    meaning: 'A list is longer than Azure ML takes.',
    why: 'Azure ML refuses the document.',
    remedy: 'Keep as many as the message says.',
  },
  'code-configuration': {
    meaning: 'A scoring script is half described.',
    why: 'code is the folder and scoring_script the file in it: the service needs both.',
    remedy: 'Give both; leave code_configuration out for a custom container or an MLflow model.',
    source: 'https://learn.microsoft.com/azure/machine-learning/reference-yaml-deployment-managed-online',
  },
  'route-port': {
    meaning: "A route's port is not the one that the scoring image listens on.",
    why: 'The image of aml-deit listens on 5001 unless its command says otherwise; the probe would find nobody.',
    remedy: 'Use 5001, or see that the container is started with the other port.',
  },
  'probe-timeout': {
    meaning: 'A probe may take longer than the time from one probe to the next.',
    why: 'A container that hangs is found later than period and failure_threshold promise.',
    remedy: 'Make the timeout at most the period.',
  },
  'scale-settings': {
    meaning: 'A managed deployment with a scale type of Kubernetes.',
    why: 'A managed deployment has the fixed number instance_count; it is scaled by autoscale rules of Azure Monitor.',
    remedy: 'Write type: default, or leave scale_settings out.',
    source: 'https://learn.microsoft.com/azure/machine-learning/how-to-autoscale-endpoints',
  },
  'mirror-and-live': {
    meaning: 'A deployment takes requests and copies of requests.',
    why: 'A deployment has live traffic or mirrored traffic, not both.',
    remedy: 'Mirror to a deployment whose traffic is 0.',
    source: 'https://learn.microsoft.com/azure/machine-learning/how-to-safely-rollout-online-endpoints',
  },
  'tag-limits': {
    meaning: 'Tags beyond what Azure Resource Manager takes.',
    why: 'A resource has at most 50 tags, names of at most 512 characters without < > % & \\ ? /, and values of at most 256.',
    remedy: 'Shorten them, or keep the information elsewhere.',
    source: 'https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources',
  },
  'cluster-scale': {
    meaning: 'The smallest and the largest number of nodes do not fit together.',
    why: 'The service refuses a cluster that would have more nodes at rest than at most; one with at most 0 runs no job.',
    remedy: 'Make max_instances at least min_instances and at least 1.',
    source: 'https://learn.microsoft.com/azure/machine-learning/reference-yaml-compute-aml',
  },
  'idle-time': {
    meaning: 'Idle nodes are kept for less than a minute.',
    why: 'The number counts seconds. A node takes minutes to start again, which the next step of a pipeline then waits for.',
    remedy: 'Write 120 or more, unless that is meant.',
    source: 'https://learn.microsoft.com/azure/machine-learning/reference-yaml-compute-aml',
  },
  'table-path': {
    meaning: 'An entry of paths names no file, or several at once.',
    why: 'An entry is one file, one folder or one pattern.',
    remedy: 'Write one entry for each.',
    source: 'https://learn.microsoft.com/azure/machine-learning/reference-yaml-mltable',
  },
  'table-reader': {
    meaning: 'The transformations do not begin with one way to read the files.',
    why: 'A reader makes the rows that the other transformations work on.',
    remedy: 'Begin with one of read_delimited, read_json_lines, read_parquet, read_delta_lake.',
    source: 'https://learn.microsoft.com/azure/machine-learning/reference-yaml-mltable',
  },
  'table-columns': {
    meaning: 'A table of pictures without the column that the components read.',
    why: 'Fine-tuning and evaluation read the address of a picture from image_url, as stream_info, and its class from label.',
    remedy: 'Add convert_column_types with columns: image_url and column_type: stream_info.',
  },
} as const satisfies Readonly<Record<string, RuleText>>;
