import { resolve } from 'node:path';
import type { CheckedDocument } from '../checked-document.ts';
import type { Rule, RuleContext } from '../kinds/kind.ts';
import { assetOf, literalOf, pipelineGraph } from '../pipeline-graph.ts';
import type { GraphNode, PipelineGraph } from '../pipeline-graph.ts';
import { pythonText } from '../resolve-scalar.ts';
import { meantComponent } from './wrong-component.ts';

const finetuneComponents = [
  'transformers_image_classification_pipeline',
  'transformers_image_classification_finetune',
];

/** The inputs of a node as far as they are written in the document, as texts. */
class NodeSettings {
  readonly node: GraphNode;
  readonly #document: CheckedDocument;
  readonly #graph: PipelineGraph;

  constructor(document: CheckedDocument, graph: PipelineGraph, node: GraphNode) {
    this.node = node;
    this.#document = document;
    this.#graph = graph;
  }

  /** In lower case; the component's default where it is left out, undefined where it is given and not known. */
  text(name: string): string | undefined {
    const input = this.node.inputs.find((each) => each.name === name);
    if (input === undefined) {
      const taken = this.node.component?.interface.inputs[name];
      return taken?.default === undefined ? undefined : String(taken.default).toLowerCase();
    }
    const literal = literalOf(this.#graph, input.value);
    return literal === undefined ? undefined : pythonText(literal.scalar).toLowerCase();
  }

  has(name: string): boolean {
    return this.node.inputs.some((each) => each.name === name);
  }

  /** As {@link has}, and not as an input of a pipeline component that may be left out. */
  isGiven(name: string): boolean {
    const value = this.node.inputs.find((each) => each.name === name)?.value;
    if (value?.is !== 'binding' || !value.target.startsWith('parent.inputs.')) return value !== undefined;
    return this.#graph.inputs.get(value.target.slice('parent.inputs.'.length))?.optional !== true;
  }

  /** Given, and not as something that only a run knows. */
  isLiteral(name: string): boolean {
    return this.has(name) && this.text(name) !== undefined;
  }

  /** Where a local file is given: its path as it stands in the document. */
  file(name: string): string | undefined {
    const input = this.node.inputs.find((each) => each.name === name);
    return input === undefined ? undefined : assetOf(this.#graph, input.value)?.path;
  }

  report(severity: 'error' | 'warning' | 'info', code: string, message: string, name: string): void {
    const path = this.has(name) ? [...this.node.path, 'inputs', name] : [...this.node.path];
    if (this.has(name) && this.#document.isReported(...path)) return;
    const full = `jobs.${this.node.name}: ${message}`;
    this.#document.report({ severity, code, message: full, path, at: this.has(name) ? 'value' : 'key' });
  }
}

function finetuneRule(
  name: string,
  codes: readonly string[],
  check: (settings: NodeSettings, context: RuleContext) => void,
  components: readonly string[] = finetuneComponents,
): Rule {
  return {
    name,
    codes,
    check(document, context) {
      const graph = pipelineGraph(document, context);
      for (const node of graph.nodes.values()) {
        const known = node.component?.known;
        if (known === undefined || !components.includes(known.name)) continue;
        if (meantComponent(node) !== undefined) continue;
        check(new NodeSettings(document, graph, node), context);
      }
    },
  };
}

export const strategyRule = finetuneRule('strategies', ['strategies-differ', 'save-steps'], (settings) => {
  const save = settings.text('save_strategy');
  const evaluation = settings.text('evaluation_strategy');
  if (save === undefined || evaluation === undefined) return;
  const given = settings.has('save_strategy') ? 'save_strategy' : 'evaluation_strategy';
  if (save !== evaluation) {
    const message = `save_strategy is ${save} and evaluation_strategy is ${evaluation}: training takes only equal ones`;
    settings.report('error', 'strategies-differ', message, given);
  } else if (save === 'steps') {
    const saveSteps = Number(settings.text('save_steps'));
    const evaluationSteps = Number(settings.text('evaluation_steps'));
    if (!(evaluationSteps > 0) || Number.isNaN(saveSteps) || saveSteps % evaluationSteps === 0) return;
    const message = `save_steps is ${saveSteps}: expected a multiple of evaluation_steps, ${evaluationSteps}`;
    settings.report(
      'error',
      'save-steps',
      message,
      settings.has('save_steps') ? 'save_steps' : 'evaluation_steps',
    );
  }
});

export const metricTaskRule = finetuneRule('metric-task', ['metric-task'], (settings) => {
  const metric = settings.text('metric_for_best_model');
  if (metric?.startsWith('iou') !== true || settings.text('task_name') !== 'image-classification') return;
  const message = `metric_for_best_model is ${metric}, which only image-classification-multilabel has`;
  settings.report('error', 'metric-task', message, 'metric_for_best_model');
});

export const gradNormRule = finetuneRule('max-grad-norm', ['max-grad-norm'], (settings) => {
  if (!settings.isGiven('max_grad_norm')) return;
  const message =
    'max_grad_norm has no effect: the component passes it on in a way that its program does not read';
  settings.report('warning', 'max-grad-norm', message, 'max_grad_norm');
});

export const labelSmoothingRule = finetuneRule('label-smoothing', ['label-smoothing'], (settings) => {
  const factor = Number(settings.text('label_smoothing_factor'));
  if (!(factor > 0) || settings.text('task_name') !== 'image-classification-multilabel') return;
  const message = `label_smoothing_factor is ${factor} and is set to 0 for image-classification-multilabel`;
  settings.report('warning', 'label-smoothing', message, 'label_smoothing_factor');
});

export const ortRule = finetuneRule('ort', ['ort-may-fail', 'ort-optimizer'], (settings) => {
  const ort = settings.text('apply_ort');
  if (ort === 'true') {
    const message =
      'apply_ort may fail: the training image does not name onnxruntime-training among its packages; leave it out if it does';
    settings.report('info', 'ort-may-fail', message, 'apply_ort');
  } else if (
    settings.text('optimizer') === 'adamw_ort_fused' &&
    (ort === 'false' || !settings.has('apply_ort'))
  ) {
    const message = 'the optimizer adamw_ort_fused needs apply_ort: true';
    settings.report(ort === 'false' ? 'error' : 'warning', 'ort-optimizer', message, 'optimizer');
  }
});

export const modelSourceRule = finetuneRule(
  'model-source',
  ['model-source'],
  (settings) => {
    const sources = ['pytorch_model', 'mlflow_model', 'model_name'];
    const given = sources.filter((name) => settings.isGiven(name));
    if (!sources.some((name) => settings.has(name))) {
      const message = 'none of mlflow_model, pytorch_model and model_name says which model to train';
      settings.report('error', 'model-source', message, 'mlflow_model');
    } else if (given.length > 1) {
      const [used = '', ...ignored] = given;
      const message = `${used} is used, and ${ignored.join(' and ')} ignored: expected one of them`;
      settings.report('warning', 'model-source', message, ignored.at(-1) ?? used);
    }
  },
  ['transformers_image_classification_pipeline', 'transformers_image_classification_model_import'],
);

export const deepspeedUseRule = finetuneRule(
  'deepspeed-use',
  ['deepspeed-ignored', 'deepspeed-precision'],
  (settings, context) => {
    const applied = settings.text('apply_deepspeed');
    const hasConfig = settings.has('deepspeed_config');
    if (applied !== 'true') {
      if (settings.isGiven('deepspeed_config') && (applied === 'false' || !settings.has('apply_deepspeed'))) {
        const message = 'deepspeed_config is ignored without apply_deepspeed: true';
        settings.report('warning', 'deepspeed-ignored', message, 'deepspeed_config');
      }
      return;
    }
    const precision = settings.text('precision');
    const file = settings.file('deepspeed_config');
    if (precision === '32' && !hasConfig) {
      const message =
        'apply_deepspeed without deepspeed_config trains in fp16, whatever precision says: set precision to "16", or give a configuration';
      settings.report(
        settings.has('precision') ? 'warning' : 'info',
        'deepspeed-precision',
        message,
        'precision',
      );
    } else if (file !== undefined) {
      reportConfig(settings, precision, readHalf(file, context), file);
    }
  },
);

function reportConfig(
  settings: NodeSettings,
  precision: string | undefined,
  half: boolean | undefined,
  file: string,
): void {
  if (half === undefined || precision === undefined || (precision === '16') === half) return;
  const name = settings.has('precision') ? 'precision' : 'deepspeed_config';
  const message = half
    ? `precision is ${precision} and ${file} has fp16 on: set precision to "16", or fp16.enabled to false`
    : `precision is ${precision} and ${file} has fp16 off: set precision to "32", or fp16.enabled to true`;
  settings.report('warning', 'deepspeed-precision', message, name);
}

/** Whether a DeepSpeed configuration has half precision on; undefined where that cannot be said. */
function readHalf(file: string, context: RuleContext): boolean | undefined {
  if (context.directory === undefined || /^[a-z][a-z0-9+.-]+:/i.test(file)) return undefined;
  const text = context.files.read(resolve(context.directory, file));
  if (text === undefined) return undefined;
  try {
    const config = JSON.parse(text) as { readonly fp16?: { readonly enabled?: unknown } } | null;
    const enabled = config?.fp16?.enabled ?? false;
    return typeof enabled === 'boolean' ? enabled : undefined;
  } catch {
    return undefined;
  }
}

/** Models that the AutoML runtime trains itself; all others go to the Hugging Face branch. */
const runtimeModels = new Set([
  'mobilenetv2',
  'resnet18',
  'resnet34',
  'resnet50',
  'resnet101',
  'resnet152',
  'resnest50',
  'resnest101',
  'seresnext',
  'vits16r224',
  'vitb16r224',
  'vitl16r224',
]);

export const schedulerRule = finetuneRule(
  'scheduler',
  ['scheduler-step'],
  (settings) => {
    const model = settings.text('model_name');
    if (settings.text('learning_rate_scheduler') !== 'step' || model === undefined) return;
    if (runtimeModels.has(model)) return;
    const message = `learning_rate_scheduler is step, which the training of ${model} refuses: expected warmup_cosine`;
    settings.report('error', 'scheduler-step', message, 'learning_rate_scheduler');
  },
  ['image_classification_pipeline'],
);

export const predictionColumnsRule = finetuneRule(
  'prediction-columns',
  ['prediction-columns'],
  (settings) => {
    if (settings.text('task')?.startsWith('image-classification') !== true) return;
    for (const [name, column] of [
      ['input_column_names', 'image_url'],
      ['label_column_name', 'label'],
    ] as const) {
      if (settings.has(name) && (!settings.isLiteral(name) || settings.text(name) === column)) continue;
      const message = settings.has(name)
        ? `${name} is ${settings.text(name) ?? ''}: the rows of an image task have ${column}`
        : `${name} is left out: the rows of an image task need ${column}`;
      settings.report('warning', 'prediction-columns', message, name);
    }
  },
  ['model_prediction'],
);

export const evaluationInputsRule = finetuneRule(
  'evaluation-inputs',
  ['evaluation-inputs'],
  (settings) => {
    for (const name of ['evaluation_config', 'evaluation_config_params', 'compute_model_evaluation']) {
      if (!settings.isGiven(name) || settings.node.component?.certain !== true) continue;
      const message = `${name} computes nothing: since 0.0.24 this component trains only`;
      settings.report('info', 'evaluation-inputs', message, name);
    }
  },
  ['transformers_image_classification_pipeline'],
);
