import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import { downloadStaging } from '../../../src/azure/download-staging.ts';

it('collects files beside a folder, and within one that a file system begins at', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'aml-deit-staging-'));
  const beside = (name: string): string => `.${name}.aml-deit-download`;
  expect(await downloadStaging(folder)).toBe(join(tmpdir(), beside(basename(folder))));
  expect(await downloadStaging(join(folder, 'new'))).toBe(join(folder, beside('new')));
  expect(await downloadStaging('/proc')).toBe('/proc/.aml-deit-download');
  rmSync(folder, { recursive: true });
});
