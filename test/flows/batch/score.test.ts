import { spawn } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scorePictures } from '../../../src/actions/score-pictures.ts';
import type { ScorePicturesOptions, ScorePicturesResult } from '../../../src/actions/score-pictures.ts';
import { silentHost } from '../../../src/io/index.ts';
import { numberedPicture, writePictures } from '../../helpers/picture-folder.ts';
import { preload } from '../../helpers/preload.ts';
import { cliPath, machineFreeEnvironment, runCli } from '../../helpers/run-cli.ts';
import { byId, scoreRows } from '../../helpers/score-rows.ts';
import { makeTinyPackage } from '../../helpers/tiny-package.ts';
import type { TinyPackage } from '../../helpers/tiny-package.ts';

const total = 160;
const isBroken = (index: number): boolean => index % 40 === 0;

describe('score', () => {
  let model: TinyPackage;
  let folder: string;
  let pictures: string;
  let paths: string[];
  let whole: string;
  let outputs = 0;
  beforeAll(async () => {
    model = await makeTinyPackage();
    folder = mkdtempSync(join(tmpdir(), 'aml-deit-score-'));
    pictures = join(folder, 'pictures');
    paths = await writePictures(pictures, total, isBroken);
    whole = output();
    await score({ output: whole, topK: 'all' });
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await model.remove();
  });
  const output = (): string => join(folder, `out-${(outputs += 1)}`);
  const score = (options: Partial<ScorePicturesOptions>): Promise<ScorePicturesResult> =>
    scorePictures({ model: model.directory, input: pictures, output: output(), env: {}, ...options });

  it('gives 1,000 pictures of which 13 are corrupt 1,000 unique rows, 13 with errors', async () => {
    const many = join(folder, 'many');
    const names = await writePictures(many, 1000, (index) => index % 77 === 0);
    const scored = output();
    await score({ input: many, output: scored, topK: 'all', miniBatch: 512 });
    const rows = scoreRows(scored);
    expect(byId(rows).map(({ id }) => id)).toEqual([...names].sort());
    expect(rows.filter(({ error }) => error?.code === 'IMAGE_INVALID')).toHaveLength(13);
    expect(rows.filter(({ probs }) => probs?.length === 3)).toHaveLength(987);
    const manifest = JSON.parse(readFileSync(join(scored, 'manifest-00000-of-00001.json'), 'utf8')) as object;
    expect(manifest).toMatchObject({
      counts: { rows: 1000, scored: 987, errors: 13, errorsByCode: { IMAGE_INVALID: 13 }, inputItems: 1000 },
      model: { labels: model.labels },
      files: [{ rows: 1000 }, { rows: 1000 }],
    });
    const csv = readFileSync(join(scored, 'predictions-00000-of-00001-00000.csv'), 'utf8')
      .trimEnd()
      .split('\n');
    expect(csv).toHaveLength(1001);
    expect(csv[0]).toBe(`id,error,${model.labels.join()}`);
  });

  it('gives the same rows with world sizes 1 and 3, of which each process has its share', async () => {
    const shared = output();
    const shares = await Promise.all(
      [0, 1, 2].map((rank) =>
        score({ output: shared, topK: 'all', env: { RANK: String(rank), WORLD_SIZE: '3' }, threads: 1 }),
      ),
    );
    expect(byId(scoreRows(shared))).toEqual(byId(scoreRows(whole)));
    expect(byId(scoreRows(whole)).map(({ id }) => id)).toEqual([...paths].sort());
    expect(shares.map(({ rows }) => rows).reduce((sum, rows) => sum + rows)).toBe(total);
    for (const { rows } of shares) expect(Math.abs(rows - total / 3)).toBeLessThan(30);
  });

  it('continues after kill -9, with nothing lost or doubled, to the same bytes', async () => {
    const interrupted = output();
    const args = [
      'score',
      '--model',
      model.directory,
      '--input',
      pictures,
      '--output',
      interrupted,
      '--top-k',
      'all',
    ];
    const rowsFile = 'predictions-00000-of-00001-00000.jsonl';
    const partial = join(interrupted, `${rowsFile}.partial`);
    const lines = (): number =>
      existsSync(partial) ? readFileSync(partial, 'utf8').split('\n').length - 1 : 0;
    // It stops by itself when it has the first 70 rows of the whole run.
    const rows70 = readFileSync(join(whole, rowsFile), 'utf8').split('\n').slice(0, 70).join('\n');
    const child = spawn(process.execPath, [cliPath, ...args, '--mini-batch', '32'], {
      env: {
        ...machineFreeEnvironment(),
        ...preload('stop-at-size'),
        STOP_COMMAND: 'score',
        STOP_FILE: partial,
        STOP_BYTES: String(Buffer.byteLength(rows70)),
      },
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    while (lines() < 70 && child.exitCode === null) await delay(5);
    // Stopped it holds the folder still; killed it does not.
    child.kill('SIGSTOP');
    await expect(score({ output: interrupted, topK: 'all' })).rejects.toMatchObject({
      code: 'OUTPUT_IN_USE',
    });
    child.kill('SIGKILL');
    await ended;
    expect(existsSync(join(interrupted, 'manifest-00000-of-00001.json'))).toBe(false);
    const there = lines();
    expect(there).toBeLessThan(total);
    // As if the machine had gone down while a row was written.
    writeFileSync(partial, '{"id":"half a', { flag: 'a' });
    const { stdout } = await runCli([...args, '--mini-batch', '32', '--json']);
    const result = JSON.parse(stdout) as ScorePicturesResult;
    expect(result.rows).toBe(total);
    expect(result.kept).toBeGreaterThan(there - 32 - 1);
    for (const name of readdirSync(whole).filter((one) => one.startsWith('predictions')))
      expect(readFileSync(join(interrupted, name)).equals(readFileSync(join(whole, name)))).toBe(true);
    expect(readdirSync(interrupted).sort()).toEqual(readdirSync(whole).sort());
  });

  it('does nothing when it is done, and refuses the folder to another run', async () => {
    const before = readdirSync(whole);
    expect(await score({ output: whole, topK: 'all' })).toMatchObject({ rows: total, errors: 4 });
    expect(readdirSync(whole)).toEqual(before);
    await expect(score({ output: whole, topK: 2 })).rejects.toMatchObject({
      code: 'OUTPUT_EXISTS',
      message: expect.stringContaining('differs in content') as string,
    });
    await expect(score({ output: pictures, input: whole })).rejects.toMatchObject({ code: 'OUTPUT_EXISTS' });
    const other = join(folder, 'other');
    await writePictures(other, 2);
    await expect(score({ output: whole, input: other, topK: 'all' })).rejects.toMatchObject({
      code: 'OUTPUT_EXISTS',
      message: `${whole} holds the finished results of other paths than the 2 of this input`,
    });
    await expect(score({ output: whole, rank: 0, worldSize: 2 })).rejects.toMatchObject({
      message: expect.stringContaining('a run of 1 processes, not 2') as string,
    });
  });

  it('stops at the error threshold, and continues with a higher one', async () => {
    const limited = output();
    await expect(score({ output: limited, errorThreshold: '2', topK: 'all' })).rejects.toMatchObject({
      code: 'ERROR_THRESHOLD_EXCEEDED',
    });
    await expect(score({ output: limited, errorThreshold: '1%', topK: 'all' })).rejects.toMatchObject({
      code: 'ERROR_THRESHOLD_EXCEEDED',
      message: `4 of ${total} pictures failed, more than the threshold 0.01 allows`,
    });
    expect(await score({ output: limited, errorThreshold: '3%', topK: 'all' })).toMatchObject({
      rows: total,
    });
    expect(scoreRows(limited)).toEqual(scoreRows(whole));
    await expect(score({ output: limited, errorThreshold: '3', topK: 'all' })).rejects.toMatchObject({
      message: `4 of ${total} pictures failed, more than the threshold 3 allows`,
    });
  });

  it('writes parts, features, and what Azure ML appends', async () => {
    const few = join(folder, 'few');
    await writePictures(few, 20, (index) => index === 3);
    const parts = output();
    await score({ input: few, output: parts, features: true, rowsPerPart: 8 });
    const names = readdirSync(parts).filter((name) => name.endsWith('.jsonl'));
    expect(names).toEqual([0, 1, 2].map((part) => `predictions-00000-of-00001-0000${part}.jsonl`));
    const rows = scoreRows(parts);
    expect(rows).toHaveLength(20);
    expect(rows.filter(({ features }) => features?.length === rows[0]?.features?.length)).toHaveLength(19);
    const azureml = output();
    await score({ input: few, output: azureml, formats: ['azureml'], topK: 'all' });
    const lines = readFileSync(join(azureml, 'predictions.csv'), 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(19);
    const [first] = scoreRows(azureml);
    const joined = output();
    for (const rerun of [false, true]) {
      const told: string[] = [];
      await score({
        input: few,
        output: joined,
        formats: ['azureml'],
        topK: 'all',
        appendTo: 'all.csv',
        host: { ...silentHost, message: ({ code }) => told.push(code) },
      });
      expect(told).toEqual(rerun ? ['score-unchanged'] : []);
      expect(readFileSync(join(joined, 'all.csv'), 'utf8').trimEnd().split('\n')).toEqual(lines);
    }
    expect(lines[0]).toBe(
      `0,"[${first?.probs?.join(', ')}]","[${model.labels.map((label) => `""${label}""`).join(', ')}]",${first?.id}`,
    );
  });

  it('reads tables: paths, base64, what is wrong with a row', async () => {
    const tables = join(folder, 'tables');
    mkdirSync(tables);
    await writePictures(tables, 4);
    const base64 = Buffer.from(await numberedPicture(1)).toString('base64');
    const cells = ['class-0/0.png', base64, '../pictures/class-0/1.png', '/etc/passwd', 'class-9/0.png', ''];
    writeFileSync(
      join(tables, 'list.csv'),
      `id,image\n${cells.map((cell, index) => `n${index},${cell}`).join('\n')}\nonly-one\n`,
    );
    writeFileSync(
      join(tables, 'list.jsonl'),
      `${JSON.stringify({ image_url: 'class-1/0.png' })}\n{broken\n"data:image/png;base64,${base64}"\n`,
    );
    const csv = output();
    await score({ input: join(tables, 'list.csv'), output: csv });
    const summary = (directory: string): (string | undefined)[][] =>
      scoreRows(directory).map(({ id, row, error }) => [id, String(row), error?.code]);
    expect(summary(csv)).toEqual([
      ['n0', '1', undefined],
      ['n1', '2', undefined],
      ['n2', '3', 'ROW_INVALID'],
      ['n3', '4', 'ROW_INVALID'],
      ['n4', '5', 'FILE_NOT_FOUND'],
      ['list.csv#6', '6', 'ROW_INVALID'],
      ['list.csv#7', '7', 'ROW_INVALID'],
    ]);
    writeFileSync(
      join(tables, 'MLTable'),
      'paths:\n  - file: ./list.jsonl\ntransformations:\n  - read_json_lines:\n      encoding: utf8\n',
    );
    const mltable = output();
    await score({ input: tables, output: mltable });
    expect(summary(mltable)).toEqual([
      ['class-1/0.png', '1', undefined],
      ['list.jsonl#2', '2', 'ROW_INVALID'],
      ['list.jsonl#3', '3', undefined],
    ]);
    await expect(score({ input: join(tables, 'list.csv'), column: 'photo' })).rejects.toMatchObject({
      code: 'TABLE_INVALID',
      message: 'list.csv has no column photo: it has id, image',
    });
    appendFileSync(join(tables, 'list.csv'), 'n7,class-0/0.png\n');
    await expect(score({ input: join(tables, 'list.csv'), output: csv })).rejects.toMatchObject({
      message: expect.stringContaining('differs in tables') as string,
    });
  });

  it('has a row of what vanishes while it runs, and of names that are no UTF-8', async () => {
    const odd = join(folder, 'odd');
    mkdirSync(odd);
    const bytes = await numberedPicture(0);
    const names = Array.from({ length: 120 }, (_, index) => `${String(index).padStart(3, '0')}.png`);
    for (const name of names) writeFileSync(join(odd, name), bytes);
    const cafe = Buffer.from('caf\xE9.png', 'latin1');
    writeFileSync(Buffer.concat([Buffer.from(`${odd}/`), cafe]), bytes);
    symlinkSync('../odd', join(odd, 'loop'));
    const scored = output();
    const warnings: string[] = [];
    const result = await score({
      input: odd,
      output: scored,
      miniBatch: 32,
      host: {
        ...silentHost,
        // So far ahead nothing has been read when the first rows are written.
        progress: () => rmSync(join(odd, '118.png'), { force: true }),
        message: ({ text }) => warnings.push(text),
      },
    });
    expect(warnings).toEqual(['rows of pictures that are no longer in the folder: 1']);
    expect(result).toMatchObject({ errorsByCode: { FILE_NOT_FOUND: 1 }, skipped: { 'link-into-tree': 1 } });
    const rows = scoreRows(scored);
    expect(rows.map(({ id }) => id)).toEqual([...names, String.raw`caf\xE9.png`]);
    expect(rows.at(-1)).toMatchObject({
      idBytes: cafe.toString('base64'),
      classes: expect.anything() as unknown,
    });
    expect(rows.find(({ error }) => error !== undefined)).toMatchObject({ id: '118.png' });
  });

  it('passes over a row of 100 MB, and ends at a quote that never closes', async () => {
    const tables = join(folder, 'large');
    mkdirSync(tables);
    const list = join(tables, 'list.csv');
    const base64 = Buffer.from(await numberedPicture(1)).toString('base64');
    writeFileSync(list, `id,image\nfirst,${base64}\nhuge,`);
    for (let mebibyte = 0; mebibyte < 100; mebibyte += 1) appendFileSync(list, Buffer.alloc(1 << 20, 'A'));
    appendFileSync(list, `\nlast,${base64}\n`);
    const scored = output();
    await score({ input: list, output: scored });
    expect(scoreRows(scored).map(({ id, error }) => [id, error?.message])).toEqual([
      ['first', undefined],
      ['list.csv#2', 'list.csv:3: the row has more than 50331648 bytes'],
      ['last', undefined],
    ]);
    writeFileSync(list, `id,image\nfirst,${base64}\n"second,${base64}\nthird,${base64}\n`);
    const broken = output();
    await expect(score({ input: list, output: broken })).rejects.toMatchObject({
      code: 'TABLE_INVALID',
      message: 'list.csv:3: a quote opens here and never closes',
    });
  });

  it('says what is wrong with an input or an output as a whole', async () => {
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    await expect(score({ input: empty })).rejects.toMatchObject({ code: 'INPUT_EMPTY' });
    await expect(score({ input: join(folder, 'none') })).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    const bad = join(folder, 'bad');
    await writePictures(bad, 3, () => true);
    await expect(score({ input: bad })).rejects.toMatchObject({
      code: 'ERROR_THRESHOLD_EXCEEDED',
      message: 'all 3 pictures failed',
    });
    const shared = output();
    const share = (rank: number): Promise<ScorePicturesResult> =>
      score({ input: bad, output: shared, rank, worldSize: 2 });
    expect(await share(0)).toMatchObject({ scored: 0 });
    await expect(share(1)).rejects.toMatchObject({ message: 'all 3 pictures failed' });
  });

  it('fails with one clear word when the disk is full, and continues', async () => {
    const full = output();
    const args = [
      'score',
      '--model',
      model.directory,
      '--input',
      pictures,
      '--output',
      full,
      '--top-k',
      'all',
      '--json',
    ];
    const words = [process.execPath, cliPath, ...args].map((word) => `'${word}'`).join(' ');
    const limited = await new Promise<string>((resolve) => {
      // 4 KiB a file: what a full disk is to a writer.
      const child = spawn('bash', ['-c', `ulimit -f 4; exec ${words}`], { env: machineFreeEnvironment() });
      let text = '';
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      child.once('close', () => resolve(text));
    });
    expect(JSON.parse(limited)).toMatchObject({ error: { code: 'OUTPUT_NOT_WRITTEN' } });
    expect(await score({ output: full, topK: 'all' })).toMatchObject({ rows: total });
    expect(scoreRows(full)).toEqual(scoreRows(whole));
  });
});
