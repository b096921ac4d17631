import type { RuleText } from './rule-text.ts';

const commandReference = 'https://learn.microsoft.com/azure/machine-learning/reference-yaml-job-command';
const componentReference =
  'https://learn.microsoft.com/azure/machine-learning/reference-yaml-component-command';

export const jobTexts = {
  'undeclared-name': {
    meaning: 'A command names an input or output that is not declared beside it.',
    why: 'It stands for nothing: the service refuses the job, or the program gets the text as it is.',
    remedy: 'Declare it under inputs or outputs, or correct the name.',
    source: commandReference,
  },
  'optional-input': {
    meaning: 'A command uses an input that may be left out, in a part that is always there.',
    why: 'When it is left out, the option stands without its value.',
    remedy: 'Put the option and the input into $[[ ]]: that part is left out together with the input.',
    source: componentReference,
  },
  'command-brackets': {
    meaning: 'A command opens $[[ and does not close it.',
    why: 'The part that should be optional is passed on as it stands.',
    remedy: 'Close it with ]].',
    source: componentReference,
  },
  'process-count': {
    meaning: 'The number of processes of a distributed job does not fit how or where it runs.',
    why: 'MPI jobs need the number; more processes than GPUs share one and run out of its memory.',
    remedy: 'Set process_count_per_instance to the number of GPUs of a node.',
    source: commandReference,
  },
  'default-value': {
    meaning: 'An input of a component has a default that it would not take as a value.',
    why: 'The component is refused, or every run without the input fails.',
    remedy: 'Give a default of the type, in the range and among the values; data has none.',
    source: componentReference,
  },
  'parameter-range': {
    meaning: 'An input of a component has a minimum above its maximum.',
    why: 'No value can be given for it.',
    remedy: 'Swap or correct them.',
  },
  'same-name': {
    meaning: 'Two inputs or outputs of a component are equal but for upper and lower case.',
    why: "Azure's client refuses the component.",
    remedy: 'Rename one of them.',
  },
  'component-name': {
    meaning: 'The name of a component is none that it can be registered under.',
    why: 'Pipelines that refer to the file ignore the name; az ml component create refuses it.',
    remedy: 'Use lower-case letters, digits and underscores, beginning with a letter.',
    source: componentReference,
  },
  'deepspeed-json': {
    meaning: 'A DeepSpeed configuration is YAML and no JSON.',
    why: 'The fine-tune component reads it as JSON and fails.',
    remedy: 'Write it as JSON, with double quotes and without comments.',
    source: 'https://www.deepspeed.ai/docs/config-json/',
  },
  'deepspeed-two-precisions': {
    meaning: 'A DeepSpeed configuration has both fp16 and bf16 on.',
    why: 'DeepSpeed refuses to start.',
    remedy: 'Turn one of them off.',
    source: 'https://www.deepspeed.ai/docs/config-json/',
  },
  'deepspeed-batch': {
    meaning: 'The whole batch is no multiple of the micro batch times the accumulation.',
    why: 'DeepSpeed refuses to start: the three and the number of GPUs must multiply.',
    remedy: 'Leave train_batch_size out or set it to "auto".',
    source: 'https://www.deepspeed.ai/docs/config-json/',
  },
} as const satisfies Readonly<Record<string, RuleText>>;
