/** Endings of files that lie beside pictures and are none. Whatever else there is counts as a picture: nothing is lost by its name. */
const otherEndings = new Set(
  (
    'txt csv tsv json jsonl ndjson md yml yaml xml html htm pdf log py ipynb js ts sh ini cfg toml lock ' +
    'mp4 mov avi mkv zip tar gz tgz bz2 xz 7z parquet npy npz pkl pt onnx safetensors db sqlite partial journal'
  ).split(' '),
);
const otherNames = new Set(['thumbs.db', 'desktop.ini', 'mltable', 'readme', 'license', 'makefile']);

/** Why a file is not scored, from its name alone; undefined for one that is. */
export function otherThanPicture(name: Buffer): 'hidden' | 'no-picture-by-name' | undefined {
  const text = name.toString('latin1').toLowerCase();
  if (text.startsWith('.')) return 'hidden';
  const dot = text.lastIndexOf('.');
  const isOther = otherNames.has(text) || (dot > 0 && otherEndings.has(text.slice(dot + 1)));
  return isOther ? 'no-picture-by-name' : undefined;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What {@link rowId} makes of bytes that are no UTF-8. */
const escapedByte = /\\x[0-9A-F]{2}/;

/**
 * What a path's row is named: the path itself, wherever that cannot be taken for another one. Bytes that are no UTF-8
 * become `\xE9`; in such a path, and in one whose own text looks like that, each backslash of its own is two. The second
 * member holds the path's bytes, as base64, where the name is not the path.
 */
export function rowId(path: Buffer): { readonly id: string; readonly idBytes?: string } {
  const isText = pathText(path).bytes === undefined;
  const own = path.toString(isText ? 'utf8' : 'latin1');
  if (isText && !escapedByte.test(own)) return { id: own };
  const doubled = own.replaceAll('\\', '\\\\');
  return { id: isText ? doubled : withEscapes(doubled), idBytes: path.toString('base64') };
}

function withEscapes(latin1: string): string {
  return latin1.replaceAll(
    /[\u0080-\u00FF]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** A path as text. Bytes that are no UTF-8 become `\xE9`, and the second member holds what they are. */
export function pathText(bytes: Buffer): { readonly text: string; readonly bytes?: string } {
  try {
    return { text: decoder.decode(bytes) };
  } catch {
    return { text: withEscapes(bytes.toString('latin1')), bytes: bytes.toString('base64') };
  }
}
