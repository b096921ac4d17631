import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readImageText } from '../../../src/serving/read-image-text.ts';

describe('readImageText', () => {
  it('reads back what base64 wrote, with or without padding, lines and a data URI', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), (bytes) => {
        const text = Buffer.from(bytes).toString('base64');
        const lines = text.replaceAll(/(.{19})/g, '$1\r\n');
        for (const form of [
          text,
          text.replaceAll('=', ''),
          lines,
          ` ${text}\n`,
          `data:image/png;base64,${text}`,
        ]) {
          expect([...readImageText(form)]).toEqual([...bytes]);
        }
      }),
    );
  });

  it.each([
    ['data:image/jpeg;charset=x;base64,YWJj', 'abc'],
    ['DATA:;BASE64,YWJj', 'abc'],
    ['  data:image/png;base64,YW\nJj', 'abc'],
    ['data:image/png;base64,YW%0AJjYj4%2b%59w%3D%3D', 'abcb>>c'],
  ])('reads %j', (text, content) => {
    expect(Buffer.from(readImageText(text)).toString()).toBe(content);
  });

  it.each([
    ['', 'the picture is empty'],
    [' \n ', 'the picture is empty'],
    ['data:image/png;base64,', 'the picture is empty'],
    ['data:image/png,abc', 'the data URI is not in base64'],
    ['data:image/png;base64', 'the picture is not base64'],
    ['YWJ*', 'the picture is not base64'],
    ['YWJjZ', 'the picture is not base64'],
    ['YW=Jj', 'the picture is not base64'],
    ['YWJj=', 'the picture is not base64'],
    ['YWJj%3D', 'the picture is not base64'],
    ['data:image/png;base64,YW%J', 'the picture is not base64'],
    [' FILE:///etc/passwd', 'only http and https addresses are fetched, not "FILE:"'],
    ['azureml://jobs/x', 'only http and https addresses are fetched, not "azureml:"'],
    ['<svg/>', 'the picture is not base64'],
    ['{"a":1}', 'the picture is not base64'],
  ])('refuses %j', (text, message) => {
    expect(() => readImageText(text)).toThrow(
      expect.objectContaining({ status: 400, message: expect.stringContaining(message) as string }),
    );
  });
});
