export { fetchHubModel } from './hub/fetch-hub-model.ts';
export { isHubReference, parseHubReference } from './hub/hub-reference.ts';
export { packageContentHash, verifyPackageFiles } from './package-hash.ts';
export { packageLayout } from './package-weights.ts';
export { readCheckpoint } from './read-checkpoint.ts';
export { writePackage } from './write-package.ts';
