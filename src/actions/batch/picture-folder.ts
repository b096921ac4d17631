import { AmlDeitError } from '../../errors/index.ts';
import { blobNameFault, printableLine } from '../../io/index.ts';
import { pathText } from '../../serving/batch/picture-names.ts';
import { walkPictures } from '../../serving/batch/walk-pictures.ts';

export interface PictureFolder {
  /** Paths below the folder of what is scored, as the scorer would find it there. */
  readonly paths: readonly string[];
  /** What is left out, by why. */
  readonly skipped: Readonly<Record<string, number>>;
}

/**
 * The pictures of a local folder. Throws FILE_NOT_FOUND, FILE_UNREADABLE: for a folder that may not be listed, and for a
 * name that no blob can have.
 */
export async function listPictureFolder(directory: string, signal?: AbortSignal): Promise<PictureFolder> {
  const seen = { items: 0, skipped: {} };
  const paths: string[] = [];
  for await (const path of walkPictures(directory, { seen, signal })) {
    const { text, bytes } = pathText(path);
    const fault = bytes === undefined ? blobNameFault(text) : 'its name is no UTF-8';
    if (fault !== undefined)
      throw new AmlDeitError('FILE_UNREADABLE', `${printableLine(text)} cannot be sent: ${fault}`, {
        hint: 'rename it; aml-deit score takes it as it is',
      });
    paths.push(text);
  }
  return { paths, skipped: seen.skipped };
}
