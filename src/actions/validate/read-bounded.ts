import { closeSync, constants, fstatSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { errorMessage, systemErrorCode } from '../../errors/index.ts';

/** Above any document, whose limit is in characters: what is larger is not read. */
export const maxDocumentBytes = 4 * 1024 * 1024;

/** Up to here a file is read in one go. */
const smallBytes = 64 * 1024;

/** Why a file has no content to check: a finding on the file. */
export interface ReadFault {
  readonly severity: 'error' | 'info';
  readonly code: 'file-unreadable' | 'file-vanished' | 'yaml-too-large';
  readonly message: string;
}

export type Content =
  { readonly text: string | Uint8Array; readonly fault?: never } | { readonly fault: ReadFault };

/**
 * A file's text or, where it is large or not surely UTF-8, its bytes. Pipes, sockets and devices are not opened: they
 * may never end. For the many small files of a project one call is faster than four.
 */
export function readContent(path: string): Content {
  try {
    const stats = statSync(path);
    requirePlain(stats);
    if (stats.size > maxDocumentBytes) return { fault: tooLarge(`the file has ${stats.size} bytes`) };
    if (stats.size <= smallBytes) {
      const text = readFileSync(path, 'utf8');
      // What takes the place of a byte that is no UTF-8.
      if (!text.includes('\uFFFD')) return { text };
    }
    return { text: readBounded(path, maxDocumentBytes) };
  } catch (error) {
    return { fault: faultOf(path, error) };
  }
}

export function tooLarge(what: string): ReadFault {
  const message = `${what}: expected at most ${maxDocumentBytes}`;
  return { severity: 'error', code: 'yaml-too-large', message };
}

function faultOf(path: string, error: unknown): ReadFault {
  if (systemErrorCode(error) !== 'ENOENT') {
    const message = `the file cannot be read: ${errorMessage(error)}`;
    return { severity: 'error', code: 'file-unreadable', message };
  }
  if (path.includes('\uFFFD')) {
    const message = 'the file cannot be read: its name is not UTF-8';
    return { severity: 'error', code: 'file-unreadable', message };
  }
  const message = 'the file was there, and was gone when it was to be read';
  return { severity: 'info', code: 'file-vanished', message };
}

/** At most `limit` bytes from the beginning of a file, however large it says it is. Throws what the system says. */
export function readBounded(path: string, limit: number): Uint8Array {
  // Something else may have taken the file's place since it was looked at: to open a pipe must not wait for its writer.
  const descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const stats = fstatSync(descriptor);
    requirePlain(stats);
    const buffer = Buffer.allocUnsafe(Math.min(limit, stats.size));
    let length = 0;
    while (length < buffer.length) {
      const read = readSync(descriptor, buffer, length, buffer.length - length, null);
      if (read === 0) break;
      length += read;
    }
    return buffer.subarray(0, length);
  } finally {
    closeSync(descriptor);
  }
}

function requirePlain(stats: Stats): void {
  if (stats.isFile()) return;
  const what = stats.isDirectory()
    ? 'a folder'
    : stats.isFIFO()
      ? 'a pipe'
      : stats.isSocket()
        ? 'a socket'
        : 'a device';
  throw new Error(`it is ${what}, expected a file`);
}
