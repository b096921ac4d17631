import { encodeImage } from '../../src/vision/index.ts';
import { syntheticPicture } from './synthetic-picture.ts';
import type { Pattern } from './synthetic-picture.ts';

/** A drawn picture as base64 PNG. */
export async function pictureText(pattern: Pattern, width = 40, height = 30): Promise<string> {
  return Buffer.from(await encodeImage(syntheticPicture(width, height, pattern), { format: 'png' })).toString(
    'base64',
  );
}

/** The card's request. */
export function cardRequest(...data: readonly string[]): object {
  return { input_data: { columns: ['image'], index: data.map((_, row) => row), data } };
}

/** Every shape of a request that is accepted, for texts that mean pictures. */
export const requestShapes: readonly (readonly [name: string, form: (texts: readonly string[]) => object])[] =
  [
    ["the card's", (data) => cardRequest(...data)],
    [
      "the card's, rows nested",
      (data) =>
        splitOf(
          'input_data',
          data.map((text) => [text]),
          { index: true },
        ),
    ],
    ["the card's without index", (data) => splitOf('input_data', data)],
    ['a split with a column without a name', (data) => ({ input_data: { columns: [0], data } })],
    ['a list', (data) => ({ input_data: data })],
    ['a list of rows', (data) => ({ input_data: data.map((text) => [text]) })],
    ['MLflow inputs', (data) => ({ inputs: data })],
    ['MLflow inputs, rows nested', (data) => ({ inputs: data.map((text) => [text]) })],
    ['MLflow inputs by column', (data) => ({ inputs: { image: data } })],
    [
      'MLflow dataframe_split',
      (data) =>
        splitOf(
          'dataframe_split',
          data.map((text) => [text]),
          { index: true },
        ),
    ],
    ['MLflow dataframe_split without index', (data) => splitOf('dataframe_split', data)],
    ['MLflow dataframe_records', (data) => ({ dataframe_records: data.map((image) => ({ image })) })],
  ];

/** Shapes that hold one picture only. */
export const singleShapes: readonly (readonly [name: string, form: (text: string) => object])[] = [
  ['a text', (text) => ({ input_data: text })],
  ['an MLflow text', (text) => ({ inputs: text })],
  ['an MLflow text by column', (text) => ({ inputs: { image: text } })],
];

function splitOf(member: string, data: readonly unknown[], { index = false } = {}): object {
  const rows = index ? { index: data.map((_, row) => row) } : {};
  return { [member]: { columns: ['image'], ...rows, data } };
}
