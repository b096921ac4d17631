// `aml-deit` whose garbage is collected at SIGUSR2, so that what is left is what it holds.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
process.on('SIGUSR2', () => collect());
await import('../bin/run.js');
