import type { ServerResponse } from 'node:http';

/** The codes of the OCI distribution specification that the twin's registry answers with. */
export type RegistryCode =
  | 'BLOB_UNKNOWN'
  | 'BLOB_UPLOAD_INVALID'
  | 'BLOB_UPLOAD_UNKNOWN'
  | 'DIGEST_INVALID'
  | 'MANIFEST_BLOB_UNKNOWN'
  | 'MANIFEST_INVALID'
  | 'MANIFEST_UNKNOWN'
  | 'NAME_INVALID'
  | 'UNAUTHORIZED'
  | 'UNSUPPORTED';

/** Thrown by whatever answers a registry request. */
export class RegistryRefusal extends Error {
  override readonly name = 'RegistryRefusal';
  readonly status: number;
  readonly code: RegistryCode;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: RegistryCode,
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

export function replyJson(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(bytes.length),
    'x-content-type-options': 'nosniff',
    ...headers,
  });
  response.end(bytes);
}

export function replyRefusal(response: ServerResponse, refusal: RegistryRefusal): void {
  const { code, message, headers, status } = refusal;
  replyJson(response, status, { errors: [{ code, message }] }, headers);
}
