import {
  copyFileSync,
  cpSync,
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
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  cancelJob,
  deployBatch,
  deployOnline,
  generateBatch,
  generateCompute,
  importRegistryModel,
  invokeBatch,
  invokeOnline,
  planBatch,
} from '../../../src/index.ts';
import type { InvokeBatchResult } from '../../../src/index.ts';
import { silentHost } from '../../../src/io/index.ts';
import { createTwin } from '../../../src/testing.ts';
import type { Twin } from '../../../src/testing.ts';
import { fridgeClasses } from '../../../src/training/index.ts';
import { drawFridgeFolder } from '../../helpers/fridge-folder.ts';
import { cliPath, runCli } from '../../helpers/run-cli.ts';
import { smallPackage } from '../../helpers/small-package.ts';
import { typeAtTerminal } from '../../helpers/type-at-terminal.ts';
import { endOf, prepareJobs, putJob } from '../../helpers/twin-jobs.ts';
import { failureOf } from '../../helpers/failure-of.ts';
import { requestArm } from '../../helpers/twin-request.ts';

/** As many as the official sample has; a torn one is put beside them. */
const pictures = 134;
const torn = 'can/torn.jpg';
/** Commands that the twin runs at once. */
const nodes = 2;

interface JobInputs {
  readonly inputs: Readonly<Record<string, { readonly uri?: string }>>;
}
interface Container {
  readonly accountName: string;
  readonly containerName: string;
}

describe('a batch endpoint on the twin', () => {
  let twin: Twin;
  let folder: string;
  let model: string;
  let input: string;
  let paths: string[];
  let online: Map<string, number>;
  beforeAll(async () => {
    model = await smallPackage(fridgeClasses);
    folder = mkdtempSync(join(tmpdir(), 'aml-deit-batch-'));
    input = join(folder, 'pictures');
    await drawFridgeFolder({ directory: input, task: 'multiclass' });
    writeFileSync(join(input, torn), 'no picture');
    paths = readdirSync(input, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.jpg'));
    twin = await createTwin({ jobs: { lingerMs: 0, parallelCommands: nodes } });
    await deployOnline({ ...target(), endpoint: 'live', model, sku: 'Standard_D4as_v4' });
    const { results } = await invokeOnline({
      ...target(),
      endpoint: 'live',
      images: paths.map((path) => join(input, path)),
      topK: 4,
    });
    online = new Map(
      results.flatMap((result, index) =>
        result.ok
          ? result.classes.map(({ label, score }) => [`${paths[index]} ${label}`, score] as const)
          : [],
      ),
    );
  });
  afterAll(async () => {
    await twin.close();
    rmSync(folder, { recursive: true, force: true });
    rmSync(dirname(model), { recursive: true, force: true });
  });
  const target = () =>
    ({ target: 'local', env: { ...twin.env }, pollIntervalMs: 50, watchIntervalMs: 100 }) as const;
  /** As a user's one command. */
  const invoke = async (endpoint: string, ...more: string[]) => {
    const words = [
      'invoke',
      'batch',
      '--target',
      'local',
      '--endpoint',
      endpoint,
      '--input',
      input,
      '--json',
    ];
    const { stdout, exitCode } = await runCli([...words, ...more], { env: { ...twin.env } });
    return { result: JSON.parse(stdout) as InvokeBatchResult, exitCode };
  };
  const answers = ({ rows }: InvokeBatchResult): Map<string, number> =>
    new Map(
      rows.flatMap(({ id, classes }) =>
        classes.map(({ label, score }) => [`${id} ${label}`, score] as const),
      ),
    );
  const expectOnlineAnswers = (result: InvokeBatchResult): void => {
    const found = answers(result);
    expect([...found.keys()].sort()).toEqual([...online.keys()].sort());
    for (const [key, score] of online) expect(found.get(key)).toBeCloseTo(score, 5);
  };

  it('runs the container on every node, answers as the online endpoint, and is left alone when nothing differs', async () => {
    const options = { ...target(), endpoint: 'container', model, topK: 4 };
    const before = await planBatch(options);
    // Model and environment are those of the online deployment.
    expect(before.steps.map(({ kind }) => kind)).toEqual([
      'ensure-cluster',
      'create-endpoint',
      'create-deployment',
      'set-default',
    ]);
    const made = await deployBatch(options);
    expect(made).toMatchObject({ changed: true, deployment: before.deployment });
    expect(await deployBatch(options)).toMatchObject({ changed: false, steps: [] });
    const output = join(folder, 'container');
    const { result, exitCode } = await invoke('container', '--output', output, '--labels', 'folders');
    expect(exitCode).toBe(1);
    expect(result).toMatchObject({ status: 'Completed', counts: { rows: pictures + 1, failed: 1, kept: 0 } });
    expect(result.rows.map(({ id }) => id).sort()).toEqual([...paths].sort());
    expectOnlineAnswers(result);
    const right = paths.filter((path) => {
      const [best] = [...online].filter(([key]) => key.startsWith(`${path} `)).sort(([, a], [, b]) => b - a);
      return best?.[0] === `${path} ${path.split('/')[0]}`;
    });
    expect(result.accuracy).toMatchObject({ labelled: pictures, top1: right.length / pictures });
    const csv = readFileSync(join(output, 'results.csv'), 'utf8').trimEnd().split('\n');
    expect(csv).toHaveLength(pictures + 2);

    const rest = await invokeBatch({
      ...target(),
      endpoint: 'container',
      input,
      output: join(folder, 'resumed'),
      resumeJob: result.job ?? '',
    });
    expect(rest.counts).toEqual({ rows: pictures + 1, failed: 1, kept: pictures });
    // What failed fails again: one that could be scored now would be found in the later job.
    writeFileSync(join(input, torn), readFileSync(join(input, paths[0] ?? '')));
    const jobs = [result.job ?? '', rest.job ?? ''];
    const both = { ...target(), endpoint: 'container', input, output: join(folder, 'both') };
    const third = await invokeBatch({ ...both, resumeJob: jobs });
    expect(third.counts).toEqual({ rows: pictures + 1, failed: 0, kept: pictures });
    writeFileSync(join(input, torn), 'no picture');
    const again = { ...both, output: join(folder, 'again'), resumeJob: [...jobs, third.job ?? ''] };
    expect(await invokeBatch(again)).toMatchObject({ job: null, counts: { rows: pictures + 1, failed: 0 } });
  });

  it('is complete and exact though one of its two nodes is lost, and its metrics arrive', async () => {
    twin.faults.add({ kind: 'node-killed', ms: 1500, rank: 1, times: 1 });
    let metrics: Readonly<Record<string, number | null>> = {};
    const result = await invokeBatch({
      ...target(),
      endpoint: 'container',
      input,
      output: join(folder, 'lost'),
      onTree: ({ steps }) => {
        metrics = steps[0]?.steps[0]?.metrics ?? {};
      },
    });
    expect(twin.faults.list()).toMatchObject([{ hits: 1 }]);
    expect(result.rows.map(({ id }) => id).sort()).toEqual([...paths].sort());
    expectOnlineAnswers(result);
    const sum = (name: string): number =>
      Number(metrics[`rank_0/${name}`]) + Number(metrics[`rank_1/${name}`]);
    expect([sum('pictures'), sum('errors')]).toEqual([pictures + 1, 1]);
    expect(metrics['rank_0/pictures_per_second']).toBeGreaterThan(0);
  });

  it('runs the registry model, and has a row also of what its driver left out', async () => {
    await importRegistryModel({ directory: model, env: twin.env });
    const options = { ...target(), endpoint: 'registry', serving: 'registry', errorThreshold: '-1' } as const;
    await deployBatch({ ...options, instanceCount: 1 });
    const { result, exitCode } = await invoke('registry', '--output', join(folder, 'registry'));
    expect([exitCode, result.counts]).toEqual([1, { rows: pictures + 1, failed: 1, kept: 0 }]);
    expect(result.rows.filter(({ error }) => error !== undefined)).toMatchObject([
      { id: torn, error: { code: 'ROW_MISSING' } },
    ]);
    expectOnlineAnswers(result);
    const revised = await planBatch({ ...options, instanceCount: 2 });
    expect(revised.steps.map(({ kind }) => kind)).toEqual(['create-deployment', 'set-default']);
  });

  it('says what a deployment counted that keeps no rows', async () => {
    const out = join(folder, 'counting');
    await generateBatch({
      out,
      serving: 'registry',
      endpoint: 'counting',
      instanceCount: 1,
      errorThreshold: -1,
    });
    const file = join(out, 'batch-deployment.yml');
    const text = readFileSync(file, 'utf8').replace('append_row', 'summary_only');
    writeFileSync(file, `${text.replace(/^ *output_file_name:.*\n/m, '')}tags:\n  team: fridge\n`);
    const files = [join(out, 'batch-endpoint.yml'), file];
    const { deployment } = await deployBatch({ ...target(), files });
    const made = await requestArm(twin, `/batchEndpoints/counting/deployments/${deployment}`);
    expect(made.json).toMatchObject({
      tags: { team: 'fridge' },
      properties: { description: expect.stringContaining('MLflow model') as string },
    });
    const counting = { ...target(), endpoint: 'counting', input: join(input, 'can') };
    expect(await invokeBatch(counting)).toMatchObject({
      status: 'Completed',
      output: null,
      counts: { rows: readdirSync(counting.input).length, failed: 1 },
      rows: [],
    });
    await expect(invokeBatch({ ...counting, labels: 'folders' })).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('is made of the YAML that generate writes, which says the same', async () => {
    const out = join(folder, 'azureml');
    await generateBatch({ out, endpoint: 'written', model, instanceCount: 1 });
    await generateCompute({ out });
    const files = ['batch-endpoint.yml', 'batch-deployment.yml', 'compute-cpu.yml'].map((name) =>
      join(out, name),
    );
    const made = await deployBatch({ ...target(), files });
    expect(made).toMatchObject({ changed: true, endpoint: 'written', deployment: 'blue' });
    // All files that were written may be named, as a pattern does.
    const all = [...files, join(out, 'batch-pipeline.yml'), join(out, 'batch-score.yml')];
    expect(await planBatch({ ...target(), files: all })).toMatchObject({ pending: false });
    const result = await invokeBatch({
      ...target(),
      endpoint: 'written',
      input,
      output: join(folder, 'written'),
    });
    expect(result).toMatchObject({ status: 'Completed', counts: { rows: pictures + 1, failed: 1 } });
    expectOnlineAnswers(result);
  }, 240_000);

  it('keeps the whole rows that a canceled job has written, and scores the rest', async () => {
    const few = mkdtempSync(join(folder, 'few-'));
    for (const [index, name] of ['a.jpg', 'b.jpg', 'c.jpg'].entries())
      copyFileSync(join(input, paths[index] ?? ''), join(few, name));
    symlinkSync('nowhere.jpg', join(few, 'gone.jpg'));
    const rows = join(folder, 'cut.jsonl');
    const line = (id: string) => `${JSON.stringify({ id, classes: [{ label: 'can', score: 1 }] })}\n`;
    writeFileSync(rows, `${line('a.jpg')}${line('b.jpg')}${line('c.jpg').slice(0, 20)}`);
    const busy = mkdtempSync(join(folder, 'cut-'));
    const setting = await prepareJobs(twin);
    const words = `copy ${rows} "\${{outputs.predictions}}/predictions-00000-of-00001-00000.jsonl.partial"`;
    await putJob(
      twin,
      'cut',
      setting.command(`${words} && node step.mjs wait ${busy} cut`, {
        outputs: { predictions: { jobOutputType: 'uri_folder', mode: 'ReadWriteMount' } },
      }),
    );
    await expect.poll(() => existsSync(join(busy, 'cut.pid')), { timeout: 60_000 }).toBe(true);
    await cancelJob({ ...target(), job: 'cut' });
    expect(await endOf(twin, 'cut')).toBe('Canceled');
    const options = { ...target(), endpoint: 'container', input: few };
    const result = await invokeBatch({ ...options, output: join(folder, 'rest'), resumeJob: 'cut' });
    expect(result.counts).toEqual({ rows: 4, failed: 1, kept: 2 });
    expect(result.rows.map(({ id }) => id).sort()).toEqual(['a.jpg', 'b.jpg', 'c.jpg', 'gone.jpg']);
    expect(result.rows.find(({ id }) => id === 'gone.jpg')?.error?.code).toBe('FILE_NOT_FOUND');
    // Nothing is left that a job could score.
    const again = { ...options, output: join(folder, 'rest again'), resumeJob: ['cut', result.job ?? ''] };
    expect(await invokeBatch(again)).toMatchObject({ job: null, counts: { rows: 4, failed: 1, kept: 3 } });
    for (const name of ['a.jpg', 'b.jpg', 'c.jpg']) rmSync(join(few, name));
    await expect(invokeBatch({ ...options, noWait: true })).rejects.toMatchObject({ code: 'INPUT_EMPTY' });
  });

  it('keeps rows of a job that failed', async () => {
    const strict = { ...target(), endpoint: 'strict', model, instanceCount: 1, errorThreshold: '0' };
    await deployBatch(strict);
    const error = await failureOf(
      invokeBatch({ ...target(), endpoint: 'strict', input, output: join(folder, 'strict') }),
    );
    expect(error.code).toBe('JOB_FAILED');
    const told: string[] = [];
    const host = { ...silentHost, message: ({ text }: { text: string }) => void told.push(text) };
    const job = String(error.details?.['job']);
    await invokeBatch({ ...target(), endpoint: 'container', input, resumeJob: job, noWait: true, host });
    const [, kept] = /^(\d+) of 135 pictures have a row from before/m.exec(told.join('\n')) ?? [];
    expect(Number(kept)).toBeGreaterThan(0);
  });

  it('leaves its job running when it is interrupted where nobody can be asked', async () => {
    const interrupt = new AbortController();
    const watched = invokeBatch({
      ...target(),
      endpoint: 'container',
      input,
      signal: interrupt.signal,
      onTree: () => interrupt.abort(),
    });
    const error = await failureOf(watched);
    expect(error).toMatchObject({ code: 'INTERRUPTED', details: { canceled: false } });
    expect(await endOf(twin, String(error.details?.['job']))).toBe('Completed');
  });

  it('asks at a terminal whether Ctrl-C is for the job as well', async () => {
    // Others have all the places: the job does not end before it is asked for.
    const busy = mkdtempSync(join(folder, 'busy-'));
    const others = Array.from({ length: nodes }, (_, index) => `busy-${index}`);
    const setting = await prepareJobs(twin);
    for (const name of others) await putJob(twin, name, setting.command(`wait ${busy} ${name}`));
    await expect.poll(() => others.every((name) => existsSync(join(busy, `${name}.pid`)))).toBe(true);
    const words = ['invoke', 'batch', '--target', 'local', '--endpoint', 'container', '--input', input];
    const terminal = typeAtTerminal([process.execPath, cliPath, ...words], { ...twin.env });
    const job = /job (batchjob-[\w-]+) of deployment/;
    await terminal.shows(job);
    terminal.type('\u0003');
    await terminal.shows(/cancel job "batchjob-[\w-]+"\?/);
    terminal.type('y\r');
    expect(await terminal.ended).toBe(130);
    expect(await endOf(twin, job.exec(terminal.screen())?.[1] ?? '')).toBe('Canceled');
    writeFileSync(join(busy, 'go'), '');
    for (const name of others) expect(await endOf(twin, name)).toBe('Completed');
  });

  it('sends what has arrived once, though it is interrupted or a picture is refused', async () => {
    const some = join(folder, 'some');
    mkdirSync(some);
    for (const [index, path] of paths.slice(0, 24).entries())
      copyFileSync(join(input, path), join(some, `${index}.jpg`));
    const nightly = { ...target(), endpoint: 'container', input: some, noWait: true };
    const interrupt = new AbortController();
    const cut = failureOf(
      invokeBatch({
        ...nightly,
        signal: interrupt.signal,
        host: {
          ...silentHost,
          progress: ({ id, current = 0 }) => {
            if (id === 'upload' && current > 0) interrupt.abort();
          },
        },
      }),
    );
    expect(await cut).toMatchObject({ code: 'INTERRUPTED', exitCode: 130 });
    twin.faults.add({ kind: 'status', operation: 'blob.put', status: 400, after: 15, times: 1 });
    expect(await failureOf(invokeBatch(nightly))).toMatchObject({
      code: 'AZURE_REQUEST_FAILED',
      hint: 'run the same command again: what arrived is not sent again',
    });
    twin.faults.clear();
    twin.faults.add({ kind: 'delay', operation: 'blob.put', ms: 0 });
    expect(await invokeBatch(nightly)).toMatchObject({ status: 'Started' });
    // A request a file, eight at a time, and one for the folder: one had arrived, and eight before the sixteenth was sent.
    expect(twin.faults.list()[0]?.hits).toBeLessThanOrEqual(24 + 1 - 9);
    twin.faults.clear();
    twin.faults.add({ kind: 'delay', operation: 'blob.put', ms: 0 });
    expect(await invokeBatch(nightly)).toMatchObject({ status: 'Started' });
    expect(twin.faults.list()).toMatchObject([{ hits: 0 }]);
    twin.faults.clear();
  });

  it('starts one job though the service is away for a moment, and says who may not start any', async () => {
    const nightly = { ...target(), endpoint: 'container', input, noWait: true };
    const headers = { 'retry-after': '0.05' };
    twin.faults.add({ kind: 'status', operation: 'batch.invoke', status: 503, headers, times: 1 });
    twin.faults.add({ kind: 'status', operation: 'batch.invoke', status: 429, headers, times: 1 });
    const { job } = await invokeBatch(nightly);
    expect(job).toMatch(/^batchjob-/);
    twin.faults.add({ kind: 'status', operation: 'batch.invoke', status: 403, times: 1 });
    await expect(invokeBatch(nightly)).rejects.toMatchObject({ code: 'AUTH_DENIED', exitCode: 4 });
  });

  it('takes a table with pictures, web addresses of the storage, and sends nothing else than pictures', async () => {
    const table = join(folder, 'table');
    mkdirSync(table);
    copyFileSync(join(input, paths[0] ?? ''), join(table, 'one.jpg'));
    writeFileSync(join(table, 'list.csv'), 'id,image\na,one.jpg\nb,two.jpg\n');
    writeFileSync(
      join(table, 'MLTable'),
      'paths:\n  - file: ./list.csv\ntransformations:\n  - read_delimited:\n      delimiter: ","\n',
    );
    const options = { ...target(), endpoint: 'container' };
    const listed = await invokeBatch({ ...options, input: table, output: join(folder, 'listed') });
    expect(Object.fromEntries(listed.rows.map(({ id, error }) => [id, error?.code]))).toEqual({
      a: undefined,
      b: 'FILE_NOT_FOUND',
    });
    expect(listed.rows).toHaveLength(2);
    rmSync(join(table, 'MLTable'));
    symlinkSync('../table', join(table, 'loop'));
    const told: string[] = [];
    const host = { ...silentHost, message: ({ text }: { text: string }) => void told.push(text) };
    const started = await invokeBatch({ ...options, input: table, noWait: true, host });
    expect(told).toContain('not sent: no-picture-by-name 1, link-into-tree 1');
    const propertiesOf = async (path: string) =>
      ((await requestArm(twin, path)).json as { properties: JobInputs & Container }).properties;
    const { uri = '' } = (await propertiesOf(`/jobs/${started.job}`)).inputs['images'] ?? {};
    const { accountName, containerName } = await propertiesOf('/datastores/workspaceblobstore');
    const { port } = new URL(twin.endpoint);
    const address = `https://${accountName}.blob.core.localhost:${port}/${containerName}/${uri.split('/paths/')[1]}one.jpg`;
    const single = await invokeBatch({ ...options, input: address, output: join(folder, 'single') });
    expect(single.rows).toMatchObject([{ id: 'one.jpg' }]);
    const again = {
      ...options,
      input: address,
      output: join(folder, 'fetched'),
      resumeJob: single.job ?? '',
    };
    expect(await invokeBatch(again)).toMatchObject({ job: null, counts: { rows: 1, failed: 0, kept: 1 } });
    await expect(
      invokeBatch({ ...options, input: 'https://pictures.example/list.csv' }),
    ).rejects.toMatchObject({
      code: 'JOB_FAILED',
      message: expect.stringContaining('the local twin reads its own storage only') as string,
    });
  }, 240_000);

  it('leaves the cluster to a job that goes on', async () => {
    const hasted = { ...target(), endpoint: 'container', input, timeoutMs: 1, deleteCompute: true };
    const error = await failureOf(invokeBatch(hasted));
    const job = String(error.details?.['job']);
    expect(error).toMatchObject({
      code: 'OPERATION_TIMED_OUT',
      exitCode: 5,
      hint: `watch it again: aml-deit job watch ${job}; then fetch its rows: the same command with --resume ${job}`,
    });
    expect((await requestArm(twin, '/computes/deit-cpu')).status).toBe(200);
    await endOf(twin, job);
  });

  it('goes on waiting after the service was away, and has the rows later where they could not be fetched', async () => {
    const mended = join(folder, 'mended');
    cpSync(input, mended, { recursive: true });
    rmSync(join(mended, torn));
    const options = { ...target(), endpoint: 'container', input: mended, output: join(folder, 'last') };
    const told: string[] = [];
    twin.faults.add({ kind: 'status', path: 'rundata', status: 503 });
    const error = await failureOf(
      invokeBatch({
        ...options,
        deleteCompute: true,
        host: {
          ...silentHost,
          progress: ({ id, text, state }) => {
            if (id !== 'watch') return;
            told.push(text);
            if (state === 'running') twin.faults.clear();
          },
        },
        onTree: ({ status }) => {
          if (status === 'Completed') twin.faults.add({ kind: 'status', operation: 'blob.get', status: 400 });
        },
      }),
    );
    twin.faults.clear();
    expect(told).toEqual([
      expect.stringContaining('the service does not answer, the job goes on') as string,
      'the service answers again',
    ]);
    const job = String(error.details?.['job']);
    const hint = `job ${job} is complete; fetch its rows: the same command with --resume ${job}`;
    expect(error).toMatchObject({ code: 'AZURE_REQUEST_FAILED', hint });
    expect((await requestArm(twin, '/computes/deit-cpu')).status).toBe(200);

    const result = await invokeBatch({ ...options, resumeJob: job, deleteCompute: true });
    expect(result).toMatchObject({ job: null, deletedCompute: 'deit-cpu' });
    expect(result.counts).toEqual({ rows: pictures, failed: 0, kept: pictures });
    expectOnlineAnswers(result);
    expect((await requestArm(twin, '/computes/deit-cpu')).status).toBe(404);
    // As the job wrote them, and joined; once more they are found there.
    const files = readdirSync(options.output).sort();
    expect(files).toEqual(expect.arrayContaining(['manifest-00000-of-00002.json', 'results.csv']));
    expect(await invokeBatch({ ...options, resumeJob: job })).toMatchObject({ counts: result.counts });
    expect(readdirSync(options.output).sort()).toEqual(files);
  });

  it('says what is missing before anything is sent', async () => {
    await expect(deployBatch({ ...target(), model })).rejects.toMatchObject({
      code: 'DEPLOY_OPTIONS_INVALID',
    });
    await expect(deployBatch({ ...target(), endpoint: 'x!', model })).rejects.toMatchObject({
      code: 'NAME_INVALID',
    });
    await expect(
      deployBatch({
        ...target(),
        endpoint: 'other',
        model,
        instanceCount: 4,
        maxNodes: 2,
        sku: 'Standard_D4as_v4',
      }),
    ).rejects.toMatchObject({ message: 'a job takes 4 nodes, and the cluster may have 2' });
    const nightly = { ...target(), endpoint: 'container', input };
    await expect(invokeBatch({ ...nightly, output: join(input, torn, 'rows') })).rejects.toMatchObject({
      code: 'OUTPUT_NOT_WRITTEN',
      message: expect.stringContaining('ENOTDIR') as string,
    });
    await expect(invokeBatch({ ...nightly, output: input })).rejects.toMatchObject({ code: 'OUTPUT_EXISTS' });
    const texts = join(folder, 'texts');
    mkdirSync(texts);
    writeFileSync(join(texts, 'notes.txt'), 'no picture');
    await expect(invokeBatch({ ...nightly, input: texts })).rejects.toMatchObject({ code: 'INPUT_EMPTY' });
    writeFileSync(Buffer.from(`${texts}/caf\xE9.jpg`, 'latin1'), '');
    await expect(invokeBatch({ ...nightly, input: texts })).rejects.toMatchObject({
      message: String.raw`caf\xE9.jpg cannot be sent: its name is no UTF-8`,
    });
    const backslash = join(folder, 'backslash');
    mkdirSync(backslash);
    copyFileSync(join(input, paths[0] ?? ''), join(backslash, 'a\\b.png'));
    writeFileSync(join(backslash, 'MLTable'), 'paths:\n  - folder: .\n');
    await expect(invokeBatch({ ...nightly, input: backslash })).rejects.toMatchObject({
      code: 'FILE_UNREADABLE',
      message: String.raw`a\b.png cannot be sent: its name has a backslash, which storage takes for a slash`,
    });
    for (const wrong of [{ output: '' }, { input: '' }, { noWait: true, deleteCompute: true }])
      await expect(invokeBatch({ ...nightly, ...wrong })).rejects.toMatchObject({ code: 'USAGE' });
    await expect(deployBatch({ ...target(), endpoint: 'empty', model: '' })).rejects.toMatchObject({
      code: 'DEPLOY_OPTIONS_INVALID',
    });
    const lost = await failureOf(invokeBatch({ ...nightly, resumeJob: 'nojob' }));
    expect([lost.code, lost.hint]).toEqual(['JOB_NOT_FOUND', undefined]);
    await expect(
      deployBatch({ ...target(), endpoint: 'registry', serving: 'registry', errorThreshold: '7%' }),
    ).rejects.toMatchObject({
      message: `the error threshold is "7%": the registry's model takes a count, or -1 for no limit`,
    });
    await expect(invokeBatch({ ...nightly, input: 'azureml:fridge@latest' })).rejects.toMatchObject({
      code: 'USAGE',
    });
    await expect(invokeBatch({ ...target(), endpoint: 'absent', input })).rejects.toMatchObject({
      code: 'ENDPOINT_NOT_FOUND',
    });
    await expect(
      invokeBatch({ ...target(), endpoint: 'container', deployment: 'red', input }),
    ).rejects.toMatchObject({ code: 'DEPLOYMENT_NOT_FOUND' });
  });
});
