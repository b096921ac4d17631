import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CardLock } from '../../src/card/index.ts';
import { checkFile } from '../../src/documents/check-file.ts';
import type { CheckedFile, CheckFileOptions } from '../../src/documents/check-file.ts';
import { documentKinds } from '../../src/documents/kinds/index.ts';
import type { DocumentKind, FileLookup } from '../../src/documents/kinds/kind.ts';

export const documentFixtures = fileURLToPath(new URL('../fixtures/documents/', import.meta.url));

export interface DocumentFixture {
  /** The folder: a kind, or `yaml` for what is no document of any kind. */
  readonly folder: string;
  readonly verdict: 'valid' | 'invalid';
  readonly name: string;
  /** Absolute, without extension: `.yml` is the document, `.txt` what it gives. */
  readonly stem: string;
}

/** `test/fixtures/documents/<kind>/{valid,invalid}/NAME.yml`. */
export function listDocumentFixtures(): DocumentFixture[] {
  return readdirSync(documentFixtures)
    .filter((folder) => folder !== 'sets')
    .flatMap((folder) =>
      (['valid', 'invalid'] as const).flatMap((verdict) => {
        const directory = join(documentFixtures, folder, verdict);
        if (!existsSync(directory)) return [];
        return readdirSync(directory)
          .filter((file) => file.endsWith('.yml'))
          .map((file) => file.slice(0, -'.yml'.length))
          .map((name) => ({ folder, verdict, name, stem: join(directory, name) }));
      }),
    );
}

export const fixtureFiles: FileLookup = {
  exists(path) {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return undefined;
    return stats.isDirectory() ? 'folder' : 'file';
  },
  read(path) {
    return statSync(path, { throwIfNoEntry: false })?.isFile() === true
      ? readFileSync(path, 'utf8')
      : undefined;
  },
};

const lock: CardLock = {
  lockVersion: 1,
  registry: 'azureml',
  name: 'facebook-deit-base-patch16-224',
  version: '15',
  wireFormat: 'columns',
  cardSha256: '0',
};

/** As `validate` would, on a fixed day; `# complete`, `# card` and `# locked` are options; by what it looks like, else as the kind of its folder. */
export function checkFixture(
  fixture: DocumentFixture,
  options: Pick<CheckFileOptions, 'withoutRule'> = {},
): CheckedFile & { readonly text: string } {
  const bytes = readFileSync(`${fixture.stem}.yml`);
  const text = bytes.toString('utf8');
  const check = (kind?: DocumentKind): CheckedFile =>
    checkFile({
      text: bytes,
      file: `${fixture.name}.yml`,
      asOf: '2026-11-23',
      directory: join(documentFixtures, fixture.folder, fixture.verdict),
      files: fixtureFiles,
      suppliable: /^# complete/m.test(text) ? 'error' : 'warning',
      isCards: /^# card$/m.test(text),
      ...(/^# locked$/m.test(text) ? { lock } : {}),
      ...(kind === undefined ? {} : { kind }),
      ...options,
    });
  const checked = check();
  const isKind = Object.hasOwn(documentKinds, fixture.folder);
  return {
    ...(checked.status === 'unknown' && isKind ? check(fixture.folder as DocumentKind) : checked),
    text,
  };
}
