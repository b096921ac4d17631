/** A tar header as somebody else may have written it: nothing of it has to make sense. */
export interface RawTarEntry {
  readonly path: string;
  /** `0` file, `1` hard link, `2` symbolic link, `3` and `4` devices, `5` folder, `6` pipe, `x` pax, `L` GNU's long name. */
  readonly flag?: string;
  readonly content?: string | Uint8Array;
  readonly target?: string;
  /** What the header says, where that is not the content's. */
  readonly claimedBytes?: number | Buffer;
  readonly uid?: number | Buffer;
  readonly mode?: number;
}

const octal = (value: number | Buffer, width: number): Buffer =>
  typeof value === 'number' ? Buffer.from(`${value.toString(8).padStart(width - 1, '0')}\0`) : value;

/** Archives of such entries, with the two empty blocks that end them. */
export function rawTar(entries: readonly RawTarEntry[]): Buffer {
  const parts = entries.flatMap((entry) => {
    const content = Buffer.from(entry.content ?? '');
    const block = Buffer.alloc(512);
    block.write(entry.path, 0, 100);
    octal(entry.mode ?? 0o644, 8).copy(block, 100);
    octal(entry.uid ?? 0, 8).copy(block, 108);
    octal(0, 8).copy(block, 116);
    octal(entry.claimedBytes ?? content.length, 12).copy(block, 124);
    octal(0, 12).copy(block, 136);
    block.write('        ', 148);
    block.write(entry.flag ?? '0', 156);
    block.write(entry.target ?? '', 157, 100);
    block.write('ustar\x0000', 257);
    let sum = 0;
    for (const byte of block) sum += byte;
    block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return [block, content, Buffer.alloc((512 - (content.length % 512)) % 512)];
  });
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

/** `LENGTH KEY=VALUE`, as a pax header's content. */
export function paxRecord(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  const length = rest + String(rest + String(rest).length).length;
  return `${length} ${key}=${value}\n`;
}
