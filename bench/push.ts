/**
 * Push of a package of DeiT base's size (346 MB) to the local twin's Azurite: our upload against the storage client's
 * own at its best of several settings, by turns in the same run over the same connections; then the whole command's time
 * and peak memory, and the second push, which sends nothing.
 * Usage: npm run bench:push [-- ROUNDS]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { datastoreContainer } from '../src/azure/datastore-container.ts';
import { connectAzureMl } from '../src/azure/connect-azure-ml.ts';
import { openSession } from '../src/azure/open-session.ts';
import { localDown, localUp } from '../src/index.ts';
import { readFolderContent, readTwinDescriptor } from '../src/io/index.ts';
import { withBasePackage } from './base-package.ts';
import { machine, median, packageVersions } from './machine.ts';
import { runMeasured } from './run-measured.ts';

const rounds = Number(process.argv[2] ?? 3);
const mebibyte = 2 ** 20;
const home = mkdtempSync(join(tmpdir(), 'aml-deit-bench-push-'));
const env = { ...process.env, AML_DEIT_HOME: home };

/** What one would set by hand: blocks of so many MiB, so many at once. */
const settings = [
  { blockMebibytes: 4, concurrency: 5 },
  { blockMebibytes: 8, concurrency: 5 },
  { blockMebibytes: 8, concurrency: 10 },
  { blockMebibytes: 16, concurrency: 5 },
];

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return (performance.now() - begin) / 1000;
}

async function compareUploads(directory: string): Promise<void> {
  const twin = readTwinDescriptor(env);
  if (twin === undefined) throw new Error('the twin did not start');
  const aml = await connectAzureMl({ kind: 'local', twin });
  const opened = await openSession({ kind: 'local', twin }, {});
  try {
    const content = await readFolderContent(directory);
    const container = datastoreContainer(opened, await aml.datastores.getDefault());
    const ours: number[] = [];
    const raw = settings.map((setting) => ({ setting, seconds: [] as number[] }));
    for (let round = 0; round < rounds; round += 1) {
      ours.push(await secondsOf(() => aml.uploadFolder({ name: `ours-${round}`, content })));
      for (const { setting, seconds } of raw) {
        const { blockMebibytes, concurrency } = setting;
        const options = { blockSize: blockMebibytes * mebibyte, maxSingleShotSize: 0, concurrency };
        const run = async (): Promise<void> => {
          for (const { path } of content.files) {
            const blob = `raw/${round}-${blockMebibytes}-${concurrency}/${path}`;
            await container.use('the raw upload', (client) =>
              client.getBlockBlobClient(blob).uploadFile(join(directory, path), options),
            );
          }
        };
        seconds.push(await secondsOf(run));
      }
    }
    const rate = (seconds: readonly number[]): number => content.totalBytes / 1e6 / median(seconds);
    for (const { setting, seconds } of raw) {
      const { blockMebibytes, concurrency } = setting;
      console.log(
        `storage client, ${blockMebibytes} MiB x ${concurrency}: ${rate(seconds).toFixed(0)} MB/s (${seconds.map((value) => value.toFixed(1)).join(', ')} s)`,
      );
    }
    const best = Math.max(...raw.map(({ seconds }) => rate(seconds)));
    console.log(
      `ours, with MD5 and SHA-256: ${rate(ours).toFixed(0)} MB/s (${ours.map((value) => value.toFixed(1)).join(', ')} s), ${(rate(ours) / best).toFixed(2)} of the best`,
    );
  } finally {
    aml.close();
    opened.close();
  }
}

function push(directory: string, what: string): void {
  const { ms, peakBytes, stdout } = runMeasured(
    ['model', 'push', directory, '--name', 'bench', '--target', 'local', '--json'],
    env,
  );
  const { uploadedBytes, version } = JSON.parse(stdout) as { uploadedBytes: number; version: string };
  console.log(
    `model push (${what}): ${(ms / 1000).toFixed(1)} s, ${(uploadedBytes / 1e6).toFixed(1)} MB sent, version ${version}, peak ${Math.round(peakBytes / mebibyte)} MiB`,
  );
}

console.log(machine());
console.log(packageVersions(['@azure/storage-blob', 'azurite']));
try {
  await localUp({ env });
  await withBasePackage(async (directory) => {
    push(directory, 'first');
    push(directory, 'again');
    await compareUploads(directory);
  });
} finally {
  await localDown({ env });
  rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}
