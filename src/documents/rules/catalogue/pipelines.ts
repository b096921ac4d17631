import type { RuleText } from './rule-text.ts';

const pipelineReference = 'https://learn.microsoft.com/azure/machine-learning/reference-yaml-job-pipeline';

export const pipelineTexts = {
  'dangling-expression': {
    meaning: 'An expression of a node names an input, output or node that the pipeline does not have.',
    why: "Azure's client takes it where the component is a reference; the service then refuses the job.",
    remedy: 'Name an input or output of the pipeline, or an output of one of its nodes.',
    source: pipelineReference,
  },
  'legacy-expression': {
    meaning: 'An input of a node is written as ${{inputs.NAME}} or ${{jobs.…}}.',
    why: 'What belongs to the pipeline is named through parent. since 2022; the older form is refused when the job is sent.',
    remedy: 'Write ${{parent.inputs.NAME}} or ${{parent.jobs.NODE.outputs.NAME}}.',
    source: pipelineReference,
  },
  'pipeline-cycle': {
    meaning: 'Nodes take what comes of each other.',
    why: 'None of them can begin; the service refuses the job.',
    remedy: 'Break the circle that the message names.',
  },
  'unknown-input': {
    meaning: 'A node gives an input that its component does not have.',
    why: "Azure's client does not look; the service refuses the job.",
    remedy: 'Correct the name or remove the input.',
  },
  'unknown-output': {
    meaning: 'A node names an output that its component does not have.',
    why: "Azure's client does not look; nothing is ever written there, and what reads it waits for nothing.",
    remedy: 'Correct the name or remove the output.',
  },
  'missing-input': {
    meaning: 'A node leaves out an input that its component requires.',
    why: 'The job is refused. For a component of a registry only the service notices.',
    remedy: 'Give the input. One that is not optional and has no default must be there.',
  },
  'input-type': {
    meaning: 'An input of a node is of another type or kind than its component takes.',
    why: 'The service refuses it, or the component fails when it reads the value. A warning says that the service may convert it.',
    remedy: 'Give a value of the type, or data as {type: …, path: …}.',
  },
  'input-value': {
    meaning: 'An input of a node is none of the values, or outside the range, that its component declares.',
    why: 'The service refuses the job.',
    remedy: 'Use one of the values, or a number in the range, that the message names.',
  },
  'output-type': {
    meaning:
      'An output of the pipeline is declared as another kind than the output of the node that it comes from.',
    why: 'What reads it may look for files that are not there; an MLflow model must be one to be registered.',
    remedy: "Declare the pipeline's output as what the node gives.",
  },
  'output-bound-twice': {
    meaning: 'Two outputs of nodes are bound to one output of the pipeline.',
    why: 'They would be written to one place; which of them remains is not defined.',
    remedy: 'Declare an output of the pipeline for each.',
  },
  'output-version': {
    meaning: 'An output has a version and no name.',
    why: "Azure's client refuses it: a version is one of a named asset.",
    remedy: 'Give the output a name, or leave the version out.',
  },
  'optional-to-required': {
    meaning: 'An input that may be left out of a pipeline component is bound to one that its node requires.',
    why: "Azure's client refuses the component.",
    remedy: 'Make the input required, or give it a default instead of optional.',
  },
  'jobs-and-component': {
    meaning: 'A pipeline job has both jobs and component.',
    why: "Azure's client refuses it: component runs a pipeline that is defined elsewhere.",
    remedy: 'Keep one of them.',
  },
  'missing-compute': {
    meaning: 'A node names no compute, and the pipeline has none for all.',
    why: 'The job is refused before it is sent unless a command line adds it.',
    remedy: 'Set compute on the node or the pipeline, or settings.default_compute (serverless is one).',
    source: pipelineReference,
  },
  'wrong-component': {
    meaning: 'The inputs of a node are those of another component of the registry than it names.',
    why: "Azure's own fine-tuning sample is written so, and works only because its script replaces the component.",
    remedy: 'Name the component whose inputs these are.',
    source:
      'https://github.com/Azure/azureml-examples/tree/main/cli/foundation-models/system/finetune/image-classification',
  },
  'withdrawn-component': {
    meaning: 'A node uses a component whose source has been removed from Azure/azureml-assets.',
    why: 'It gets no more repairs, and the registry may stop serving it.',
    remedy: 'Use model_prediction and compute_metrics, one after the other.',
    source: 'https://github.com/Azure/azureml-assets',
  },
} as const satisfies Readonly<Record<string, RuleText>>;
