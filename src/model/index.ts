export { packageContentHash, verifyPackageFiles } from './package-hash.ts';
export { readCheckpoint } from './read-checkpoint.ts';
export { writePackage } from './write-package.ts';
