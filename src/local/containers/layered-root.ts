/**
 * Shell that makes `rootfs` of the working directory a copy-on-write view of an image's files: what is written goes to
 * `layer`, on the disk, or in memory where that file system cannot hold such a layer. Run in a mount namespace of its own,
 * it needs no undoing. `lower` is a word of the shell, relative, because the options have characters of their own.
 */
export function layeredRootScript(lower: string): string {
  const overlay = `mkdir -p layer/upper layer/work && mount -t overlay overlay -o lowerdir=${lower},upperdir=layer/upper,workdir=layer/work rootfs`;
  return `{ { ${overlay}; } 2>/dev/null || { mount -t tmpfs tmpfs layer && ${overlay}; }; }`;
}
