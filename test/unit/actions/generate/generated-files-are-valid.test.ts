import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkFile } from '../../../../src/documents/check-file.ts';
import type { FileLookup } from '../../../../src/documents/kinds/kind.ts';

const documents = globSync('test/golden/generate/*/{,azureml/}*.yml').sort();

/** What is generated, and the folders beside it that its user has: data, model packages. */
const files: FileLookup = {
  exists(path) {
    if (existsSync(path)) return statSync(path).isDirectory() ? 'folder' : 'file';
    return /[/\\](?:data[/\\]\w+|model-package|mlflow-model|my-package)$/.test(path) ? 'folder' : 'file';
  },
  read: (path) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined),
};

/** What is said of every document of the kind, and is so on purpose. */
const remarks = new Set(['ort-may-fail', 'mini-batch-files']);

describe('a generated document', () => {
  it('is there', () => {
    expect(documents.length).toBeGreaterThan(40);
  });

  it.each(documents)('%s has nothing that is found fault with', (file) => {
    const checked = checkFile({
      text: readFileSync(file, 'utf8'),
      file,
      suppliable: 'error',
      asOf: '2026-11-23',
      isCards: true,
      directory: resolve(dirname(file)),
      files,
    });
    const diagnostics = checked.documents.flatMap((document) => document.diagnostics);
    const findings = [...checked.ownDiagnostics, ...diagnostics];
    expect(findings.filter(({ severity, code }) => severity !== 'info' || !remarks.has(code))).toEqual([]);
    expect(checked.status).toBe('checked');
  });
});
