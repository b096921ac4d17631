export { packageContentHash, verifyPackageFiles } from './package-hash.ts';
export { packageLayout } from './package-weights.ts';
export { readCheckpoint } from './read-checkpoint.ts';
export { writePackage } from './write-package.ts';
