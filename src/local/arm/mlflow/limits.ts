import { posix } from 'node:path';
import type { MetricPoint } from '../../store/metrics.ts';
import { invalidParameter } from './mlflow-error.ts';
import { optionalInteger, requiredNumber, requiredText, requiredValue } from './read-input.ts';
import type { Input } from './read-input.ts';

/** Sizes of MLflow's own server; lengths are characters. Source: MLflow's REST documentation and `utils/validation.py`. */
export const limits = {
  metricsPerBatch: 1000,
  paramsPerBatch: 100,
  tagsPerBatch: 100,
  entitiesPerBatch: 1000,
  batchBytes: 1_000_000,
  keyLength: 250,
  paramLength: 6000,
  tagLength: 8000,
  experimentNameLength: 500,
  experimentTagLength: 20_000,
  datasetsPerRequest: 1000,
} as const;

/** A name is also the name of a file in stores that are folders: MLflow refuses what would lead elsewhere. */
export function checkKey(what: string, key: string): void {
  if (key.length > limits.keyLength)
    throw invalidParameter(
      `${what} '${key.slice(0, 80)}…' has ${key.length} characters, more than the maximum of ${limits.keyLength}.`,
    );
  if (!/^[/\p{L}\p{N}_.\- :]*$/u.test(key))
    throw invalidParameter(
      `Invalid ${what} name: '${key}'. Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).`,
    );
  const normal = posix.normalize(key);
  if (normal !== key || key === '.' || key.startsWith('..') || key.startsWith('/') || key.endsWith('/'))
    throw invalidParameter(
      `Invalid ${what} name: '${key}'. Names may be treated as files in certain cases, and must not resolve to other names when treated as such.`,
    );
}

function checkLength(what: string, value: string, max: number): void {
  if (value.length > max)
    throw invalidParameter(`${what} has ${value.length} characters, more than the maximum of ${max}.`);
}

export function readMetric(input: Input, now: number): MetricPoint {
  const name = requiredText(input, 'key');
  checkKey('metric', name);
  const loggedAt = optionalInteger(input, 'timestamp') ?? now;
  if (loggedAt < 0)
    throw invalidParameter(
      `Invalid value ${loggedAt} for parameter 'timestamp' of metric '${name}': it must be a nonnegative 64-bit integer.`,
    );
  return { name, value: requiredNumber(input, 'value'), step: optionalInteger(input, 'step') ?? 0, loggedAt };
}

export interface KeyValue {
  readonly key: string;
  readonly value: string;
}

export function readParam(input: Input): KeyValue {
  const key = requiredText(input, 'key');
  const value = requiredValue(input, 'value');
  checkKey('param', key);
  checkLength(`The value of the param '${key}'`, value, limits.paramLength);
  return { key, value };
}

export function readTag(input: Input): KeyValue {
  const key = requiredText(input, 'key');
  const value = requiredValue(input, 'value');
  checkKey('tag', key);
  checkLength(`The value of the tag '${key}'`, value, limits.tagLength);
  return { key, value };
}

export function readExperimentTag(input: Input): KeyValue {
  const key = requiredText(input, 'key');
  const value = requiredValue(input, 'value');
  checkKey('experiment tag', key);
  checkLength(`The value of the experiment tag '${key}'`, value, limits.experimentTagLength);
  return { key, value };
}

export function checkExperimentName(name: string): void {
  checkLength('The name of the experiment', name, limits.experimentNameLength);
}
