import type { RuleText } from './rule-text.ts';

export const batchTexts = {
  'batch-auth-mode': {
    meaning: 'A batch endpoint with another auth_mode than aad_token.',
    why: 'Batch endpoints take Microsoft Entra tokens only; they have no keys.',
    remedy: 'Write aad_token, or leave the key out.',
    source: 'https://learn.microsoft.com/azure/machine-learning/reference-yaml-endpoint-batch',
  },
  'batch-type': {
    meaning: 'A batch deployment has settings, and no type that says how to read them.',
    why: 'Without type: model the az command line reads the older form, whose options stand at the root, and refuses settings. The Python SDK has a function of its own for each form.',
    remedy: 'Add type: model.',
    source: 'https://learn.microsoft.com/azure/machine-learning/reference-yaml-deployment-batch',
  },
  'batch-instance-count': {
    meaning: 'The number of nodes is given twice.',
    why: "Azure's client refuses settings.instance_count beside resources.",
    remedy: 'Keep resources.instance_count.',
  },
  'mini-batch-files': {
    meaning: 'A mini-batch of many files, with the model of the card.',
    why: 'mini_batch_size counts files. A single CSV with all pictures in it is one mini-batch: one process scores all of it, and a failure repeats all of it.',
    remedy: 'Give a folder with one picture a file, or split the CSV into several.',
    source: 'https://learn.microsoft.com/azure/machine-learning/how-to-batch-scoring-script',
  },
  'logging-level': {
    meaning: 'A logging level that the service does not have.',
    why: 'The service knows debug, info and warning.',
    remedy: 'Use one of the three.',
    source: 'https://learn.microsoft.com/azure/machine-learning/reference-yaml-deployment-batch',
  },
  'output-file-name': {
    meaning: 'A file name for output that is not gathered.',
    why: "With output_action: summary_only the script writes its own files; Azure's client refuses output_file_name beside it.",
    remedy: 'Remove output_file_name, or use append_row.',
  },
  'pipeline-source': {
    meaning: 'A pipeline-component batch deployment names neither a component nor a job.',
    why: 'There is nothing that it could run.',
    remedy: 'Give component (a file or a registered pipeline component) or job_definition.',
    source: 'https://learn.microsoft.com/azure/machine-learning/reference-yaml-deployment-batch',
  },
} as const satisfies Readonly<Record<string, RuleText>>;
