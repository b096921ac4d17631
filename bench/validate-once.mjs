// Checks a folder once and prints what that took, without node's start: bench/validate.ts starts it.
import { validateDocuments } from '../dist/index.js';

const begin = performance.now();
const { counts } = await validateDocuments({ paths: [process.argv[2]] });
const ms = performance.now() - begin;
console.log(
  JSON.stringify({ ms, maxRssMb: (process.resourceUsage().maxRSS * 1024) / 1e6, checked: counts.checked }),
);
