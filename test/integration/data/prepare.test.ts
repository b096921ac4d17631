import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { createTwin } from '../../../src/testing.ts';
import { prepareData } from '../../../src/actions/prepare-data.ts';
import { validateDocuments } from '../../../src/actions/validate-documents.ts';
import { readFolderContent } from '../../../src/io/folder-content.ts';
import { smallPicture, temporaryFolder, writeTree } from '../../helpers/labelled-pictures.ts';
import { recordingHost } from '../../helpers/recording-host.ts';
import { makeZip } from '../../helpers/make-zip.ts';

async function rowsOf(
  directory: string,
  split: string,
): Promise<{ image_url: string; label: string | string[] }[]> {
  const text = await readFile(join(directory, split, `${split}_annotations.jsonl`), 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { image_url: string; label: string });
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

function classFolders(counts: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(counts).flatMap(([name, count], index) =>
      numbers(count).map((number) => [`${name}/${number + 1}.png`, index * 1000 + number] as const),
    ),
  );
}

/** A BMP of one pixel; `data` is a palette, if any, and a row of four bytes. */
function bitmap(bits: number, data: readonly number[]): Uint8Array {
  const header = Buffer.alloc(54);
  header.write('BM', 'latin1');
  header.writeUInt32LE(54 + data.length, 2);
  header.writeUInt32LE(54 + data.length - 4, 10);
  header.writeUInt32LE(40, 14);
  header.writeUInt32LE(1, 18);
  header.writeUInt32LE(1, 22);
  header.writeUInt16LE(1, 26);
  header.writeUInt16LE(bits, 28);
  return Buffer.concat([header, Uint8Array.from(data)]);
}

describe('class folders', () => {
  it('become three splits with MLTables that validate, a label map and hashes', async () => {
    const source = await writeTree(classFolders({ can: 20, 'milk bottle, large': 20, 'Flöte 🥛': 10 }));
    const out = join(await temporaryFolder(), 'data');
    const result = await prepareData({ source, out, task: 'multiclass' });
    expect(result.labels).toEqual(['Flöte 🥛', 'can', 'milk bottle, large']);
    expect(Object.values(result.splits).map(({ pictures }) => pictures)).toEqual([35, 8, 7]);
    expect(result.warnings).toEqual([]);

    const rows = [
      ...(await rowsOf(out, 'train')),
      ...(await rowsOf(out, 'validation')),
      ...(await rowsOf(out, 'test')),
    ];
    expect(new Set(rows.map(({ image_url: url }) => url)).size).toBe(50);
    const manifest = JSON.parse(await readFile(join(out, 'data-manifest.json'), 'utf8'));
    for (const { file, sha256, split } of manifest.pictures) {
      const bytes = await readFile(join(out, split, 'images', file));
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
      expect(rows.find(({ image_url: url }) => url === `images/${file}`)?.label).toBe(file.split('/')[0]);
    }
    const report = await validateDocuments({ paths: [join(out, 'train', 'MLTable')] });
    expect(report.findings).toEqual([]);
    expect(JSON.parse(await readFile(join(out, 'label-map.json'), 'utf8')).labels).toEqual(result.labels);
  });

  it('give the same bytes again, and others for another seed', async () => {
    const whole = await smallPicture(500);
    // What is damaged is described in the manifest, in the same words each time.
    const damaged = numbers(4).map((number) => [`can/cut-${number}.png`, whole.subarray(0, -20 - number)]);
    const source = await writeTree({
      ...classFolders({ can: 12, carton: 12 }),
      ...(Object.fromEntries(damaged) as Record<string, Uint8Array>),
    });
    const out = join(await temporaryFolder(), 'data');
    const contentOf = async (seed: number) => {
      await prepareData({ source, out, task: 'multiclass', seed });
      return (await readFolderContent(out)).contentHash;
    };
    const first = await contentOf(1);
    expect(await contentOf(1)).toBe(first);
    expect(await contentOf(2)).not.toBe(first);
  });

  it('say what is left out, and why', async () => {
    const grey = await sharp(await smallPicture(1))
      .toColourspace('b-w')
      .png()
      .toBuffer();
    const alpha = await sharp(await smallPicture(2))
      .ensureAlpha(0.5)
      .png()
      .toBuffer();
    const palette = await sharp(await smallPicture(3))
      .png({ palette: true })
      .toBuffer();
    const whole = await smallPicture(4);
    const source = await writeTree({
      ...classFolders({ can: 6, carton: 6 }),
      'can/grey.png': grey,
      // A white pixel each: 24 bits a pixel, and one bit with a palette.
      'can/plain.bmp': bitmap(24, [255, 255, 255, 0]),
      'can/palette.bmp': bitmap(1, [0, 0, 0, 0, 255, 255, 255, 0, 128, 0, 0, 0]),
      'can/alpha.png': alpha,
      'can/palette.png': palette,
      'can/cut.png': whole.subarray(0, whole.length - 30),
      'can/notes.txt': 'hello',
      'can/.DS_Store': 'x',
      'loose.png': 77,
    });
    const out = join(await temporaryFolder(), 'data');
    const result = await prepareData({ source, out, task: 'multiclass' });
    expect(Object.fromEntries(result.skipped.map(({ name, reason }) => [name, reason]))).toEqual({
      'can/grey.png': 'channels',
      'can/palette.bmp': 'channels',
      'can/alpha.png': 'channels',
      'can/palette.png': 'channels',
      'can/cut.png': 'damaged',
      'can/notes.txt': 'not-a-picture',
      'loose.png': 'no-label',
    });
    expect(result.warnings.map(({ code }) => code)).toEqual(['skipped']);

    const converted = await prepareData({ source, out, task: 'multiclass', convertToRgb: true });
    const added = converted.skipped.map(({ name }) => name);
    expect(added).not.toContain('can/grey.png');
    const all = await readdir(out, { recursive: true });
    const place = all.find((path) => path.endsWith('alpha.png.rgb.png')) ?? '';
    const bytes = await readFile(join(out, place));
    expect((await sharp(bytes).metadata()).channels).toBe(3);
  });

  it('keep copies of a picture in one split, however they are encoded', async () => {
    const copies: Record<string, number | Uint8Array> = {};
    for (const number of numbers(10)) {
      copies[`can/${number}.png`] = number;
      copies[`carton/copy-${number}.webp`] = await sharp(await smallPicture(number))
        .webp({ lossless: true })
        .toBuffer();
    }
    const source = await writeTree({
      ...classFolders({ jar: 20 }),
      ...Object.fromEntries(Object.entries(copies)),
    });
    const out = join(await temporaryFolder(), 'data');
    const { duplicates, warnings } = await prepareData({ source, out, task: 'multiclass' });
    expect(warnings.map(({ code }) => code)).toContain('labels-differ');
    const manifest = JSON.parse(await readFile(join(out, 'data-manifest.json'), 'utf8'));
    const splitOf = new Map(
      manifest.pictures.map((picture: { file: string; split: string }) => [picture.file, picture.split]),
    );
    expect(duplicates.length).toBeGreaterThanOrEqual(10);
    for (const { files } of duplicates) expect(new Set(files.map((file) => splitOf.get(file))).size).toBe(1);
  });

  it('may have one picture each, and a warning says which split lacks what', async () => {
    const source = await writeTree(classFolders({ can: 1, carton: 1, jar: 20 }));
    const { splits, warnings } = await prepareData({
      source,
      out: join(await temporaryFolder(), 'data'),
      task: 'multiclass',
    });
    expect(splits.train.labels).toMatchObject({ can: 1, carton: 1 });
    expect(warnings.map(({ text }) => text)).toContainEqual(
      'the test split has no picture of 2 labels: "can", "carton"',
    );
  });

  it('of one picture each leave splits empty, and a warning says so', async () => {
    const { splits, warnings } = await prepareData({
      source: await writeTree(classFolders({ 'can, tin': 1, carton: 1 })),
      out: join(await temporaryFolder(), 'data'),
      task: 'multiclass',
    });
    expect(splits.train.labels).toEqual({ 'can, tin': 1, carton: 1 });
    expect(warnings.map(({ text }) => text)).toEqual([
      expect.stringMatching(/^the validation split is empty, and no job takes it/),
      expect.stringMatching(/^the test split is empty/),
    ]);
  });

  it("named for ImageNet's classes get the card's labels in its order", async () => {
    const source = await writeTree(classFolders({ n01443537: 8, n01440764: 8 }));
    const out = join(await temporaryFolder(), 'data');
    const { labels, splits } = await prepareData({ source, out, task: 'multiclass' });
    expect(labels).toHaveLength(1000);
    expect(labels.slice(0, 2)).toEqual(['tench, Tinca tinca', 'goldfish, Carassius auratus']);
    expect(splits.train.labels['goldfish, Carassius auratus']).toBeGreaterThan(4);
  });
});

describe('labels.csv', () => {
  const pictures = Object.fromEntries(numbers(12).map((number) => [`images/${number}.png`, number]));
  const list = numbers(12).map(
    (number) => `${number}.png,${number % 2 === 0 ? 'can' : 'carton water_bottle'}`,
  );

  it('of the samples gives lists of labels', async () => {
    const source = await writeTree({ ...pictures, 'labels.csv': ['filename,labels', ...list].join('\n') });
    const out = join(await temporaryFolder(), 'data');
    const result = await prepareData({ source, out, task: 'multilabel' });
    expect(result).toMatchObject({ layout: 'csv', labels: ['can', 'carton', 'water_bottle'], skipped: [] });
    const rows = await rowsOf(out, 'train');
    expect(rows.every(({ label }) => Array.isArray(label))).toBe(true);
  });

  it('needs no header, and its labels may hold blanks and commas', async () => {
    const source = await writeTree({
      ...pictures,
      'labels.csv': numbers(12)
        .map((number) => `images\\${number}.png,"${number % 2 === 0 ? 'milk bottle, large' : 'can|tin can'}"`)
        .join('\r\n'),
    });
    const { labels } = await prepareData({
      source,
      out: join(await temporaryFolder(), 'a'),
      task: 'multilabel',
      labelSeparator: '|',
    });
    expect(labels).toEqual(['can', 'milk bottle, large', 'tin can']);
  });

  it.each([
    ['0.png,can,carton', 'labels.csv:1: 3 columns, expected 2'],
    ['../0.png,can', 'labels.csv:1: "../0.png" is not a path below'],
    ['C:\\0.png,can', 'is not a path below'],
    ['file,x\n0.png,can', 'labels.csv:1: no column of labels among "file", "x"'],
    [Buffer.from('file,label\n0.png,can\n1.png,caf\u00e9', 'latin1'), 'labels.csv:3: another encoding'],
    [Buffer.from('\uFEFF0.png,can', 'utf16le'), 'labels.csv:1: UTF-16'],
    ['0.png,can\n0.png,carton', 'gives images/0.png the labels "can" and "carton", expected one'],
  ])('%j is refused', async (text, message) => {
    const source = await writeTree({ ...pictures, 'labels.csv': text });
    const failing = prepareData({ source, out: join(await temporaryFolder(), 'data'), task: 'multiclass' });
    await expect(failing).rejects.toThrow(
      expect.objectContaining({ code: 'DATA_INVALID', message: expect.stringContaining(message) }),
    );
  });

  it('that names what is not there leaves it out and says so', async () => {
    const source = await writeTree({
      ...pictures,
      'labels.csv': ['gone.png,can', ...list.slice(1)].join('\n'),
    });
    const { skipped } = await prepareData({
      source,
      out: join(await temporaryFolder(), 'd'),
      task: 'multilabel',
      layout: 'csv',
    });
    expect(skipped.map(({ name, reason }) => [name, reason])).toEqual([
      ['gone.png', 'missing'],
      ['images/0.png', 'no-label'],
    ]);
  });
});

describe('JSONL', () => {
  it('is read as it is written', async () => {
    const rows = numbers(10).map((number) =>
      JSON.stringify({ image_url: `./p/${number}.png`, label: number % 2 === 0 ? 7 : 'can' }),
    );
    const source = await writeTree({
      ...Object.fromEntries(numbers(10).map((number) => [`p/${number}.png`, number])),
      'rows.jsonl': rows.join('\n'),
    });
    const result = await prepareData({
      source,
      out: join(await temporaryFolder(), 'data'),
      task: 'multiclass',
    });
    expect(result).toMatchObject({ layout: 'jsonl', labels: ['7', 'can'] });
  });

  it('in another encoding is refused with its line', async () => {
    const rows = Buffer.from(
      '{"image_url":"1.png","label":"a"}\n{"image_url":"1.png","label":"é"}',
      'latin1',
    );
    const source = await writeTree({ '1.png': 1, 'rows.jsonl': rows });
    const failing = prepareData({ source, out: join(await temporaryFolder(), 'data'), task: 'multiclass' });
    await expect(failing).rejects.toThrow('rows.jsonl:2: another encoding, expected UTF-8');
  });

  it.each([
    ['{"image_url":"1.png"}', 'label is not there, expected text'],
    ['{"image_url":"azureml://x/1.png","label":"a"}', 'is the address azureml://x/1.png'],
    ['{"image_url":"1.png","label":["a","b"]}', 'label is ["a","b"], expected one'],
    ['[1]', 'not an object'],
    ['{', 'not JSON'],
  ])('%s is refused with its line', async (row, message) => {
    const source = await writeTree({ '1.png': 1, 'rows.jsonl': `\n${row}\n` });
    const failing = prepareData({ source, out: join(await temporaryFolder(), 'data'), task: 'multiclass' });
    await expect(failing).rejects.toThrow(message);
    await expect(failing).rejects.toThrow('rows.jsonl:2');
  });
});

describe('an archive', () => {
  it('is unpacked and read like the folder it holds', async () => {
    const files = classFolders({ 'fridge/can': 8, 'fridge/carton': 8 });
    const archive = join(await temporaryFolder(), 'data.zip');
    await writeFile(
      archive,
      makeZip([
        { name: 'fridge/can/link.png', data: Buffer.from('../../secret.png'), isLink: true },
        ...(await Promise.all(
          Object.entries(files).map(async ([name, number]) => ({ name, data: await smallPicture(number) })),
        )),
      ]),
    );
    const out = join(await temporaryFolder(), 'data');
    const result = await prepareData({ source: archive, out, task: 'multiclass' });
    expect(result.labels).toEqual(['can', 'carton']);
    expect(result.warnings[0]?.text).toBe(
      '1 file is left out: fridge/can/link.png (a link or a device, which is not unpacked)',
    );
    expect(await readdir(out)).toEqual([
      'data-manifest.json',
      'label-map.json',
      'test',
      'train',
      'validation',
    ]);
  });

  it('is fetched from a web address, which must not redirect into the network behind', async () => {
    const archive = makeZip([
      ...(await Promise.all(
        [1, 2, 3, 4].map(async (number) => ({ name: `can/${number}.png`, data: await smallPicture(number) })),
      )),
      ...(await Promise.all(
        [5, 6, 7, 8].map(async (number) => ({ name: `jar/${number}.png`, data: await smallPicture(number) })),
      )),
    ]);
    const server = createServer((request, response) => {
      if (request.url === '/data.zip') response.end(archive);
      else if (request.url === '/moved.zip') response.writeHead(302, { location: '/data.zip' }).end();
      else if (request.url === '/inside')
        response.writeHead(302, { location: 'http://127.0.0.1:1/secret' }).end();
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const parent = await temporaryFolder();
    const prepare = (path: string) =>
      prepareData({ source: base + path, out: join(parent, 'data'), task: 'multiclass' });
    try {
      expect((await prepare('/moved.zip')).labels).toEqual(['can', 'jar']);
      expect((await readdir(parent, { recursive: true })).filter((name) => name.endsWith('.zip'))).toEqual(
        [],
      );
      await expect(prepare('/inside')).rejects.toMatchObject({ code: 'URL_REFUSED' });
      await expect(prepare('/gone')).rejects.toMatchObject({
        code: 'URL_UNREACHABLE',
        message: expect.stringContaining('answered 404'),
      });
      expect(await readdir(parent)).toEqual(['data']);
    } finally {
      server.close();
    }
  });

  it.each([
    ['../escape.png', 'cannot be unpacked'],
    ['/absolute.png', 'cannot be unpacked'],
    ['a\\..\\b.png', 'cannot be unpacked'],
  ])('with the name %s is refused', async (name, message) => {
    const directory = await temporaryFolder();
    await writeFile(join(directory, 'bad.zip'), makeZip([{ name, data: new Uint8Array(3) }]));
    const failing = prepareData({
      source: join(directory, 'bad.zip'),
      out: join(directory, 'data'),
      task: 'multiclass',
    });
    await expect(failing).rejects.toThrow(
      expect.objectContaining({ code: 'DATA_INVALID', message: expect.stringContaining(message) }),
    );
    expect(await readdir(directory)).toEqual(['bad.zip']);
  });

  it('that unpacks to far more than it holds is refused', async () => {
    const directory = await temporaryFolder();
    await writeFile(
      join(directory, 'bomb.zip'),
      makeZip([{ name: 'a/zeros.png', data: new Uint8Array(8 << 20) }]),
    );
    const failing = prepareData({
      source: join(directory, 'bomb.zip'),
      out: join(directory, 'data'),
      task: 'multiclass',
    });
    await expect(failing).rejects.toThrow('more than a data set does');
  });
});

describe('a source that teaches nothing', () => {
  it.each([
    [{ 'can/1.png': 1, 'can/2.png': 2 }, 'all 2 pictures have the label "can", expected two labels at least'],
    [{ 'can/1.txt': 'x' }, 'not one picture is left; the first that is not: can/1.txt'],
    [{ 'readme.md': 'x' }, 'has neither class folders, nor a labels.csv, nor a JSONL file'],
  ])('%j is refused, and nothing is left behind', async (tree, message) => {
    const source = await writeTree(tree);
    const parent = await temporaryFolder();
    const failing = prepareData({ source, out: join(parent, 'data'), task: 'multiclass' });
    await expect(failing).rejects.toThrow(
      expect.objectContaining({ code: 'DATA_INVALID', message: expect.stringContaining(message) }),
    );
    expect(await readdir(parent)).toEqual([]);
  });

  it('nor is a folder of somebody else replaced, nor one inside the source made', async () => {
    const source = await writeTree(classFolders({ can: 2, carton: 2 }));
    const theirs = await writeTree({ 'thesis.txt': 'x' });
    await expect(prepareData({ source, out: theirs, task: 'multiclass' })).rejects.toThrow(
      'holds files that data prepare did not make',
    );
    await expect(prepareData({ source, out: join(source, 'data'), task: 'multiclass' })).rejects.toThrow(
      'lies in the source',
    );
  });

  it('can be stopped', async () => {
    const source = await writeTree(classFolders({ can: 3, carton: 3 }));
    const parent = await temporaryFolder();
    const host = recordingHost();
    const failing = prepareData({
      source,
      out: join(parent, 'data'),
      task: 'multiclass',
      host,
      signal: AbortSignal.abort(),
    });
    await expect(failing).rejects.toThrow(expect.objectContaining({ code: 'INTERRUPTED' }));
    expect(await readdir(parent)).toEqual([]);
  });
});

describe('upload', () => {
  it('registers the folder as data and writes its addresses', async () => {
    const twin = await createTwin();
    try {
      const source = await writeTree(classFolders({ can: 6, 'milk bottle, größe 1': 6 }));
      const out = join(await temporaryFolder(), 'data');
      const prepare = () =>
        prepareData({
          source,
          out,
          task: 'multiclass',
          upload: 'fridge-pictures',
          target: 'local',
          env: twin.env,
        });
      const { uploaded } = await prepare();
      expect(uploaded).toMatchObject({
        asset: 'azureml:fridge-pictures:1',
        uri: expect.stringMatching(/^azureml:\/\/.*\/paths\/LocalUpload\/.*\/$/),
      });
      const rows = await rowsOf(out, 'train');
      expect(rows.every(({ image_url: url }) => url.startsWith(uploaded!.uri))).toBe(true);
      expect((await readdir(join(out, 'train'))).sort()).toEqual(['MLTable', 'train_annotations.jsonl']);
      expect((await prepare()).uploaded).toMatchObject({
        asset: 'azureml:fridge-pictures:2',
        uri: uploaded?.uri,
      });
    } finally {
      await twin.close();
    }
  });
});
