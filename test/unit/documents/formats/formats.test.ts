import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatReport, outputFormats } from '../../../../src/documents/index.ts';
import type { Diagnostic, FormatOptions, Report } from '../../../../src/documents/index.ts';
import { azureCommands, githubCommands } from '../../../helpers/ci-commands.ts';
import { readXml } from '../../../helpers/read-xml.ts';

const options: FormatOptions = { workingDirectory: '/repo/deploy', root: '/repo' };

const unknownKey: Diagnostic = {
  severity: 'error',
  code: 'unknown-key',
  message: "unknown key 'nam': did you mean 'name'?",
  file: 'blue.yml',
  line: 2,
  column: 1,
  length: 3,
  pointer: '/nam',
  suggestion: 'name',
  fix: { edits: [{ start: 7, end: 10, text: 'name' }] },
};
const timeout: Diagnostic = {
  severity: 'warning',
  code: 'request-timeout',
  message: 'request_timeout_ms is 0',
  file: 'blue.yml',
  line: 3,
  column: 5,
  length: 4,
  pointer: '/a',
};
const notChecked: Diagnostic = {
  severity: 'info',
  code: 'not-checked',
  message: 'a schedule is not checked',
  file: '../other/green.yml',
  line: 0,
  column: 0,
  length: 0,
  pointer: '',
};
const report: Report = {
  skipped: 2,
  files: [
    {
      file: 'blue.yml',
      kinds: ['managedOnlineDeployment'],
      text: 'a: é\r\nnam: x\r\n\tb: c\r\n',
      diagnostics: [unknownKey, timeout],
    },
    { file: '../other/green.yml', diagnostics: [notChecked] },
    { file: 'clean.yml', kinds: ['model'], text: 'name: m\n', diagnostics: [] },
  ],
};

describe('text', () => {
  it('shows each finding with its line, and a summary', async () => {
    expect(await formatReport('text', report, options)).toBe(
      [
        "blue.yml:2:1: error unknown-key: unknown key 'nam': did you mean 'name'?",
        '2 | nam: x',
        '  | ^^^',
        'blue.yml:3:5: warning request-timeout: request_timeout_ms is 0',
        '3 | \tb: c',
        '  | \t   ^',
        '../other/green.yml: info not-checked: a schedule is not checked',
        '1 error, 1 warning and 1 note in 2 of 3 files; --fix repairs 1; 2 other files skipped',
        '',
      ].join('\n'),
    );
  });

  it('has the same words in colour', async () => {
    const colored = await formatReport('text', report, { ...options, color: true });
    expect(colored).toContain('\u001B[31merror\u001B[0m');
    // eslint-disable-next-line no-control-regex
    expect(colored.replaceAll(/\u001B\[\d+m/g, '')).toBe(await formatReport('text', report, options));
  });

  it('says so when there is nothing to say, and when there are too many warnings', async () => {
    const clean = { files: report.files.slice(2) };
    expect(await formatReport('text', clean, options)).toBe('1 file: no findings\n');
    const limited = { ...report, maxWarnings: 0 };
    expect(await formatReport('text', limited, options)).toMatch(
      /in 2 of 3 files; --fix repairs 1; at most 0 warnings allowed; 2 other files skipped\n$/,
    );
  });
});

describe('json', () => {
  it('is what its published schema says', async () => {
    const schema = JSON.parse(readFileSync('schemas/output/validate.schema.json', 'utf8')) as object;
    const validate = new Ajv({ allErrors: true }).compile(schema);
    const document = JSON.parse(await formatReport('json', report, options)) as Record<string, unknown>;
    validate(document);
    expect(validate.errors).toBe(null);
    expect(document).toMatchObject({
      schemaVersion: 1,
      ok: false,
      summary: { files: 3, errors: 1, warnings: 1, infos: 1, skipped: 2 },
      findings: [unknownKey, timeout, notChecked],
    });
    expect(validate({ ...document, more: 1 })).toBe(false);
    expect(validate({ ...document, findings: [{ ...timeout, severity: 'fatal' }] })).toBe(false);
  });
});

interface Sarif {
  readonly version: string;
  readonly runs: readonly {
    readonly columnKind: string;
    readonly tool: {
      readonly driver: { readonly name: string; readonly rules: readonly { readonly id: string }[] };
    };
    readonly artifacts: readonly {
      readonly location: { readonly uri: string; readonly uriBaseId?: string };
    }[];
    readonly results: readonly {
      readonly ruleId: string;
      readonly ruleIndex: number;
      readonly level: string;
      readonly message: { readonly text: string };
      readonly locations: readonly {
        readonly physicalLocation: {
          readonly artifactLocation: {
            readonly uri: string;
            readonly uriBaseId?: string;
            readonly index: number;
          };
          readonly region?: {
            readonly startLine: number;
            readonly startColumn: number;
            readonly endColumn: number;
          };
        };
      }[];
      readonly fixes?: readonly unknown[];
    }[];
  }[];
}

describe('sarif', () => {
  it('is one run of version 2.1.0, with rules, places and fixes', async () => {
    const log = JSON.parse(await formatReport('sarif', report, options)) as Sarif;
    const [run] = log.runs;
    expect(log.version).toBe('2.1.0');
    expect(log.runs).toHaveLength(1);
    expect(run?.columnKind).toBe('utf16CodeUnits');
    expect(run?.tool.driver.name).toBe('aml-deit');
    expect(run?.tool.driver.rules.map(({ id }) => id)).toEqual([
      'not-checked',
      'request-timeout',
      'unknown-key',
    ]);
    expect(run?.results.map(({ ruleId, level }) => [ruleId, level])).toEqual([
      ['unknown-key', 'error'],
      ['request-timeout', 'warning'],
      ['not-checked', 'note'],
    ]);
    for (const { ruleId, ruleIndex, locations } of run?.results ?? []) {
      expect(run?.tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
      const place = locations[0]?.physicalLocation.artifactLocation;
      expect(run?.artifacts[place?.index ?? -1]?.location.uri).toBe(place?.uri);
    }
    const first = run?.results[0];
    expect(first?.locations[0]?.physicalLocation).toEqual({
      artifactLocation: { uri: 'deploy/blue.yml', uriBaseId: '%SRCROOT%', index: 0 },
      region: { startLine: 2, startColumn: 1, endColumn: 4 },
    });
    expect(first?.fixes).toEqual([
      {
        description: { text: 'write name' },
        artifactChanges: [
          {
            artifactLocation: { uri: 'deploy/blue.yml', uriBaseId: '%SRCROOT%', index: 0 },
            replacements: [
              {
                deletedRegion: { startLine: 2, startColumn: 2, endLine: 2, endColumn: 5 },
                insertedContent: { text: 'name' },
              },
            ],
          },
        ],
      },
    ]);
    expect(run?.results[2]?.locations[0]?.physicalLocation).not.toHaveProperty('region');
  });

  it.each([
    ['a b#c%d?.yml', 'deploy/a%20b%23c%25d%3F.yml', '%SRCROOT%'],
    ['ü:x.yml', 'deploy/%C3%BC%3Ax.yml', '%SRCROOT%'],
    ['/elsewhere/a b.yml', 'file:///elsewhere/a%20b.yml', undefined],
    ['-', 'stdin', undefined],
  ])('names %s as %s', async (file, uri, uriBaseId) => {
    const log = JSON.parse(
      await formatReport('sarif', { files: [{ file, diagnostics: [{ ...timeout, file }] }] }, options),
    ) as Sarif;
    const { artifactLocation } = log.runs[0]?.results[0]?.locations[0]?.physicalLocation ?? {};
    expect(artifactLocation).toEqual({ uri, ...(uriBaseId === undefined ? {} : { uriBaseId }), index: 0 });
  });
});

describe('junit', () => {
  it('has a case for each file; errors fail it, the rest is its output', async () => {
    const root = readXml(await formatReport('junit', report, options));
    expect(root.name).toBe('testsuites');
    expect(root.attributes).toMatchObject({ tests: '3', failures: '1', errors: '0' });
    const cases = root.children[0]?.children.filter(({ name }) => name === 'testcase') ?? [];
    expect(cases.map(({ attributes }) => attributes['name'])).toEqual([
      'blue.yml',
      '../other/green.yml',
      'clean.yml',
    ]);
    const [failure, output] = cases[0]?.children ?? [];
    expect(failure?.attributes).toEqual({ message: unknownKey.message, type: 'unknown-key' });
    expect(failure?.text).toContain('blue.yml:2:1: error unknown-key');
    expect(output?.name).toBe('system-out');
    expect(output?.text).toContain('warning request-timeout');
    expect(cases[2]?.children).toEqual([]);
  });

  it('fails one more case when there are too many warnings', async () => {
    const root = readXml(await formatReport('junit', { ...report, maxWarnings: 0 }, options));
    expect(root.attributes).toMatchObject({ tests: '4', failures: '2' });
    expect(root.children[0]?.children.at(-1)?.attributes['name']).toBe('--max-warnings');
  });
});

describe('github', () => {
  it('annotates the line', async () => {
    const lines = (await formatReport('github', report, options)).split('\n');
    expect(lines[0]).toBe(
      "::error file=deploy/blue.yml,line=2,endLine=2,col=1,endColumn=4,title=unknown-key::unknown key 'nam': did you mean 'name'?",
    );
    expect(lines[2]).toBe('::notice file=other/green.yml,title=not-checked::a schedule is not checked');
    expect(lines[3]).toBe(
      '1 error, 1 warning and 1 note in 2 of 3 files; --fix repairs 1; 2 other files skipped',
    );
  });

  it('names a file outside the repository in the message', async () => {
    const file = '/elsewhere/x.yml';
    const outside = { files: [{ file, diagnostics: [{ ...timeout, file }] }] };
    expect((await formatReport('github', outside, options)).split('\n')[0]).toBe(
      '::warning title=request-timeout::/elsewhere/x.yml:3:5: request_timeout_ms is 0',
    );
  });
});

describe('azure', () => {
  it('logs an issue for what is an error or a warning', async () => {
    const lines = (await formatReport('azure', report, options)).split('\n');
    expect(lines[0]).toBe(
      "##vso[task.logissue type=error;sourcepath=deploy/blue.yml;linenumber=2;columnnumber=1;code=unknown-key;]unknown key 'nam': did you mean 'name'?",
    );
    expect(lines[2]).toBe('../other/green.yml: info not-checked: a schedule is not checked');
  });
});

describe('a hostile file', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 5 }),
    fc.constantFrom(
      '\n',
      '\r',
      '%',
      '%0A',
      '%25',
      '%AZP25',
      '%3B',
      '::',
      ';',
      ']',
      ',',
      ']]>',
      '<!--',
      '&lt;',
      '#',
    ),
    fc.constantFrom(
      '::error::x',
      '\n::add-mask::x',
      '##vso[task.setvariable variable=a]b',
      '##[add-path]x',
      '\u001B]0;t',
    ),
  );
  const hostile = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''));
  const name = hostile.filter((file) => !/[\\/\0]/.test(file)).map((file) => `d${file}.yml`);
  const reports = fc.record({
    file: fc.oneof(
      hostile.filter((file) => file !== ''),
      name,
    ),
    message: hostile,
    text: hostile,
  });

  const expectedCommands: Readonly<Record<string, readonly string[]>> = {
    azure: ['task.logissue'],
    github: ['error', 'notice'],
  };

  it('gives no command to a CI service in any format, but for its own annotations', async () => {
    await fc.assert(
      fc.asyncProperty(reports, async ({ file, message, text }) => {
        const one: Diagnostic = {
          ...unknownKey,
          file,
          message,
          line: 1,
          fix: { edits: [{ start: 0, end: 0, text }] },
        };
        const several: Report = { files: [{ file, text, diagnostics: [one, { ...one, severity: 'info' }] }] };
        for (const format of outputFormats) {
          const output = await formatReport(format, several, options);
          // A format for one service is not printed where the other listens.
          const azure = format === 'github' ? [] : azureCommands(output);
          const github = format === 'azure' ? [] : githubCommands(output);
          expect([...azure, ...github].map((command) => command.name)).toEqual(
            expectedCommands[format] ?? [],
          );
        }
      }),
    );
  });

  it('comes out of annotations as it went in', async () => {
    await fc.assert(
      fc.asyncProperty(name, hostile, async (file, message) => {
        const slash = { ...options, workingDirectory: '/repo' };
        const plain = { files: [{ file, diagnostics: [{ ...timeout, file, message }] }] };
        const [github] = githubCommands(await formatReport('github', plain, slash));
        const [azure] = azureCommands(await formatReport('azure', plain, slash));
        expect(github?.data).toBe(message);
        expect(azure?.data).toBe(message);
        expect(azure?.properties['code']).toBe('request-timeout');
        expect(github?.properties['file']).toBe(file);
        expect(azure?.properties['sourcepath']).toBe(file);
      }),
    );
  });

  it('is well-formed XML and JSON, with no control character on a terminal', async () => {
    await fc.assert(
      fc.asyncProperty(reports, async ({ file, message, text }) => {
        const one: Diagnostic = { ...unknownKey, file, message, line: 1 };
        const hostileReport: Report = { files: [{ file, text, diagnostics: [one] }] };
        expect(readXml(await formatReport('junit', hostileReport, options)).name).toBe('testsuites');
        const json = JSON.parse(await formatReport('json', hostileReport, options)) as {
          findings: unknown[];
        };
        expect(json.findings).toEqual([one]);
        const sarif = JSON.parse(await formatReport('sarif', hostileReport, options)) as Sarif;
        expect(sarif.runs[0]?.results[0]?.message.text).toBe(message);
        expect(sarif.runs[0]?.artifacts[0]?.location.uri).toMatch(/^[\w.~:/%!'()*-]*$/);
        expect(await formatReport('text', hostileReport, options)).not.toMatch(
          // eslint-disable-next-line no-control-regex
          /[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/,
        );
      }),
    );
  });
});
