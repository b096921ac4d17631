import { parseBoundedJson } from './parse-bounded-json.ts';

/**
 * The query of a GET as the body of a POST: each value is JSON if it can be, else the text itself, and a name that comes
 * again makes a list. `?input_data=https://example.com/a.jpg&params={"top_k":3}`.
 */
export function queryAsBody(url: string): Readonly<Record<string, unknown>> {
  // What comes after a second question mark belongs to an address that was not encoded.
  const query = new URLSearchParams(url.slice(url.indexOf('?') + 1));
  const names = new Set(query.keys());
  return Object.fromEntries(
    Array.from(names, (name) => {
      const values = query.getAll(name).map(parse);
      return [name, values.length === 1 ? values[0] : values];
    }),
  );
}

function parse(text: string): unknown {
  try {
    return parseBoundedJson(Buffer.from(text));
  } catch {
    return text;
  }
}
