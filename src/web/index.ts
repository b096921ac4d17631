export { fetchFile } from './fetch-file.ts';
export { isWebAddress } from './is-web-address.ts';
export { pictureFetcher } from './picture-fetcher.ts';
export type { PictureFetcher } from './picture-fetcher.ts';
export { parseUrlPolicy, urlPolicyVariable } from './url-policy.ts';
export type { UrlPolicy } from './url-policy.ts';
