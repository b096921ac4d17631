import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { azureCommands, githubCommands } from '../helpers/ci-commands.ts';
import { readXml } from '../helpers/read-xml.ts';
import { repositoryRoot } from '../helpers/run-cli.ts';

const exec = promisify(execFile);

/** No service's variables but those that a test gives, and the pinned runtime first. */
const environment: NodeJS.ProcessEnv = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) =>
        !/^(?:GITHUB_|TF_BUILD|BUILD_|CI$|AZURE|AML|VITEST|NODE_OPTIONS|NODE_ENV|FORCE_COLOR)/.test(name),
    ),
  ),
  PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}`,
};

interface Run {
  readonly code: number;
  readonly stdout: string;
}

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'aml-deit-ci-'));
  const { stdout } = await exec('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    cwd: repositoryRoot,
    env: environment,
    shell: process.platform === 'win32',
  });
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  await exec('npm', ['install', '--no-audit', '--no-fund', '--omit=peer', join(folder, filename)], {
    cwd: folder,
    env: environment,
    shell: process.platform === 'win32',
  });
  cpSync(join(repositoryRoot, 'examples', 'ci', 'check.mjs'), join(folder, 'check.mjs'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The project's own examples, as they are. */
beforeEach(() => {
  rmSync(join(folder, 'deploy'), { recursive: true, force: true });
  cpSync(join(repositoryRoot, 'examples'), join(folder, 'deploy'), {
    recursive: true,
    filter: (source) => !source.startsWith(join(repositoryRoot, 'examples', 'ci')),
  });
});

/** Misspells one key of the deployment; returns its line and column. */
function breakDeployment(): { readonly line: number; readonly column: number } {
  const file = join(folder, 'deploy', 'online-deployment.yml');
  const lines = readFileSync(file, 'utf8').split('\n');
  const index = lines.findIndex((line) => line.trimStart().startsWith('request_timeout_ms:'));
  const column = (lines[index]?.indexOf('request') ?? -1) + 1;
  lines[index] = lines[index]?.replace('request_timeout_ms', 'request_timeout') ?? '';
  writeFileSync(file, lines.join('\n'));
  return { line: index + 1, column };
}

async function shell(command: string, env: NodeJS.ProcessEnv = {}): Promise<Run> {
  const file = process.platform === 'win32' ? 'cmd.exe' : 'sh';
  const flag = process.platform === 'win32' ? '/c' : '-c';
  return run(file, [flag, command], env);
}

async function run(file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Run> {
  try {
    const { stdout } = await exec(file, args, { cwd: folder, env: { ...environment, ...env } });
    return { code: 0, stdout };
  } catch (error) {
    const { code, stdout } = error as { code: number; stdout: string };
    return { code, stdout };
  }
}

const check = (env: NodeJS.ProcessEnv = {}): Promise<Run> => run(process.execPath, ['check.mjs'], env);

describe('examples/ci/check.mjs in an empty folder, from the packed package', () => {
  it('passes on the examples', async () => {
    const { code, stdout } = await check();
    expect(stdout).toContain('ok for inference');
    expect(stdout).toMatch(/\d+ files?/);
    expect(code).toBe(0);
  });

  it('fails on a broken copy, on the right line', async () => {
    const { line, column } = breakDeployment();
    const { code, stdout } = await check();
    expect(code).toBe(3);
    expect(stdout).toContain(
      `${join('deploy', 'online-deployment.yml')}:${line}:${column}: error unknown-key`,
    );
  });

  it('annotates the line on GitHub', async () => {
    const { line, column } = breakDeployment();
    const { code, stdout } = await check({ GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: folder });
    expect(code).toBe(3);
    expect(githubCommands(stdout)).toContainEqual({
      name: 'error',
      properties: expect.objectContaining({
        file: 'deploy/online-deployment.yml',
        line: String(line),
        col: String(column),
        title: 'unknown-key',
      }) as unknown,
      data: expect.stringContaining('request_timeout') as unknown,
    });
  });

  it('annotates the line on Azure Pipelines', async () => {
    const { line, column } = breakDeployment();
    const { code, stdout } = await check({ TF_BUILD: 'True', BUILD_SOURCESDIRECTORY: folder });
    expect(code).toBe(3);
    expect(azureCommands(stdout)).toContainEqual({
      name: 'task.logissue',
      properties: {
        type: 'error',
        sourcepath: 'deploy/online-deployment.yml',
        linenumber: String(line),
        columnnumber: String(column),
        code: 'unknown-key',
      },
      data: expect.stringContaining('request_timeout') as unknown,
    });
  });
});

/** The commands of a recipe, in their order. */
function commandsOf(recipe: string): string[] {
  const text = readFileSync(join(repositoryRoot, 'examples', 'ci', recipe), 'utf8');
  return [...text.matchAll(/^\s*(?:- )?(?:run|script|entry): (.+)$/gm)].map(([, command = '']) => command);
}

describe('the recipes', () => {
  const recipes = ['github-actions.yml', 'azure-pipelines.yml', 'pre-commit-config.yaml'] as const;
  const own = (recipe: string): string[] =>
    commandsOf(recipe)
      // What is installed is the packed package, not what a lock file names.
      .filter((command) => command !== 'npm ci')
      // pre-commit appends the files of the commit.
      .map((command) =>
        recipe.startsWith('pre-commit')
          ? `${command} deploy/online-deployment.yml deploy/online-endpoint.yml`
          : command,
      );

  it.each(recipes)('%s: all commands pass on the examples', async (recipe) => {
    expect(own(recipe).length).toBeGreaterThan(0);
    for (const command of own(recipe)) {
      expect(command).toContain('npx aml-deit ');
      expect({ command, ...(await shell(command)) }).toMatchObject({ command, code: 0 });
    }
  });

  it.each(recipes)('%s: what looks at documents fails on a broken copy', async (recipe) => {
    const { line } = breakDeployment();
    const commands = own(recipe).filter((command) => command.includes(' validate'));
    expect(commands.length).toBeGreaterThan(0);
    for (const command of commands) {
      const { code, stdout } = await shell(command);
      expect({ command, code }).toEqual({ command, code: 3 });
      expect(stdout).toMatch(
        new RegExp(`online-deployment\\.yml:${line}:|line=${line},|linenumber=${line};`),
      );
    }
  });
});

describe('every format', () => {
  it('names the line', async () => {
    const { line, column } = breakDeployment();
    const validate = (format: string): Promise<Run> =>
      shell(`npx aml-deit validate deploy --format ${format}`, { GITHUB_WORKSPACE: folder });
    const json = await validate('json');
    expect(json.code).toBe(3);
    expect(JSON.parse(json.stdout)).toMatchObject({
      ok: false,
      findings: expect.arrayContaining([
        expect.objectContaining({ severity: 'error', code: 'unknown-key', line, column }) as unknown,
      ]) as unknown,
    });
    const sarif = await validate('sarif');
    expect(sarif.code).toBe(3);
    expect(JSON.parse(sarif.stdout)).toMatchObject({
      runs: [
        {
          results: expect.arrayContaining([
            expect.objectContaining({
              ruleId: 'unknown-key',
              level: 'error',
              locations: [
                expect.objectContaining({
                  physicalLocation: expect.objectContaining({
                    region: expect.objectContaining({ startLine: line, startColumn: column }) as unknown,
                  }) as unknown,
                }),
              ],
            }) as unknown,
          ]) as unknown,
        },
      ],
    });
    const junit = await validate('junit');
    expect(junit.code).toBe(3);
    const cases = readXml(junit.stdout).children[0]?.children ?? [];
    const failed = cases.filter(({ children }) => children.some(({ name }) => name === 'failure'));
    expect(failed.map(({ attributes }) => attributes['line'])).toEqual([String(line)]);
    for (const format of ['text', 'github', 'azure']) {
      const { code, stdout } = await validate(format);
      expect({ format, code }).toEqual({ format, code: 3 });
      expect(stdout).toMatch(
        new RegExp(`online-deployment\\.yml:${line}:|line=${line},|linenumber=${line};`),
      );
    }
  });
});
