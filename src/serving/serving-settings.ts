import { AmlDeitError } from '../errors/index.ts';
import { parseUrlPolicy, urlPolicyVariable } from '../web/index.ts';
import type { UrlPolicy } from '../web/index.ts';
import { answerForms } from './answer-form.ts';
import type { AnswerForm } from './answer-form.ts';
import type { LogRecord } from './log.ts';

/** What the container's environment says. The names are those of Azure ML's inference server, and `AML_DEIT_…` ours. */
export interface ServingSettings {
  /** AML_DEIT_ANSWER: how answers are written where a request does not say; `probs` by default. */
  readonly answer: AnswerForm;
  /** AML_DEIT_URLS: which web addresses pictures are fetched from. */
  readonly urls: UrlPolicy;
  /** SCORING_TIMEOUT_MS: a request that takes longer is answered 500; 180 s by default, all that the platform waits. */
  readonly scoringTimeoutMs: number;
  /** AML_DEIT_BATCH_TIMEOUT_MS: the model's process is started again when a batch takes longer; a minute by default. */
  readonly batchTimeoutMs: number;
  /** AML_CORS_ORIGINS: web pages that may call the server; none by default. */
  readonly corsOrigins: readonly string[];
  /** AZUREML_LOG_LEVEL: records below it are left out; `info` by default. */
  readonly logLevel: LogRecord['level'];
  /** SERVER_PORT: where no flag says which. */
  readonly port: number | undefined;
  /** HEALTH_PORT (5000 by default) where SEPERATE_HEALTH_ENDPOINT is true: probes are answered there as well. */
  readonly healthPort: number | undefined;
  /** SERVER_VERSION_LOG_RESPONSE_ENABLED: whether answers carry `x-ms-server-version`; they do by default. */
  readonly tellsVersion: boolean;
  /** SERVICE_NAME, SERVICE_VERSION, SERVICE_PATH_PREFIX: for /swagger.json. */
  readonly service: { readonly name: string; readonly version: string; readonly pathPrefix: string };
}

const logLevels: Readonly<Record<string, LogRecord['level']>> = {
  DEBUG: 'info',
  INFO: 'info',
  WARN: 'warning',
  WARNING: 'warning',
  ERROR: 'error',
  CRITICAL: 'error',
};

const maxMs = 24 * 60 * 60 * 1000;

/** @throws AmlDeitError SERVING_CONFIG_INVALID, naming the variable and what was expected. */
export function readServingSettings(env: NodeJS.ProcessEnv): ServingSettings {
  const choose = <T>(
    name: string,
    byDefault: T,
    read: (text: string) => T | undefined,
    expected: string,
  ): T => {
    const text = env[name]?.trim() ?? '';
    if (text === '') return byDefault;
    const value = read(text);
    if (value === undefined) {
      throw new AmlDeitError(
        'SERVING_CONFIG_INVALID',
        `${name} is "${text.slice(0, 100)}", expected ${expected}`,
      );
    }
    return value;
  };
  const wholeNumber =
    (min: number, max: number) =>
    (text: string): number | undefined => {
      const value = Number(text);
      return /^\d+$/.test(text) && value >= min && value <= max ? value : undefined;
    };
  const flag = (name: string, byDefault: boolean): boolean =>
    choose(
      name,
      byDefault,
      (text) => ({ true: true, 1: true, false: false, 0: false })[text.toLowerCase()],
      'true or false',
    );
  // The inference server's own spelling, and the right one.
  const hasHealthPort = ['SEPERATE_HEALTH_ENDPOINT', 'SEPARATE_HEALTH_ENDPOINT'].some((name) =>
    flag(name, false),
  );
  return {
    answer: choose<AnswerForm>(
      'AML_DEIT_ANSWER',
      'probs',
      (text) => answerForms.find((form) => form === text),
      `one of ${answerForms.join(', ')}`,
    ),
    urls: parseUrlPolicy(env[urlPolicyVariable]),
    scoringTimeoutMs: choose(
      'SCORING_TIMEOUT_MS',
      180_000,
      wholeNumber(1, maxMs),
      `a whole number of milliseconds from 1 to ${maxMs}`,
    ),
    batchTimeoutMs: choose(
      'AML_DEIT_BATCH_TIMEOUT_MS',
      60_000,
      wholeNumber(1, maxMs),
      `a whole number of milliseconds from 1 to ${maxMs}`,
    ),
    corsOrigins: choose(
      'AML_CORS_ORIGINS',
      [],
      (text) => text.split(',').map((origin) => origin.trim()),
      'origins separated by commas',
    ),
    logLevel: choose(
      'AZUREML_LOG_LEVEL',
      'info',
      (text) => logLevels[text.toUpperCase()],
      `one of ${Object.keys(logLevels).join(', ')}`,
    ),
    port: choose<number | undefined>(
      'SERVER_PORT',
      undefined,
      wholeNumber(0, 65_535),
      'a whole number from 0 to 65535',
    ),
    healthPort: hasHealthPort
      ? choose('HEALTH_PORT', 5000, wholeNumber(0, 65_535), 'a whole number from 0 to 65535')
      : undefined,
    tellsVersion: flag('SERVER_VERSION_LOG_RESPONSE_ENABLED', true),
    service: {
      name: choose('SERVICE_NAME', 'ML service', (text) => text, 'a text'),
      version: choose('SERVICE_VERSION', '1.0', (text) => text, 'a text'),
      pathPrefix: choose('SERVICE_PATH_PREFIX', '', (text) => text.replace(/^\/*|\/*$/g, ''), 'a path'),
    },
  };
}
