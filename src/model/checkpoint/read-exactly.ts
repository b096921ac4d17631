import type { FileHandle } from 'node:fs/promises';
import { AmlDeitError } from '../../errors/index.ts';

/** Fills `target` from `position` on. @throws CHECKPOINT_INVALID when the file ends before that. */
export async function readExactly(
  handle: FileHandle,
  target: Uint8Array,
  position: number,
  file: string,
): Promise<void> {
  let done = 0;
  while (done < target.byteLength) {
    const { bytesRead } = await handle.read(target, done, target.byteLength - done, position + done);
    if (bytesRead === 0) {
      throw new AmlDeitError(
        'CHECKPOINT_INVALID',
        `${file} is truncated: it ends at byte ${position + done}`,
        {
          details: { file },
        },
      );
    }
    done += bytesRead;
  }
}
