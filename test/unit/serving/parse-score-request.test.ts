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
    ['{"input_data":"a","params":{"top_k":1}}', '"params.top_k" is not supported'],
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
