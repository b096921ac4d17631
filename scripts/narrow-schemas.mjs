// Writes schemas/deit/: the schemas whose VM sizes are narrowed to the card's allow-lists, for editors.
// Usage: node scripts/narrow-schemas.mjs [--check]
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { card, vmSizes } from '../dist/index.js';

const folder = 'schemas/deit';

/** What the machines of a kind are for; the schema of any other kind is for jobs. */
const tasksOf = {
  managedOnlineDeployment: ['inference'],
  modelBatchDeployment: ['inference'],
  batchDeployment: ['inference'],
  // A cluster may run any of it.
  amlCompute: ['inference', 'finetune', 'evaluation'],
};
const jobTasks = ['finetune', 'evaluation'];

const isSize = (kind, name) => name === 'instance_type' || (kind === 'amlCompute' && name === 'size');

/** JSON Schema has no flag for it: each letter in both cases. */
function inAnyCase(name) {
  return name.replaceAll(/[a-z]/gi, (letter) => `[${letter.toUpperCase()}${letter.toLowerCase()}]`);
}

function describeSize(name) {
  const size = vmSizes.find((each) => each.name === name);
  const gpus = size.gpus === 0 ? '' : `, ${size.gpus} x ${size.gpuModel}`;
  const end = size.retirement === null ? '' : `; retirement: ${size.retirement.date}`;
  const closed = size.newSubscriptionCanDeploy === false ? '; closed to new subscriptions' : '';
  return `${size.vcpus} vCPU${gpus}, ${size.memoryGiB} GiB${end}${closed}`;
}

/** Offers the card's spelling; Azure compares without case, and a job may leave the size to an input. */
function narrowed(schema, names, tasks) {
  const { description, ...rest } = schema;
  return {
    description: `${description} The card of DeiT base lists these for ${tasks.join(' and ')}.`,
    ...rest,
    anyOf: [
      { enum: names, enumDescriptions: names.map(describeSize) },
      { pattern: `^(?:${names.map(inAnyCase).join('|')})$` },
      { pattern: String.raw`\$\{\{.*\}\}` },
    ],
  };
}

function narrowSizes(value, kind, names, tasks) {
  if (Array.isArray(value)) return value.map((item) => narrowSizes(item, kind, names, tasks));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      isSize(kind, key) && member?.type === 'string'
        ? narrowed(member, names, tasks)
        : narrowSizes(member, kind, names, tasks),
    ]),
  );
}

function variantOf(kind, text) {
  const tasks = tasksOf[kind] ?? jobTasks;
  const names = [...new Set(tasks.flatMap((task) => card.allowLists[task]))];
  const base = JSON.parse(text);
  const { $id, title, ...rest } = narrowSizes(base, kind, names, tasks);
  if (JSON.stringify(rest) === JSON.stringify({ ...base, $id: undefined, title: undefined }))
    return undefined;
  const { $schema, ...others } = rest;
  return {
    $schema,
    $id: $id.replace('/schemas/', '/schemas/deit/'),
    title: `${title}, for DeiT base`,
    ...others,
  };
}

export async function narrowSchemas({ check }) {
  const wanted = new Map();
  for (const file of globSync('schemas/*.schema.json').sort()) {
    const name = basename(file);
    const variant = variantOf(name.replace('.schema.json', ''), readFileSync(file, 'utf8'));
    if (variant === undefined) continue;
    const path = join(folder, name);
    const options = { ...(await resolveConfig(path)), parser: 'json' };
    wanted.set(path, await format(JSON.stringify(variant), options));
  }
  const stale = globSync(`${folder}/*.schema.json`).filter((path) => !wanted.has(path));
  const outdated = [...wanted].filter(
    ([path, text]) => !existsSync(path) || readFileSync(path, 'utf8') !== text,
  );
  if (check) return [...stale, ...outdated.map(([path]) => path)];
  mkdirSync(folder, { recursive: true });
  for (const path of stale) rmSync(path);
  for (const [path, text] of outdated) writeFileSync(path, text);
  return [];
}

if (import.meta.main) {
  const behind = await narrowSchemas({ check: process.argv.includes('--check') });
  for (const path of behind)
    console.error(`${path} is behind the card or its base: node scripts/narrow-schemas.mjs`);
  if (behind.length > 0) process.exitCode = 1;
}
