/** `44.6 MB`, in powers of ten as registries and package sizes are given. */
export function formatMegabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
