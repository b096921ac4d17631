import type { FolderContent } from '../../io/index.ts';
import { otherThanPicture } from '../../serving/batch/picture-names.ts';

/** What a folder has that is scored. */
export function picturePaths({ files }: FolderContent): string[] {
  return files
    .map(({ path }) => path)
    .filter((path) => {
      const names = path.split('/');
      const isHidden = names.some((name) => name.startsWith('.'));
      return !isHidden && otherThanPicture(Buffer.from(names.at(-1) ?? '')) === undefined;
    });
}
