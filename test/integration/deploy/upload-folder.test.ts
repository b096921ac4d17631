import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connectAzureMl } from '../../../src/azure/connect-azure-ml.ts';
import type { AzureMl } from '../../../src/azure/index.ts';
import { readFolderContent } from '../../../src/io/index.ts';
import { createTwin } from '../../../src/testing.ts';
import type { Twin } from '../../../src/testing.ts';
import { failureOf } from '../../helpers/failure-of.ts';

let twin: Twin;
let aml: AzureMl;
let folder: string;
let seed = 0;

beforeAll(async () => {
  twin = await createTwin();
  aml = await connectAzureMl({ kind: 'local', twin: twin.descriptor });
});
afterAll(async () => {
  aml.close();
  await twin.close();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aml-deit-upload-'));
  seed += 1;
  await mkdir(join(folder, 'sub'));
  await writeFile(join(folder, 'config.json'), `{"seed":${seed}}`);
  await writeFile(join(folder, 'empty'), '');
  await writeFile(join(folder, 'labels.json'), `[${seed}]`);
  await writeFile(join(folder, 'sub', 'weights'), Buffer.alloc(9_000_000, seed));
  return () => rm(folder, { recursive: true });
});

describe('uploadFolder', () => {
  it('sends a folder once per content', async () => {
    const content = await readFolderContent(folder);
    const progress: number[] = [];
    const first = await aml.uploadFolder(
      { name: 'deit', content },
      { onProgress: ({ uploadedBytes, totalBytes }) => progress.push(uploadedBytes / totalBytes) },
    );
    expect(first).toMatchObject({ reused: false, uploadedBytes: content.totalBytes });
    expect(first.uri).toBe(
      `azureml://subscriptions/${twin.subscriptionId}/resourcegroups/${twin.resourceGroup}/workspaces/${twin.workspaceName}/datastores/${first.datastoreName}/paths/LocalUpload/${content.contentHash}/deit`,
    );
    expect(progress.at(-1)).toBe(1);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(await aml.uploadFolder({ name: 'deit', content })).toEqual({
      ...first,
      reused: true,
      uploadedBytes: 0,
    });
  });

  it('sends only what is missing after an interruption', async () => {
    const content = await readFolderContent(folder);
    const controller = new AbortController();
    const failure = await failureOf(
      aml.uploadFolder(
        { name: 'deit', content },
        {
          signal: controller.signal,
          onProgress: ({ uploadedBytes }) => {
            // Whatever of the small ones has arrived, a block of the large one has.
            if (uploadedBytes > 1_000) controller.abort();
          },
        },
      ),
    );
    expect(failure.code).toBe('INTERRUPTED');
    const again = await aml.uploadFolder({ name: 'deit', content });
    expect(again.reused).toBe(false);
    expect(again.uploadedBytes).toBeGreaterThan(0);
    expect(again.uploadedBytes).toBeLessThan(content.totalBytes);
  });

  it('does not store a file that changes while it is sent', async () => {
    const content = await readFolderContent(folder);
    await truncate(join(folder, 'sub', 'weights'), 5_000_000);
    const failure = await failureOf(aml.uploadFolder({ name: 'deit', content }));
    expect(failure.code).toBe('UPLOAD_FAILED');
    expect(failure.message).toContain('changed while it was sent');
    await writeFile(join(folder, 'sub', 'weights'), Buffer.alloc(9_000_000, seed));
    const again = await aml.uploadFolder({ name: 'deit', content });
    expect(again.reused).toBe(false);
    expect(again.uploadedBytes).toBeGreaterThanOrEqual(9_000_000);
  });
});
