import type * as Sqlite from 'node:sqlite';

let loading: Promise<typeof Sqlite> | undefined;

/** node:sqlite without its ExperimentalWarning, which would be the first thing that a user of the twin reads. */
function loadSqlite(): Promise<typeof Sqlite> {
  loading ??= importQuietly();
  return loading;
}

async function importQuietly(): Promise<typeof Sqlite> {
  const emitWarning = process.emitWarning.bind(process) as (...parameters: unknown[]) => void;
  const original = Object.getOwnPropertyDescriptor(process, 'emitWarning');
  // Only for the length of this import, and only this one warning: every other warning of the process stays.
  process.emitWarning = (warning: string | Error, ...rest: unknown[]) => {
    if (String(warning).includes('SQLite')) return;
    emitWarning(warning, ...rest);
  };
  try {
    return await import('node:sqlite');
  } finally {
    if (original !== undefined) Object.defineProperty(process, 'emitWarning', original);
  }
}

export async function openSqlite(
  file: string,
  options: { readonly readOnly?: boolean } = {},
): Promise<Sqlite.DatabaseSync> {
  const sqlite = await loadSqlite();
  return new sqlite.DatabaseSync(file, options);
}
