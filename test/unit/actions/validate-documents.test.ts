import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lockOf } from '../../../src/actions/lock-card.ts';
import { validateDocuments } from '../../../src/actions/validate-documents.ts';
import type { ValidateOptions } from '../../../src/actions/validate-documents.ts';
import { formatLock } from '../../../src/card/index.ts';
import type { CardLock } from '../../../src/card/index.ts';

const endpoint = 'name: deit-endpoint\nauth_mode: key\n';
const deployment = 'name: blue\nendpoint_name: deit-endpoint\ninstance_type: Standard_D4as_v4\n';

let directory = '';
const write = (file: string, content: string | Uint8Array): void => {
  const path = join(directory, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
};
const validate = (paths?: string[], options: ValidateOptions = {}) =>
  validateDocuments({ workingDirectory: directory, ...(paths === undefined ? {} : { paths }), ...options });
const shown = ({ files }: Awaited<ReturnType<typeof validate>>): string[] =>
  files.map(({ file, status, kind }) => `${file} ${status} ${kind ?? '-'}`);

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'validate-'));
  write('endpoint.yml', endpoint);
  write('blue/deployment.yaml', deployment);
  write('blue/notes.txt', 'no document');
  write('blue/compose.yml', 'services:\n  web:\n    image: nginx\n');
  write('blue/manifest.yml', 'apiVersion: v1\nkind: Pod\n---\napiVersion: v1\nkind: Pod\n');
  write('blue/playbook.yml', '- hosts: all\n');
  write('blue/chart.yaml', 'name: {{ .Values.name }}\n{{- end }}\n');
  write('node_modules/other/endpoint.yml', endpoint);
  write('.hidden/endpoint.yml', endpoint);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('the paths of validateDocuments', () => {
  it('are searched in the order of names, and what is not for Azure ML is passed over', async () => {
    const result = await validate();
    expect(shown(result)).toEqual([
      'blue/chart.yaml skipped -',
      'blue/compose.yml skipped -',
      'blue/deployment.yaml checked managedOnlineDeployment',
      'blue/manifest.yml skipped -',
      'blue/playbook.yml skipped -',
      'endpoint.yml checked managedOnlineEndpoint',
    ]);
    expect(result.findings).toEqual([]);
    expect(result.counts).toEqual({
      checked: 2,
      notChecked: 0,
      skipped: 4,
      errors: 0,
      warnings: 0,
      infos: 0,
    });
  });

  it('may be patterns and files, and a file that comes twice is checked once', async () => {
    expect(shown(await validate(['**/*.yaml', 'blue/deployment.yaml', './blue']))).toContain(
      'blue/deployment.yaml checked managedOnlineDeployment',
    );
    expect(
      shown(await validate(['endpoint.yml', './endpoint.yml', join(directory, 'endpoint.yml')])),
    ).toEqual(['endpoint.yml checked managedOnlineEndpoint']);
  });

  it('that are named are told what they are', async () => {
    const result = await validate([
      'blue/compose.yml',
      'blue/playbook.yml',
      'blue/chart.yaml',
      'blue/manifest.yml',
    ]);
    expect(result.findings.map(({ file, severity, code }) => [file, severity, code])).toEqual([
      ['blue/compose.yml', 'info', 'unknown-kind'],
      ['blue/playbook.yml', 'error', 'wrong-type'],
      ['blue/chart.yaml', 'error', 'yaml-syntax'],
      ['blue/manifest.yml', 'info', 'unknown-kind'],
    ]);
  });

  it.each(['nowhere.yml', 'nowhere/', '*.nothing'])(
    'that stand for nothing are refused: %s',
    async (path) => {
      await expect(validate([path])).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    },
  );

  it('may be standard input', async () => {
    const stdin = (): Promise<Uint8Array> => Promise.resolve(Buffer.from('name: x\nauth_mode: keys\n'));
    const { findings } = await validate(['-'], { stdin });
    expect(findings.map(({ file, code }) => [file, code])).toEqual([
      ['-', 'invalid-name'],
      ['-', 'invalid-value'],
    ]);
    await expect(validate(['-'])).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('do not lead in a circle', async () => {
    symlinkSync('..', join(directory, 'blue', 'up'));
    expect((await validate()).counts.checked).toBe(2);
    rmSync(join(directory, 'blue', 'up'));
  });
});

describe('a file that looks like a document by chance', () => {
  it.each([
    ['params.yaml', 'model: resnet\nenvironment: dev\nlr: 0.1\n'],
    ['hydra.yaml', 'defaults: [{model: a}]\nmodel: {name: deit}\ndata: {path: y}\n'],
    ['values.yaml', 'image: {repository: x}\nresources: {limits: {cpu: 1}}\ntags: {}\n'],
    ['pipeline.yml', 'image: node\nstages: [a]\nbuild: {stage: a, script: [x]}\n'],
    ['workflow.yml', 'name: CI\non: [push]\njobs:\n  build:\n    runs-on: ubuntu-latest\n    steps: []\n'],
    ['rasa.yml', 'type: pipeline\nlanguage: en\n'],
  ])('is passed over in a folder: %s', async (file, text) => {
    write(`chance/${file}`, text);
    expect((await validate(['chance'])).counts).toMatchObject({ checked: 0, skipped: 1, errors: 0 });
    rmSync(join(directory, 'chance'), { recursive: true });
  });

  it('is not one with a mistake or two', async () => {
    write('mistakes/deployment.yml', `${deployment}instance_cnt: 1\ncolour: red\n`);
    write('mistakes/endpoint.yml', `${endpoint}colour: red\ndescription: x\n`);
    expect((await validate(['mistakes'])).findings.map(({ code }) => code)).toEqual([
      'unknown-key',
      'unknown-key',
      'unknown-key',
    ]);
    rmSync(join(directory, 'mistakes'), { recursive: true });
  });
});

describe('what validateDocuments says about a file', () => {
  const managed = '$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineEndpoint.schema.json\n';

  it.each([managed, ''])('is that an endpoint of a cluster is not checked, after "%s"', async (schema) => {
    write('cluster/endpoint.yml', `${schema}name: k\ncompute: azureml:k8s\nauth_mode: key\n`);
    const { findings } = await validate(['cluster/endpoint.yml']);
    expect(findings).toMatchObject([{ severity: 'info', code: 'not-checked' }]);
    rmSync(join(directory, 'cluster'), { recursive: true });
  });

  it('is told of unreadable files where they are for Azure ML', async () => {
    const schema = '$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineEndpoint.schema.json\n';
    write('bad/broken.yml', `${schema}name: "x\n`);
    write(
      'bad/latin.yml',
      Buffer.concat([Buffer.from(`${schema}description: caf`), Buffer.from([0xe9, 0x0a])]),
    );
    write('bad/utf16.yml', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(schema, 'utf16le')]));
    write('bad/zero.yml', `${schema}name: a\0b\n`);
    write('bad/binary.yml', Buffer.from([0, 1, 2, 3, 255]));
    const { files, findings, counts } = await validate(['bad']);
    // The line of a faulty byte can be shown.
    expect(files.find(({ file }) => file === 'bad/latin.yml')?.text).toBe(
      `${schema}description: caf\uFFFD\n`,
    );
    expect(findings.map(({ file, code, line, column }) => [file, code, line, column])).toEqual([
      ['bad/broken.yml', 'yaml-syntax', 2, 7],
      ['bad/latin.yml', 'yaml-encoding', 2, 17],
      ['bad/utf16.yml', 'yaml-encoding', 1, 1],
      ['bad/zero.yml', 'yaml-syntax', 2, 8],
    ]);
    expect([counts.checked, counts.skipped]).toEqual([4, 1]);
    rmSync(join(directory, 'bad'), { recursive: true });
  });

  it('looks at the DeepSpeed configuration that a pipeline names, whatever it is called', async () => {
    const schema = '$schema: https://azuremlschemas.azureedge.net/latest/pipelineJob.schema.json\n';
    const node = (file: string): string =>
      `{type: command, component: "azureml:a:1", inputs: {deepspeed_config: {type: uri_file, path: ${file}}}}`;
    write(
      'tuned/job.yml',
      `${schema}type: pipeline\ncompute: azureml:c\njobs:\n  a: ${node('./settings.json')}\n  b: ${node('./none.json')}\n`,
    );
    write('tuned/settings.json', '{"fp16": {"enabled": true}, "bf16": {"enabled": true}}\n');
    write('tuned/other.json', '{"fp16": {"enabled": true}, "bf16": {"enabled": true}}\n');
    const { findings, counts } = await validate(['tuned']);
    expect(findings.map(({ file, code }) => [file.replaceAll('\\', '/'), code])).toEqual([
      ['tuned/settings.json', 'deepspeed-two-precisions'],
    ]);
    expect(counts.checked).toBe(2);
    rmSync(join(directory, 'tuned'), { recursive: true });
  });

  it('says that a file is too large without reading it whole', async () => {
    write('large.yml', Buffer.alloc(50 * 1024 * 1024, 'a: b # c\n'));
    const { findings } = await validate(['large.yml']);
    expect(findings.map(({ code }) => code)).toEqual(['yaml-too-large']);
    expect(findings[0]?.message).toContain(`${50 * 1024 * 1024} bytes`);
    // Somebody else's, in a folder.
    expect((await validate()).findings).toEqual([]);
    rmSync(join(directory, 'large.yml'));
  });

  it.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
    'is that it may not be read, and the others are checked',
    async () => {
      write('closed/a.yml', endpoint);
      write('closed/b.yml', `${deployment}colour: red\n`);
      write('closed/folder/c.yml', endpoint);
      chmodSync(join(directory, 'closed/a.yml'), 0);
      chmodSync(join(directory, 'closed/folder'), 0);
      expect((await validate(['closed'])).findings.map(({ file, code }) => [file, code])).toEqual([
        [join('closed', 'a.yml'), 'file-unreadable'],
        [join('closed', 'b.yml'), 'unknown-key'],
        [join('closed', 'folder'), 'file-unreadable'],
      ]);
      expect((await validate(['closed/a.yml'])).counts).toMatchObject({ errors: 1 });
      chmodSync(join(directory, 'closed/folder'), 0o700);
      rmSync(join(directory, 'closed'), { recursive: true });
    },
  );

  it.skipIf(process.platform === 'win32')('is that it leads to itself or is named in no UTF-8', async () => {
    write('odd/z.yml', `${deployment}colour: red\n`);
    symlinkSync('loop.yml', join(directory, 'odd', 'loop.yml'));
    const odd = Buffer.concat([Buffer.from(join(directory, 'odd/')), Buffer.from([0xe9])]);
    mkdirSync(odd);
    writeFileSync(Buffer.concat([odd, Buffer.from('.yml')]), endpoint);
    const { findings } = await validate(['odd']);
    expect(findings.map(({ file, code }) => [file, code])).toEqual([
      [join('odd', 'loop.yml'), 'file-unreadable'],
      [join('odd', 'z.yml'), 'unknown-key'],
      [join('odd', '\uFFFD'), 'file-unreadable'],
      [join('odd', '\uFFFD.yml'), 'file-unreadable'],
    ]);
    expect((await validate(['odd/loop.yml'])).findings).toMatchObject([{ code: 'file-unreadable' }]);
    rmSync(join(directory, 'odd'), { recursive: true });
  });

  it('is that it was gone before it could be read', async () => {
    write('going/a.yml', endpoint);
    write('going/b.yml', endpoint);
    const standardInput = (): Promise<Uint8Array> => {
      rmSync(join(directory, 'going', 'b.yml'));
      return Promise.resolve(Buffer.from(endpoint));
    };
    const { findings, counts } = await validate(['-', 'going'], { stdin: standardInput });
    expect(findings).toMatchObject([
      { severity: 'info', code: 'file-vanished', file: join('going', 'b.yml') },
    ]);
    expect(counts.errors).toBe(0);
    rmSync(join(directory, 'going'), { recursive: true });
  });

  it.skipIf(process.platform === 'win32')('is that it is a pipe, which is not opened', async () => {
    write('pipes/a.yml', endpoint);
    execFileSync('sh', ['-c', 'mkfifo "$0"', join(directory, 'pipes', 'b.yml')]);
    expect((await validate(['pipes'])).findings).toEqual([]);
    const { findings } = await validate(['pipes/b.yml', '/dev/zero']);
    expect(findings.map(({ code, message }) => [code, message])).toEqual([
      ['file-unreadable', 'the file cannot be read: it is a pipe, expected a file'],
      ['file-unreadable', 'the file cannot be read: it is a device, expected a file'],
    ]);
    rmSync(join(directory, 'pipes'), { recursive: true });
  });

  it('depends on the kind that is named', async () => {
    const { files } = await validate(['endpoint.yml'], { kind: 'managedonlinedeployment' });
    expect(files[0]?.kind).toBe('managedOnlineDeployment');
    await expect(validate([], { kind: 'pipeline' })).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('managedOnlineEndpoint') as string,
    });
  });

  it('stops at a signal', async () => {
    await expect(validate(['.'], { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'INTERRUPTED',
    });
  });
});

describe('a project', () => {
  const model = (version: string): string =>
    `model: azureml://registries/azureml/models/facebook-deit-base-patch16-224/versions/${version}\n`;
  let lock15: CardLock;
  beforeAll(async () => {
    lock15 = await lockOf('15');
  });

  it("makes documents below its aml-deit.yml the card's, as --card does", async () => {
    const text = deployment.replace('D4as_v4', 'DS1_v2').replace('deit', 'other');
    write('project/aml-deit.yml', 'target: local\n');
    write('project/deploy/deployment.yml', text);
    write('outside/deployment.yml', text);
    const codes = async (path: string, options: ValidateOptions = {}): Promise<string[]> =>
      (await validate([path], options)).findings
        .filter(({ severity }) => severity === 'error')
        .map(({ code }) => code);
    expect(await codes('project/deploy')).toContain('sku-not-listed');
    expect(await codes('outside')).toEqual([]);
    expect(await codes('outside', { card: true })).toContain('sku-not-listed');
  });

  it.each(['inside', 'above', 'elsewhere'])(
    'is found whatever the working directory is: %s',
    async (where) => {
      write('repository/.git/HEAD', 'ref: refs/heads/main\n');
      write('repository/aml-deit.yml', 'target: local\n');
      write('repository/deploy/blue/deployment.yml', deployment.replace('D4as_v4', 'DS1_v2') + model('16'));
      write('repository/aml-deit.lock', formatLock({ ...lock15, cardSha256: 'x' }));
      const folder = join(directory, 'repository', 'deploy', 'blue');
      const workingDirectory = { inside: folder, above: directory, elsewhere: tmpdir() }[where] ?? '';
      for (const path of [relative(workingDirectory, folder), join(folder, 'deployment.yml')]) {
        const { findings } = await validate([path === '' ? '.' : path], { workingDirectory });
        const codes = findings.map(({ code }) => code);
        expect(codes).toEqual(
          expect.arrayContaining(['sku-not-listed', 'lock-version-differs', 'lock-card-changed']),
        );
      }
      rmSync(join(directory, 'repository'), { recursive: true });
    },
  );

  it('ends where its repository does, or a folder of the same beginning', async () => {
    write('outer/aml-deit.yml', 'target: local\n');
    write('outer/inner/.git/HEAD', 'ref: refs/heads/main\n');
    write('outer/inner/deployment.yml', deployment.replace('D4as_v4', 'DS1_v2'));
    write('outer-too/deployment.yml', deployment.replace('D4as_v4', 'DS1_v2'));
    for (const path of ['outer/inner', 'outer-too']) {
      const { counts } = await validate([join(directory, path)], {
        workingDirectory: join(directory, 'outer'),
      });
      expect(counts).toMatchObject({ checked: 1, errors: 0 });
    }
    rmSync(join(directory, 'outer'), { recursive: true });
    rmSync(join(directory, 'outer-too'), { recursive: true });
  });

  it('holds documents against its lock file', async () => {
    write('locked/deploy/deployment.yml', deployment + model('16'));
    write('locked/aml-deit.lock', formatLock(lock15));
    expect((await validate(['locked'])).findings.map(({ code, line }) => [code, line])).toEqual([
      ['lock-version-differs', 4],
    ]);
    write('locked/aml-deit.lock', '{}');
    expect((await validate(['locked'])).findings).toMatchObject([
      { code: 'lock-invalid', severity: 'error', file: join('locked', 'aml-deit.lock'), line: 1 },
    ]);
  });

  it('has a lock file that is held against the card itself', async () => {
    write('stale/deployment.yml', deployment);
    const check = async (lock: CardLock): Promise<unknown[]> => {
      write('stale/aml-deit.lock', formatLock(lock));
      const { findings } = await validate(['stale']);
      return findings.map(({ code, file, line, column }) => [code, file, line, column]);
    };
    expect(await check(lock15)).toEqual([]);
    const file = join('stale', 'aml-deit.lock');
    expect(await check({ ...lock15, cardSha256: 'x', wireFormat: 'list' })).toEqual([
      ['lock-wire-format-differs', file, 6, 17],
      ['lock-card-changed', file, 7, 17],
    ]);
    // A card that is not at hand.
    expect(await check({ ...lock15, version: '99', cardSha256: 'x' })).toEqual([]);
    rmSync(join(directory, 'stale'), { recursive: true });
  });

  it('has documents that are looked at together', async () => {
    write('together/endpoint.yml', endpoint);
    write('together/deployment.yml', deployment.replace('deit-endpoint', 'diet-endpoint'));
    expect((await validate(['together'])).findings.map(({ code }) => code)).toEqual(['near-miss-reference']);
    expect((await validate(['together/deployment.yml'])).findings).toEqual([]);
  });
});
