// What a CI job checks before anything is deployed: VM sizes and Azure ML documents. Needs no Azure and no network.
// Usage: node check.mjs [PATH...]        in a project that has aml-deit installed; PATH is `deploy` when left out
// Exit code: 0 all is well · 3 there are findings that fail the job · another: it could not be checked
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The sizes that the project uses, by what for: edit these. */
const sizes = {
  inference: ['Standard_D4as_v4'],
  finetune: ['Standard_NC4as_T4_v3'],
};
const paths = process.argv.length > 2 ? process.argv.slice(2) : ['deploy'];

const packageFile = createRequire(join(process.cwd(), 'package.json')).resolve('aml-deit/package.json');
const cli = join(dirname(packageFile), 'bin', 'run.js');

function amlDeit(...args) {
  console.log(`aml-deit ${args.join(' ')}`);
  const { status, error } = spawnSync(process.execPath, [cli, ...args], { stdio: 'inherit' });
  if (error !== undefined) throw error;
  return status ?? 1;
}

/** Annotations on the lines of a pull request where the service shows them, text elsewhere. */
function formatHere() {
  if (process.env.GITHUB_ACTIONS === 'true') return 'github';
  return process.env.TF_BUILD === 'True' ? 'azure' : 'text';
}

// All checks run, so that one run shows everything that is wrong; the first failure decides the exit code.
const results = [
  ...Object.entries(sizes).map(([task, names]) => amlDeit('sku', 'check', ...names, '--for', task)),
  amlDeit('validate', ...paths, '--format', formatHere()),
];
process.exitCode = results.find((status) => status !== 0) ?? 0;
