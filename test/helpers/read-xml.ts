export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** The text directly inside. */
  readonly text: string;
}

interface OpenElement extends XmlElement {
  readonly children: XmlElement[];
  text: string;
}

const token =
  // eslint-disable-next-line no-control-regex
  /<\?xml [^?]*\?>|<\/([\w-]+)>|<([\w-]+)((?: [\w-]+="[^"<\u0000-\u0008\t\n\r]*")*)(\/?)>|([^<]+)/gy;

/** A strict reader of the XML that our own writer writes; throws on anything that is not well-formed. */
export function readXml(text: string): XmlElement {
  const root: OpenElement = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  let end = 0;
  token.lastIndex = 0;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    end = token.lastIndex;
    const [, closing, name, attributes = '', selfClosing, content] = match;
    const parent = open.at(-1) ?? root;
    if (content !== undefined) parent.text += decode(content);
    if (name !== undefined) {
      const element: OpenElement = { name, attributes: readAttributes(attributes), children: [], text: '' };
      parent.children.push(element);
      if (selfClosing === '') open.push(element);
    }
    if (closing !== undefined && open.pop()?.name !== closing) throw new Error(`unexpected </${closing}>`);
  }
  if (end !== text.length) throw new Error(`not well-formed at ${end}: ${text.slice(end, end + 80)}`);
  const [element] = root.children;
  if (open.length !== 1 || element === undefined) throw new Error('an element is not closed');
  return element;
}

function readAttributes(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, decode(value)]),
  );
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decode(text: string): string {
  // eslint-disable-next-line no-control-regex
  const invalid = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/.exec(text);
  if (invalid !== null) throw new Error('a character that XML does not have');
  return text.replaceAll(/&(#?)(\w*);?/g, (whole, number: string, name: string) => {
    const character = number === '#' ? String.fromCodePoint(Number(name)) : entities[name];
    if (character === undefined || !whole.endsWith(';')) throw new Error(`no entity: ${whole}`);
    return character;
  });
}
