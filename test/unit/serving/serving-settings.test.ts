import { describe, expect, it } from 'vitest';
import { logFrom } from '../../../src/serving/log.ts';
import type { LogRecord } from '../../../src/serving/log.ts';
import { readServingSettings } from '../../../src/serving/serving-settings.ts';

describe('the settings of the environment', () => {
  it('have a default each', () => {
    expect(readServingSettings({ SCORING_TIMEOUT_MS: '', AML_CORS_ORIGINS: ' ' })).toEqual({
      answer: 'probs',
      urls: { allowsPublic: true, hosts: [] },
      scoringTimeoutMs: 180_000,
      batchTimeoutMs: 60_000,
      corsOrigins: [],
      logLevel: 'info',
      port: undefined,
      healthPort: undefined,
      tellsVersion: true,
      service: { name: 'ML service', version: '1.0', pathPrefix: '' },
    });
  });

  it('are read', () => {
    expect(
      readServingSettings({
        AML_DEIT_ANSWER: 'label_score',
        AML_DEIT_URLS: 'off',
        SCORING_TIMEOUT_MS: '5000',
        AML_DEIT_BATCH_TIMEOUT_MS: '7000',
        AML_CORS_ORIGINS: 'https://a.example, https://b.example',
        AZUREML_LOG_LEVEL: 'warning',
        SERVER_PORT: '8080',
        SEPERATE_HEALTH_ENDPOINT: 'True',
        HEALTH_PORT: '8081',
        SERVER_VERSION_LOG_RESPONSE_ENABLED: 'False',
        SERVICE_NAME: 'pets',
        SERVICE_VERSION: '7',
        SERVICE_PATH_PREFIX: '/api/v1/pets/',
      }),
    ).toEqual({
      answer: 'label_score',
      urls: { allowsPublic: false, hosts: [] },
      scoringTimeoutMs: 5000,
      batchTimeoutMs: 7000,
      corsOrigins: ['https://a.example', 'https://b.example'],
      logLevel: 'warning',
      port: 8080,
      healthPort: 8081,
      tellsVersion: false,
      service: { name: 'pets', version: '7', pathPrefix: 'api/v1/pets' },
    });
  });

  it('have port 5000 for probes that are to be apart', () => {
    expect(readServingSettings({ SEPERATE_HEALTH_ENDPOINT: '1' }).healthPort).toBe(5000);
    expect(readServingSettings({ SEPARATE_HEALTH_ENDPOINT: 'false', HEALTH_PORT: '1' }).healthPort).toBe(
      undefined,
    );
  });

  it.each([
    ['AML_DEIT_ANSWER', 'v16', 'expected one of probs, label_score, label_score_list'],
    ['SCORING_TIMEOUT_MS', '0', 'expected a whole number of milliseconds from 1'],
    ['SCORING_TIMEOUT_MS', '1e3', 'is "1e3"'],
    ['SCORING_TIMEOUT_MS', '99999999999', 'expected a whole number'],
    ['AZUREML_LOG_LEVEL', 'loud', 'expected one of DEBUG, INFO'],
    ['SERVER_PORT', '65536', 'expected a whole number from 0 to 65535'],
    ['SEPERATE_HEALTH_ENDPOINT', 'yes', 'expected true or false'],
    ['SERVER_VERSION_LOG_RESPONSE_ENABLED', 'notgood', 'expected true or false'],
    ['AML_DEIT_URLS', 'http://x', 'expected off, public, or hosts'],
  ])('refuse %s=%s', (name, value, message) => {
    expect(() => readServingSettings({ [name]: value })).toThrow(
      expect.objectContaining({
        code: 'SERVING_CONFIG_INVALID',
        exitCode: 3,
        message: expect.stringContaining(message) as string,
      }) as Error,
    );
  });
});

describe('a log from a level', () => {
  it.each([
    ['info', ['info', 'warning', 'error']],
    ['warning', ['warning', 'error']],
    ['error', ['error']],
  ] as const)('of %s has %j', (level, expected) => {
    const kept: LogRecord[] = [];
    const log = logFrom(level, (record) => kept.push(record));
    for (const each of ['info', 'warning', 'error'] as const) log({ level: each, event: 'x' });
    expect(kept.map((record) => record.level)).toEqual(expected);
  });
});
