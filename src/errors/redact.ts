/**
 * Takes secrets out of text before it can reach an error, a log or a terminal:
 * bearer tokens, JWTs, SAS signatures, account keys and `key=`-like members.
 */

const replacements: readonly (readonly [RegExp, string])[] = [
  [/\b(Bearer|SharedKey)\s+[A-Za-z0-9._~+/=:-]{8,}/gi, '$1 <redacted>'],
  [/\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)?/g, '<redacted token>'],
  [/([?&;]|\b)(sig|signature)=[^&\s"'<>]+/gi, '$1$2=<redacted>'],
  [/\b(AccountKey|SharedAccessSignature|client_secret|password)=[^;&\s"']+/gi, '$1=<redacted>'],
  [
    /("(?:primaryKey|secondaryKey|keyValue|key|sasToken|sasUri|accessToken|access_token|refresh_token|client_secret|password)"\s*:\s*")(?:[^"\\]|\\.)*"/g,
    '$1<redacted>"',
  ],
  [
    /(["']?\b(?:x-identity-header|authorization)["']?\s*[:=]\s*["']?)(?!Bearer|SharedKey)[^\s"',}]+/gi,
    '$1<redacted>',
  ],
];

export function redact(text: string): string {
  let result = text;
  for (const [pattern, replacement] of replacements) result = result.replace(pattern, replacement);
  return result;
}

/** The same for any JSON-like value; strings inside are redacted, members with a secret's name replaced. */
export function redactValue(value: unknown): unknown {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map(redactValue);
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [
        key,
        typeof member === 'string' && secretNames.test(key) ? '<redacted>' : redactValue(member),
      ]),
    );
  }
  return value;
}

const secretNames =
  /^(?:primaryKey|secondaryKey|keyValue|accountKey|sasToken|sasUri|accessToken|access_token|refresh_token|client_secret|password|authorization|x-identity-header)$/i;
