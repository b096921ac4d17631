import type { RuleText } from './rule-text.ts';

const component = 'https://github.com/Azure/azureml-assets/tree/main/assets/training/finetune_acft_image';
const evaluation = 'https://github.com/Azure/azureml-assets/tree/main/assets/training/model_evaluation';

export const finetuneTexts = {
  'strategies-differ': {
    meaning: 'Checkpoints are not saved when the model is evaluated.',
    why: 'Training keeps the best checkpoint and therefore takes only equal strategies.',
    remedy: 'Set save_strategy and evaluation_strategy to the same.',
    source: component,
  },
  'save-steps': {
    meaning: 'Checkpoints are saved between evaluations.',
    why: 'Training keeps the best checkpoint and refuses steps that are no multiple of those of evaluation.',
    remedy: 'Set save_steps to a multiple of evaluation_steps.',
    source: component,
  },
  'metric-task': {
    meaning: 'The metric belongs to the other task.',
    why: 'The iou metrics compare sets of labels; training for one label refuses them.',
    remedy: 'Use accuracy or another metric that the task has.',
    source: component,
  },
  'max-grad-norm': {
    meaning: 'max_grad_norm is set and has no effect.',
    why: "The component's command has one $ too many before it, in every version, so that its program does not see it.",
    remedy: 'Set gradient_clipping in a DeepSpeed configuration, or leave it out.',
    source: component,
  },
  'label-smoothing': {
    meaning: 'Label smoothing is set for a task that has none.',
    why: 'The component sets it to 0 for several labels.',
    remedy: 'Leave label_smoothing_factor out.',
    source: component,
  },
  'ort-may-fail': {
    meaning: 'Training with ONNX Runtime is asked for.',
    why: "The model's card recommends it, and the packages of today's training image do not name onnxruntime-training.",
    remedy: 'Leave apply_ort out if the job fails at its start.',
    source: component,
  },
  'ort-optimizer': {
    meaning: 'The optimizer of ONNX Runtime is chosen and ONNX Runtime is not.',
    why: 'Training refuses adamw_ort_fused without apply_ort.',
    remedy: 'Set apply_ort to true or choose another optimizer.',
    source: component,
  },
  'model-source': {
    meaning: 'Not exactly one input says which model is trained.',
    why: 'Without one the import fails; of several only the first of pytorch_model, mlflow_model, model_name counts.',
    remedy: 'Give one of them.',
    source: component,
  },
  'deepspeed-ignored': {
    meaning: 'A DeepSpeed configuration is given and DeepSpeed is not on.',
    why: 'The component reads the configuration only with apply_deepspeed.',
    remedy: 'Set apply_deepspeed to true, or leave the configuration out.',
    source: component,
  },
  'deepspeed-precision': {
    meaning: 'The precision is not the one that DeepSpeed will train in.',
    why: 'Without a configuration DeepSpeed trains in fp16 whatever precision says; with one, the two must agree.',
    remedy: 'Set precision to "16" with fp16 on, and to "32" with fp16 off.',
    source: component,
  },
  'scheduler-step': {
    meaning: 'The learning rate is to fall in steps, for a model that is trained with Hugging Face.',
    why: 'Only the models of the AutoML runtime have this schedule.',
    remedy: 'Use warmup_cosine.',
    source: component,
  },
  'prediction-columns': {
    meaning: 'model_prediction is not told the columns of an image task.',
    why: "The rows hold image_url and label; the component's own default fails.",
    remedy: 'Set input_column_names to image_url and label_column_name to label.',
    source: evaluation,
  },
  'evaluation-inputs': {
    meaning: 'An input is given that the fine-tune pipeline no longer uses.',
    why: 'Since version 0.0.24 it trains and does not evaluate; what was for evaluation remains and computes nothing.',
    remedy: 'Evaluate with a pipeline of its own: aml-deit generate evaluate.',
    source: component,
  },
} as const satisfies Readonly<Record<string, RuleText>>;
