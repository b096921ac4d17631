import { resolve } from 'node:path';
import { orList } from '../../io/nearest-names.ts';
import type { CheckedDocument } from '../checked-document.ts';
import { parseComponentReference } from '../component-reference.ts';
import type { Rule } from '../kinds/kind.ts';
import { parseYaml } from '../parse-yaml.ts';
import { abbreviate, scalarText } from '../yaml-tree.ts';

/** Where the options of scoring stand: under `settings` with `type: model`, at the root of the older form. */
function optionsPath(document: CheckedDocument): readonly string[] {
  return document.definition.kind === 'batchDeployment' ? [] : ['settings'];
}

export const batchTypeRule: Rule = {
  name: 'batch-type',
  codes: ['batch-type'],
  check(document) {
    if (Object.hasOwn(document.value, 'type') || document.sound('settings') === undefined) return;
    const message =
      "settings without 'type: model': the az command line then reads the older form, which has no settings";
    document.warningAtKey('batch-type', message, 'settings');
  },
};

export const batchInstanceCountRule: Rule = {
  name: 'batch-instance-count',
  codes: ['batch-instance-count'],
  check(document) {
    if (document.sound('settings', 'instance_count') === undefined) return;
    if (!Object.hasOwn(document.value, 'resources')) return;
    const message =
      'settings.instance_count stands beside resources: expected resources.instance_count alone';
    document.errorAtKey('batch-instance-count', message, 'settings', 'instance_count');
  },
};

/** The default. Who writes more may have counted rows, or pictures in one CSV. */
const usualMiniBatch = 10;

/** Batch scoring hands out files: rows of one file are never divided. */
export const miniBatchRule: Rule = {
  name: 'mini-batch-files',
  codes: ['mini-batch-files'],
  check(document, { isCards }) {
    const path = [...optionsPath(document), 'mini_batch_size'];
    const size = document.sound(...path);
    if (!isCards || typeof size !== 'number' || size <= usualMiniBatch) return;
    const message = `${path.join('.')} is ${size}, which counts files: a single CSV, however many rows it has, is one mini-batch`;
    document.info('mini-batch-files', message, ...path);
  },
};

const loggingLevels = ['debug', 'info', 'warning'];

export const loggingLevelRule: Rule = {
  name: 'logging-level',
  codes: ['logging-level'],
  check(document) {
    const path = [...optionsPath(document), 'logging_level'];
    const level = document.sound(...path);
    if (typeof level !== 'string' || loggingLevels.includes(level.toLowerCase())) return;
    const message = `${path.join('.')} is '${level}': expected ${orList(loggingLevels)}`;
    document.error('logging-level', message, ...path);
  },
};

export const outputFileNameRule: Rule = {
  name: 'output-file-name',
  codes: ['output-file-name'],
  check(document) {
    const base = optionsPath(document);
    const name = document.sound(...base, 'output_file_name');
    if (document.sound(...base, 'output_action') !== 'summary_only' || typeof name !== 'string') return;
    if (name === '') return;
    const path = [...base, 'output_file_name'];
    const message = `${path.join('.')} is '${name}', but output_action is summary_only, which writes no such file`;
    document.errorAtKey('output-file-name', message, ...path);
  },
};

export const pipelineSourceRule: Rule = {
  name: 'pipeline-source',
  codes: ['pipeline-source'],
  check(document, { complete }) {
    const has = (key: string): boolean => Object.hasOwn(document.value, key);
    if (has('component') || has('job_definition')) return;
    if (document.diagnostics.some(({ suggestion }) => suggestion === 'component')) return;
    const message = "the document has neither 'component' nor 'job_definition': it says not what runs";
    document.report({
      severity: complete ? 'error' : 'warning',
      code: 'pipeline-source',
      message,
      path: [],
    });
  },
};

/** A component in a file of its own, which Azure's client reads with the deployment. One without a type may be a pipeline. */
export const pipelineFileRule: Rule = {
  name: 'pipeline-file',
  codes: ['wrong-asset-type'],
  check(document, { directory, files }) {
    for (const path of [['component'], ['job_definition', 'component']]) {
      const given = document.sound(...path);
      if (typeof given !== 'string' || directory === undefined) continue;
      const reference = parseComponentReference(given);
      const text = reference.is === 'file' ? files.read(resolve(directory, reference.path)) : undefined;
      const type = text === undefined ? undefined : scalarText(parseYaml(text, given).roots[0], 'type');
      if (type === undefined || type.toLowerCase() === 'pipeline') continue;
      const message = `${path.join('.')} is '${abbreviate(given)}', a component of the type ${abbreviate(type)}: expected a pipeline component`;
      document.error('wrong-asset-type', message, ...path);
    }
  },
};
