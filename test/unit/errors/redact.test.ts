import { describe, expect, it } from 'vitest';
import { AmlDeitError, redact, redactValue } from '../../../src/errors/index.ts';

const secret = 'c2VjcmV0LXNlY3JldC1zZWNyZXQ';

describe('redact', () => {
  it.each([
    `Authorization: Bearer ${secret}`,
    `authorization=SharedKey account:${secret}`,
    `https://a.blob.core.windows.net/c?sv=2026&sig=${secret}&se=1`,
    `DefaultEndpointsProtocol=https;AccountKey=${secret};EndpointSuffix=x`,
    `{"primaryKey":"${secret}"}`,
    `{"accessToken": "${secret}"}`,
    `X-IDENTITY-HEADER: ${secret}`,
    `token eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiJ4In0.${secret}`,
  ])('takes the secret out of %s', (text) => {
    expect(redact(text)).not.toContain(secret);
  });

  it('leaves other text as it is', () => {
    const text = 'endpoint "deit" in design=blue; the key idea; sigmoid=1';
    expect(redact(text)).toBe(text);
  });

  it('reaches into objects', () => {
    const value = { a: [{ sasToken: secret }], b: `sig=${secret}`, n: 1, x: null };
    expect(JSON.stringify(redactValue(value))).not.toContain(secret);
    expect(redactValue(value)).toMatchObject({ n: 1, x: null });
  });
});

describe('AmlDeitError', () => {
  it('holds no secret, whichever part it came in', () => {
    const error = new AmlDeitError('INTERNAL', `Bearer ${secret}`, {
      hint: `sig=${secret}`,
      details: { accessToken: secret },
    });
    expect(
      JSON.stringify({ message: error.message, hint: error.hint, details: error.details }),
    ).not.toContain(secret);
  });

  it('has the exit code of its kind', () => {
    expect(new AmlDeitError('USAGE', 'x').exitCode).toBe(2);
    expect(new AmlDeitError('INTERRUPTED', 'x').exitCode).toBe(130);
  });
});
