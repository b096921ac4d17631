import type { FileHandle } from 'node:fs/promises';
import { readExactly } from './read-exactly.ts';
import { torchInvalid } from './pickle.ts';

/** A file in the archive, stored without compression: a run of the archive's own bytes. */
export interface ZipEntry {
  readonly name: string;
  readonly offset: number;
  readonly bytes: number;
  /** Undefined where the writer left checksums out. */
  readonly crc32: number | undefined;
}

interface Directory {
  readonly offset: number;
  readonly bytes: number;
  readonly entries: number;
}

const maxDirectoryBytes = 64 * 1024 * 1024;
const maxEntries = 200_000;
const endBytes = 22;
const maxCommentBytes = 0xffff;
const signatures = {
  local: 0x04034b50,
  entry: 0x02014b50,
  end: 0x06054b50,
  end64: 0x06064b50,
  locator64: 0x07064b50,
};

/**
 * The entries of a zip archive as PyTorch writes it, zip64 included. Nothing is extracted; still a name that would
 * leave the folder, a compressed or encrypted entry, or entries that lie over each other refuse the whole file.
 *
 * @throws TORCH_FILE_INVALID
 */
export async function readZipDirectory(
  handle: FileHandle,
  fileBytes: number,
  file: string,
): Promise<ReadonlyMap<string, ZipEntry>> {
  const directory = await findDirectory(handle, fileBytes, file);
  const bytes = Buffer.alloc(directory.bytes);
  await readExactly(handle, bytes, directory.offset, file);
  const headers = parseHeaders(bytes, directory, file);
  const entries = new Map<string, ZipEntry>();
  for (const header of headers) {
    if (entries.has(header.name)) throw torchInvalid(file, `the archive has ${show(header.name)} twice`);
    entries.set(header.name, await locate(handle, header, directory.offset, file));
  }
  refuseOverlaps([...entries.values()], file);
  return entries;
}

async function findDirectory(handle: FileHandle, fileBytes: number, file: string): Promise<Directory> {
  const tail = Buffer.alloc(Math.min(fileBytes, endBytes + maxCommentBytes));
  const tailOffset = fileBytes - tail.length;
  await readExactly(handle, tail, tailOffset, file);
  let at = tail.length - endBytes;
  // The record is the last thing in the file, but for a comment whose length it says.
  while (
    at >= 0 &&
    !(tail.readUInt32LE(at) === signatures.end && at + endBytes + tail.readUInt16LE(at + 20) === tail.length)
  ) {
    at -= 1;
  }
  if (at < 0) throw torchInvalid(file, 'truncated: the archive has no directory');
  const end = tailOffset + at;
  const directory = (await readZip64End(handle, end, file)) ?? {
    entries: tail.readUInt16LE(at + 10),
    bytes: tail.readUInt32LE(at + 12),
    offset: tail.readUInt32LE(at + 16),
  };
  const { offset, bytes, entries } = directory;
  if (bytes > maxDirectoryBytes || entries > maxEntries) {
    throw torchInvalid(file, `the archive's directory claims ${entries} entries in ${bytes} bytes`);
  }
  if (offset + bytes > end) throw torchInvalid(file, "the archive's directory lies outside of the file");
  return directory;
}

async function readZip64End(handle: FileHandle, end: number, file: string): Promise<Directory | undefined> {
  const locatorBytes = 20;
  if (end < locatorBytes) return undefined;
  const locator = Buffer.alloc(locatorBytes);
  await readExactly(handle, locator, end - locatorBytes, file);
  if (locator.readUInt32LE(0) !== signatures.locator64) return undefined;
  const at = size(locator, 8, file);
  const record = Buffer.alloc(56);
  if (at + record.length > end)
    throw torchInvalid(file, "the archive's zip64 directory lies outside of the file");
  await readExactly(handle, record, at, file);
  if (record.readUInt32LE(0) !== signatures.end64)
    throw torchInvalid(file, 'the archive has no zip64 directory');
  return { entries: size(record, 32, file), bytes: size(record, 40, file), offset: size(record, 48, file) };
}

interface Header {
  readonly name: string;
  readonly bytes: number;
  readonly crc32: number | undefined;
  /** Of the entry's local header, which stands before its data. */
  readonly offset: number;
}

function parseHeaders(bytes: Buffer, directory: Directory, file: string): Header[] {
  const headers: Header[] = [];
  let at = 0;
  for (let index = 0; index < directory.entries; index += 1) {
    if (at + 46 > bytes.length || bytes.readUInt32LE(at) !== signatures.entry) {
      throw torchInvalid(file, `the archive's directory has ${index} entries, expected ${directory.entries}`);
    }
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((field) => bytes.readUInt16LE(at + field));
    const extraAt = at + 46 + (nameBytes ?? 0);
    const next = extraAt + (extraBytes ?? 0) + (commentBytes ?? 0);
    if (next > bytes.length) throw torchInvalid(file, "the archive's directory is truncated");
    headers.push(
      parseHeader(bytes.subarray(at, extraAt), bytes.subarray(extraAt, extraAt + (extraBytes ?? 0)), file),
    );
    at = next;
  }
  return headers;
}

function parseHeader(header: Buffer, extra: Buffer, file: string): Header {
  const name = header.toString('utf8', 46);
  const flags = header.readUInt16LE(8);
  const method = header.readUInt16LE(10);
  checkName(name, file);
  if ((flags & 0x41) !== 0) throw torchInvalid(file, `${show(name)} in the archive is encrypted`);
  if (method !== 0)
    throw torchInvalid(file, `${show(name)} in the archive is compressed, expected stored entries`);
  const crc32 = header.readUInt32LE(16);
  // A field that is full stands in the zip64 extra field instead, those that are there in this order.
  const wide = zip64Fields(extra, file);
  const field = (at: number): number => {
    const value = header.readUInt32LE(at);
    if (value !== 0xffffffff) return value;
    const next = wide.shift();
    if (next === undefined) throw torchInvalid(file, `${show(name)} in the archive lacks its zip64 size`);
    return next;
  };
  const bytes = field(24);
  const stored = field(20);
  const offset = field(42);
  if (bytes !== stored)
    throw torchInvalid(file, `${show(name)} in the archive has two sizes: ${bytes} and ${stored}`);
  return { name, bytes, offset, crc32: crc32 === 0 ? undefined : crc32 };
}

function zip64Fields(extra: Buffer, file: string): number[] {
  for (let at = 0; at + 4 <= extra.length;) {
    const length = extra.readUInt16LE(at + 2);
    if (extra.readUInt16LE(at) === 1) {
      const fields = Math.min(Math.floor(length / 8), 3);
      if (at + 4 + fields * 8 > extra.length)
        throw torchInvalid(file, 'the archive has a truncated zip64 field');
      return Array.from({ length: fields }, (_, index) => size(extra, at + 4 + index * 8, file));
    }
    at += 4 + length;
  }
  return [];
}

/** The data begins after the local header, whose name and padding have lengths of their own. */
async function locate(handle: FileHandle, header: Header, limit: number, file: string): Promise<ZipEntry> {
  const { name, bytes, crc32 } = header;
  const local = Buffer.alloc(30);
  if (header.offset + local.length > limit)
    throw torchInvalid(file, `${show(name)} lies outside of the archive`);
  await readExactly(handle, local, header.offset, file);
  if (local.readUInt32LE(0) !== signatures.local)
    throw torchInvalid(file, `${show(name)} is not where the directory says`);
  const offset = header.offset + local.length + local.readUInt16LE(26) + local.readUInt16LE(28);
  if (offset + bytes > limit) throw torchInvalid(file, `${show(name)} lies outside of the archive`);
  return { name, offset, bytes, crc32 };
}

function refuseOverlaps(entries: ZipEntry[], file: string): void {
  entries.sort((a, b) => a.offset - b.offset || a.bytes - b.bytes);
  for (const [index, entry] of entries.entries()) {
    const before = entries[index - 1];
    if (before !== undefined && before.offset + before.bytes > entry.offset) {
      throw torchInvalid(
        file,
        `${show(before.name)} and ${show(entry.name)} in the archive lie over each other`,
      );
    }
  }
}

function checkName(name: string, file: string): void {
  const escapes = name.split(/[/\\]/).includes('..') || /^(?:[/\\]|[A-Za-z]:)/.test(name);
  if (name === '' || name.includes('\0') || escapes) {
    throw torchInvalid(file, `the archive has an entry called ${show(name)}, which would leave its folder`);
  }
}

function size(bytes: Buffer, at: number, file: string): number {
  const value = bytes.readBigUInt64LE(at);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw torchInvalid(file, `the archive claims ${value} bytes`);
  return Number(value);
}

function show(name: string): string {
  return JSON.stringify(name.slice(0, 100));
}
