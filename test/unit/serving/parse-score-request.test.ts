import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseScoreRequest } from '../../../src/serving/parse-score-request.ts';

function parse(body: unknown, maxImages = 4): readonly string[] {
  return parseScoreRequest(Buffer.from(JSON.stringify(body)), maxImages).images;
}

describe('parseScoreRequest', () => {
  it.each([
    [{ input_data: { columns: ['image'], index: [0, 1], data: ['a', 'b'] } }, ['a', 'b']],
    [{ input_data: { columns: ['image'], data: [['a'], ['b']] } }, ['a', 'b']],
    [{ input_data: { columns: ['image'], index: null, data: ['a', ['b']] } }, ['a', 'b']],
    [{ input_data: { columns: ['image'], index: ['x'], data: ['a'] } }, ['a']],
    [{ input_data: ['a', 'b'] }, ['a', 'b']],
    [{ input_data: [['a']] }, ['a']],
    [{ input_data: 'a' }, ['a']],
    [{ input_data: 'a', params: {} }, ['a']],
    [{ input_data: ['a', 'a', 'a', 'a'] }, ['a', 'a', 'a', 'a']],
    [{ input_data: { columns: [0], index: [0], data: [['a']] } }, ['a']],
    [{ inputs: ['a', 'b'] }, ['a', 'b']],
    [{ inputs: [['a'], ['b']] }, ['a', 'b']],
    [{ inputs: 'a' }, ['a']],
    [{ inputs: { image: ['a', 'b'] } }, ['a', 'b']],
    [{ inputs: { image: 'a' } }, ['a']],
    [{ dataframe_split: { columns: ['image'], data: [['a'], ['b']] } }, ['a', 'b']],
    [{ dataframe_split: { columns: ['0'], index: [7], data: ['a'] } }, ['a']],
    [{ dataframe_records: [{ image: 'a' }, { image: 'b' }] }, ['a', 'b']],
    [{ dataframe_records: [{ 0: 'a' }], params: null }, ['a']],
    [{ input_data: 'a', inputs: null, client_data: { anything: [1] } }, ['a']],
  ])('reads %j', (body, images) => {
    expect(parse(body)).toEqual(images);
  });

  it.each([
    ['[]', 'the body is a list of 0'],
    ['"x"', 'the body is a string'],
    ['null', 'the body is null'],
    ['{}', 'the body has no "input_data"'],
    ['{"input_data":null}', 'the body has no "input_data"'],
    ['{"input_data":5}', '"input_data" is a number'],
    ['{"input_data":[]}', '"input_data" holds no picture'],
    ['{"input_data":{"columns":["image"],"data":[]}}', '"input_data" holds no picture'],
    ['{"input_data":[1]}', '"input_data[0]" is a number'],
    ['{"input_data":["a",null]}', '"input_data[1]" is null'],
    ['{"input_data":[["a","b"]]}', '"input_data[0]" is a list of 2'],
    ['{"input_data":[[["a"]]]}', '"input_data[0]" is a list of 1'],
    ['{"input_data":[{"image":"a"}]}', '"input_data[0]" is an object'],
    ['{"input_data":{"data":["a"]}}', '"input_data.columns" is missing, expected ["image"]'],
    ['{"input_data":{"columns":["img"],"data":["a"]}}', '"input_data.columns" is ["img"]'],
    ['{"input_data":{"columns":["image","text"],"data":["a"]}}', '"input_data.columns" is ["image","text"]'],
    ['{"input_data":{"columns":["image"],"data":"a"}}', '"input_data.data" is a string'],
    ['{"input_data":{"columns":["image"],"index":0,"data":["a"]}}', '"input_data.index" is a number'],
    [
      '{"input_data":{"columns":["image"],"index":[0],"data":["a","b"]}}',
      '"input_data.index" has 1 entries for 2 rows',
    ],
    ['{"input_data":["a","b","c","d","e"]}', 'holds 5 pictures, at most 4'],
    ['{"input_data":"a","inputs":"b"}', 'the body has "input_data" and "inputs", expected one of them'],
    ['{"inputs":7}', '"inputs" is a number'],
    ['{"inputs":{"text":["a"]}}', 'the columns of "inputs" are ["text"], expected ["image"]'],
    ['{"inputs":{"image":["a"],"text":["a"]}}', 'the columns of "inputs" are ["image","text"]'],
    ['{"inputs":{"image":{}}}', '"inputs.image" is an object, expected a list'],
    ['{"dataframe_split":["a"]}', '"dataframe_split" is a list of 1, expected "columns" and "data"'],
    ['{"dataframe_split":{"columns":["image"]}}', '"dataframe_split.data" is missing, expected a list'],
    ['{"dataframe_records":{"image":"a"}}', '"dataframe_records" is an object, expected a list'],
    ['{"dataframe_records":["a"]}', '"dataframe_records[0]" is "a", expected {"image": "…"}'],
    ['{"dataframe_records":[{"image":"a","x":1}]}', 'expected {"image": "…"}'],
    ['{"dataframe_records":[{"image":1}]}', '"dataframe_records[0]" is a number'],
    ['{"__proto__":{"input_data":"a"}}', 'the body has no "input_data"'],
    ['{"input_data":"a","params":[]}', '"params" is a list of 0'],
    ['', 'the body is empty'],
    ['{"input_data"', 'the body is not JSON'],
  ])('refuses %s', (body, message) => {
    expect(() => parseScoreRequest(Buffer.from(body), 4)).toThrow(
      expect.objectContaining({ status: 400, message: expect.stringContaining(message) as string }),
    );
  });

  it('refuses bytes that are no UTF-8', () => {
    expect(() => parseScoreRequest(Buffer.from('7b22ff227d', 'hex'), 4)).toThrow('the body is not UTF-8');
  });
});

describe('the parameters of a request', () => {
  const read = (params: unknown): unknown =>
    parseScoreRequest(Buffer.from(JSON.stringify({ input_data: 'a', params })), 4).parameters;

  it('are what was asked for, and nothing else', () => {
    expect(read(undefined)).toEqual({});
    expect(read({ top_k: null })).toEqual({});
    expect(
      read({ top_k: 3, threshold: 0.5, profile: 'deit', on_error: 'null', answer: 'label_score' }),
    ).toEqual({ topK: 3, threshold: 0.5, profile: 'deit', onError: 'null', answer: 'label_score' });
  });

  it.each([
    [[], '"params" is a list of 0, expected an object'],
    [{ topk: 1 }, '"params.topk" is not known, expected any of top_k, threshold, profile, on_error, answer'],
    [{ constructor: 1 }, '"params.constructor" is not known'],
    [{ top_k: 0 }, '"params.top_k" is 0, expected a whole number from 1'],
    [{ top_k: 1.5 }, '"params.top_k" is 1.5'],
    [{ top_k: '3' }, '"params.top_k" is "3"'],
    [{ threshold: -0.1 }, '"params.threshold" is -0.1, expected a number from 0 to 1'],
    [{ threshold: 1.1 }, '"params.threshold" is 1.1'],
    [{ profile: 'x' }, '"params.profile" is "x", expected one of checkpoint, card, deit, timm'],
    [{ profile: 'toString' }, '"params.profile" is "toString"'],
    [{ on_error: true }, '"params.on_error" is true, expected one of fail, null'],
    [{ answer: 'v16' }, 'expected one of probs, label_score, label_score_list'],
  ])('are refused as %j', (params, message) => {
    expect(() => read(params)).toThrow(
      expect.objectContaining({ status: 400, message: expect.stringContaining(message) as string }),
    );
  });
});

describe('any body', () => {
  const member = fc.constantFrom(
    'input_data',
    'inputs',
    'dataframe_split',
    'dataframe_records',
    'params',
    'columns',
    'data',
    'index',
    'image',
    'top_k',
    '__proto__',
  );
  const value = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom(null, true, 0, -1, 'a', '', 'image', 'null'),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(member, tie('value'), { maxKeys: 4 }),
    ),
  })).value;

  it('is a request or a 400, and nothing else', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          value.map((json) => JSON.stringify(json)),
          fc.string(),
          fc.json(),
        ),
        (body) => {
          let images: readonly string[] | undefined;
          let status: unknown;
          try {
            ({ images } = parseScoreRequest(Buffer.from(body), 3));
          } catch (error) {
            ({ status } = error as { status?: unknown });
          }
          const isRequest =
            images?.every((image) => typeof image === 'string') === true && images.length <= 3;
          expect([isRequest, status]).toEqual(isRequest ? [true, undefined] : [false, 400]);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
