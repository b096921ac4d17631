import { describe, expect, it } from 'vitest';
import type { AzureMl, ScoringRequest, ScoringResponse } from '../../../src/azure/index.ts';
import type { OnlineEndpointResource } from '../../../src/azure/wire/online.ts';
import { imageScorer, requestBody, retryDelayMs } from '../../../src/actions/score-image.ts';

const endpoint = {
  id: 'x',
  name: 'deit',
  type: 'x',
  properties: { authMode: 'Key', scoringUri: 'https://127.0.0.1:1/score' },
} satisfies OnlineEndpointResource;

const good: ScoringResponse = {
  status: 200,
  headers: { 'azureml-model-deployment': 'blue' },
  body: '[{"probs":[1],"labels":["can"]}]',
};
const failing = (
  status: number,
  headers: Record<string, string> = {},
  body = '{"message":"no"}',
): ScoringResponse => ({
  status,
  headers,
  body,
});

/** Answers with the given responses in turn; the edge of the service, nothing of ours. */
function service(...responses: ScoringResponse[]) {
  const requests: ScoringRequest[] = [];
  let authorizations = 0;
  const aml = {
    onlineEndpoints: { authorization: () => Promise.resolve(`Bearer key-${(authorizations += 1)}`) },
    score: (request: ScoringRequest) => {
      requests.push(request);
      const response = responses.shift();
      return response === undefined
        ? Promise.reject(new Error('no more answers'))
        : Promise.resolve(response);
    },
  } as unknown as AzureMl;
  return { aml, requests };
}

const picture = Uint8Array.of(1, 2, 3);
const retry = { 'retry-after': '0.001' };

describe('imageScorer', () => {
  it('says which deployment answered', async () => {
    const { aml, requests } = service(good);
    const scored = await imageScorer(aml, { endpoint, requestForm: 'card', deployment: 'blue' }).score(
      picture,
    );
    expect(scored).toMatchObject({ deployment: 'blue', classes: [{ label: 'can', score: 1 }] });
    expect(requests).toMatchObject([{ deployment: 'blue', authorization: 'Bearer key-1' }]);
  });

  it.each([
    ['the platform is busy', failing(429, retry)],
    [
      'the model is busy, wrapped in a 424',
      failing(424, { ...retry, 'ms-azureml-model-error-statuscode': '429' }),
    ],
    ['the model is starting', failing(424, { ...retry, 'ms-azureml-model-error-statuscode': '503' })],
  ])('tries again when %s', async (_, busy) => {
    const { aml, requests } = service(busy, busy, good);
    await imageScorer(aml, { endpoint, requestForm: 'card' }).score(picture);
    expect(requests).toHaveLength(3);
  });

  it('gives up when it stays busy', async () => {
    const busy = failing(429, retry);
    const { aml, requests } = service(busy, busy, busy, good);
    const scorer = imageScorer(aml, { endpoint, requestForm: 'card', maxAttempts: 3 });
    await expect(scorer.score(picture)).rejects.toMatchObject({ code: 'SCORING_FAILED' });
    expect(requests).toHaveLength(3);
  });

  it('unwraps the status of the model', async () => {
    const wrapped = failing(
      424,
      { 'ms-azureml-model-error-statuscode': '400', 'x-request-id': 'r1' },
      '{"message":"image 0: not a picture"}',
    );
    await expect(
      imageScorer(service(wrapped).aml, { endpoint, requestForm: 'card' }).score(picture),
    ).rejects.toMatchObject({
      code: 'SCORING_FAILED',
      message: 'the model answered 400: image 0: not a picture',
      details: { status: 424, modelStatus: 400, requestId: 'r1' },
    });
  });

  it('reads the key anew once after a 401', async () => {
    const { aml, requests } = service(failing(401), good);
    await imageScorer(aml, { endpoint, requestForm: 'card' }).score(picture);
    expect(requests.map(({ authorization }) => authorization)).toEqual(['Bearer key-1', 'Bearer key-2']);
  });

  it('ends with AUTH_DENIED at the second 401', async () => {
    const { aml } = service(failing(401), failing(401));
    await expect(imageScorer(aml, { endpoint, requestForm: 'card' }).score(picture)).rejects.toMatchObject({
      code: 'AUTH_DENIED',
      exitCode: 4,
    });
  });
});

describe('requestBody', () => {
  it('has the form of each generation', () => {
    expect(JSON.parse(requestBody(picture, 'card'))).toEqual({
      input_data: { columns: ['image'], index: [0], data: ['AQID'] },
    });
    expect(JSON.parse(requestBody(picture, 'list'))).toEqual({ input_data: ['AQID'] });
  });
});

describe('retryDelayMs', () => {
  it('does not repeat what would fail again', () => {
    for (const status of [400, 401, 404, 408, 413, 500])
      expect(retryDelayMs(failing(status), 1)).toBeUndefined();
    expect(retryDelayMs(failing(424, { 'ms-azureml-model-error-statuscode': '400' }), 1)).toBeUndefined();
  });

  it('grows, and is bounded', () => {
    expect(retryDelayMs(failing(429), 1)).toBeLessThan(retryDelayMs(failing(429), 3) ?? 0);
    expect(retryDelayMs(failing(429, { 'retry-after': '9999' }), 1)).toBe(30_000);
    expect(retryDelayMs(failing(429), 20)).toBe(5000);
  });
});
