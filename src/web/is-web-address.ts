/** True for a text that means a web address, not a picture or a file. */
export function isWebAddress(text: string): boolean {
  return /^\s*https?:\/\//i.test(text.slice(0, 100));
}
