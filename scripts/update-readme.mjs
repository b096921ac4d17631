// Writes README's tables of commands and error codes, the twin's tables of refusals, api-versions and clients' flows,
// docs/rules.md and schemas/deit/ from the code itself.
// Usage: node scripts/update-readme.mjs [--check]
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { narrowSchemas } from './narrow-schemas.mjs';
import { errorCodes, exitCodes, explain } from '../dist/index.js';
import { apiVersionsOf } from '../src/local/arm/api-versions.ts';
import { routes } from '../src/local/arm/routes.ts';
import { refusals } from '../src/local/http/refusals.ts';

const cell = (text) => text.replaceAll('|', '\\|');

export function commandTable() {
  const { commands } = JSON.parse(readFileSync('oclif.manifest.json', 'utf8'));
  const rows = Object.entries(commands)
    .filter(([, command]) => !command.hidden)
    .map(
      ([id, command]) =>
        `| \`${id.replaceAll(':', ' ')}\` | ${cell(command.summary ?? command.description)} |`,
    );
  return ['| command | does |', '|---|---|', ...rows].join('\n');
}

export function errorTable() {
  const rows = Object.entries(errorCodes).map(
    ([code, { kind, summary }]) => `| \`${code}\` | ${exitCodes[kind]} | ${cell(summary)} |`,
  );
  return ['| code | exit code | means |', '|---|---|---|', ...rows].join('\n');
}

const evidenceOrder = ['recorded', 'reported', 'guess', 'own'];

/** What the local twin refuses with, the surest first. */
export function refusalTable() {
  const rows = Object.entries(refusals)
    .toSorted(([, a], [, b]) => evidenceOrder.indexOf(a.evidence) - evidenceOrder.indexOf(b.evidence))
    .map(
      ([code, { status, evidence, source }]) => `| \`${code}\` | ${status} | ${evidence} | ${cell(source)} |`,
    );
  return ['| code | status | evidence | source |', '|---|---|---|---|', ...rows].join('\n');
}

/** The api-versions that the local twin takes, by what takes them. */
export function apiVersionTable() {
  const checked = Object.entries(routes).filter(([, [, , options = {}]]) => options.apiVersion !== false);
  const byVersions = Map.groupBy(checked, ([operation]) => apiVersionsOf(operation).join(', '));
  const rows = [...byVersions].map(([versions, entries]) => {
    const areas = [...new Set(entries.map(([operation]) => operation.split('.')[0]))];
    const named = entries.length < 4 ? entries.map(([operation]) => operation) : areas;
    return `| ${named.map((name) => `\`${name}\``).join(', ')} | ${versions} |`;
  });
  return ['| operations | api-versions |', '|---|---|', ...rows].join('\n');
}

/** Replaces what stands between `<!-- NAME -->` and `<!-- /NAME -->`. */
export function withTable(readme, name, table) {
  const pattern = new RegExp(`(<!-- ${name} -->)[\\s\\S]*?(<!-- /${name} -->)`);
  if (!pattern.test(readme)) throw new Error(`the page has no <!-- ${name} --> … <!-- /${name} -->`);
  return readme.replace(pattern, (_, begin, end) => `${begin}\n\n${table}\n\n${end}`);
}

/** Which flow of which of Microsoft's clients passes, as the conformance tests found it. */
export function flowTable() {
  const clients = ['azure-ai-ml', 'arm-machinelearning'].map((name) =>
    JSON.parse(readFileSync(`test/golden/conformance/${name}.json`, 'utf8')),
  );
  const resultOf = ({ flows }, flow) => {
    const { result } = flows.find((one) => one.flow === flow);
    return result === 'passes' || result === 'fails' ? result : `– (${result})`;
  };
  const [{ flows }] = clients;
  return [
    `| flow | ${clients.map(({ client, version }) => `\`${client}\` ${version}`).join(' | ')} |`,
    `|---|${clients.map(() => '---|').join('')}`,
    ...flows.map(
      ({ flow }) =>
        `| ${cell(flow)} | ${clients.map((client) => cell(resultOf(client, flow))).join(' | ')} |`,
    ),
  ].join('\n');
}

/** One section per finding, in the words of `aml-deit explain`. */
export async function rulesPage() {
  const { explanations } = await explain();
  const sections = explanations
    .filter(({ about }) => about === 'finding')
    .map(({ code, meaning, why, remedy, source, example }) =>
      [
        `## ${code}`,
        meaning,
        why,
        `**What to do:** ${remedy}`,
        ...(source === undefined
          ? []
          : [`Source: ${source.startsWith('https://') ? `<${source}>` : source}`]),
        ...(example === undefined
          ? []
          : [
              `Wrong, in a ${example.kind}:`,
              `\`\`\`yaml\n${example.bad}\`\`\``,
              'Right:',
              `\`\`\`yaml\n${example.good}\`\`\``,
            ]),
      ].join('\n\n'),
    );
  return [
    '# Findings',
    'Every finding of `validate`, `sku check` and the lock file, by its code: what `aml-deit explain CODE` prints. This page is written by `scripts/update-readme.mjs`.',
    ...sections,
  ].join('\n\n');
}

async function write(file, text) {
  // Examples are shown as they are: some of them are wrong on purpose.
  const options = { ...(await resolveConfig(file)), parser: 'markdown', embeddedLanguageFormatting: 'off' };
  const updated = await format(text, options);
  const current = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (updated === current) return;
  if (process.argv.includes('--check')) {
    console.error(`${file} is behind the code: node scripts/update-readme.mjs`);
    process.exitCode = 1;
  } else writeFileSync(file, updated);
}

const readme = readFileSync('README.md', 'utf8');
await write('README.md', withTable(withTable(readme, 'commands', commandTable()), 'errors', errorTable()));
const tables = { refusals: refusalTable(), 'api-versions': apiVersionTable(), flows: flowTable() };
const twin = Object.entries(tables).reduce(
  (text, [name, table]) => withTable(text, name, table),
  readFileSync('src/local/README.md', 'utf8'),
);
await write('src/local/README.md', twin);
mkdirSync('docs', { recursive: true });
await write('docs/rules.md', await rulesPage());

for (const path of await narrowSchemas({ check: process.argv.includes('--check') })) {
  console.error(`${path} is behind the card or its base: node scripts/update-readme.mjs`);
  process.exitCode = 1;
}
