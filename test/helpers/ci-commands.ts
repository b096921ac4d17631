/** What CI services do with the output of a step: our own reading of their rules, for tests of injection. */

export interface CiCommand {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly data: string;
}

function unescape(text: string, table: readonly (readonly [string, string])[]): string {
  return table.reduce((result, [token, character]) => result.replaceAll(token, character), text);
}

const githubData = [
  ['%0D', '\r'],
  ['%0A', '\n'],
  ['%25', '%'],
] as const;
const githubProperty = [
  ['%0D', '\r'],
  ['%0A', '\n'],
  ['%3A', ':'],
  ['%2C', ','],
  ['%25', '%'],
] as const;

/** The commands that GitHub's runner takes from the output: `::name …::data` at a line's beginning, `##[name …]data` anywhere. */
export function githubCommands(output: string): CiCommand[] {
  return output.split(/\r\n|\n|\r/).flatMap((line) => {
    const [, info, data] = /^\s*::(.*?)::(.*)$/s.exec(line) ?? [];
    if (info !== undefined && data !== undefined) {
      const [name = ''] = info.split(' ', 1);
      const properties = info
        .slice(name.length + 1)
        .split(',')
        .filter((part) => part !== '')
        .map((part) => {
          const at = part.indexOf('=');
          return [part.slice(0, at), unescape(part.slice(at + 1), githubProperty)] as const;
        });
      return [{ name, properties: Object.fromEntries(properties), data: unescape(data, githubData) }];
    }
    const [, old] = /##\[([^\]]*)\]/.exec(line) ?? [];
    return old === undefined ? [] : [{ name: old, properties: {}, data: '' }];
  });
}

const azureData = [
  ['%0D', '\r'],
  ['%0A', '\n'],
  ['%AZP25', '%'],
] as const;
const azureProperty = [
  ['%3B', ';'],
  ['%0D', '\r'],
  ['%0A', '\n'],
  ['%5D', ']'],
  ['%AZP25', '%'],
] as const;

/** The commands that the agent of Azure Pipelines takes: the first `##vso[name …]data` of a line. */
export function azureCommands(output: string): CiCommand[] {
  return output.split(/\r\n|\n|\r/).flatMap((line) => {
    const [, name, list = '', data = ''] = /##vso\[([^ \]]*) ?([^\]]*)\](.*)$/i.exec(line) ?? [];
    if (name === undefined) return [];
    const properties = list
      .split(';')
      .filter((part) => part !== '')
      .map((part) => {
        const at = part.indexOf('=');
        return [part.slice(0, at), unescape(part.slice(at + 1), azureProperty)] as const;
      });
    return [{ name, properties: Object.fromEntries(properties), data: unescape(data, azureData) }];
  });
}
