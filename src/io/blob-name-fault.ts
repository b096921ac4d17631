/** A blob's name has 1,024 at most, with the folders that the file is sent below. */
const maxPathCharacters = 800;

/**
 * Why a file of that path (with forward slashes) cannot be stored as a blob and come back under the same name; undefined
 * when it can. Clients turn a backslash into a slash, so that two files would become one; the service refuses control
 * characters, and may drop a dot at the end of a segment
 * (https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata).
 */
export function blobNameFault(path: string): string | undefined {
  if (path.includes('\\')) return 'its name has a backslash, which storage takes for a slash';
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  if (/[\u0000-\u001F\u007F-\u009F\uFFFE\uFFFF]/.test(path)) return 'its name has a control character';
  if (/\.(?:\/|$)/.test(path)) return 'a part of its path ends in a dot, which storage may drop';
  if (path.length > maxPathCharacters)
    return `its path has ${path.length} characters, of at most ${maxPathCharacters}`;
  return undefined;
}
