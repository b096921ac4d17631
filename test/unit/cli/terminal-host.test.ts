import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { terminalHost } from '../../../src/cli/terminal-host.ts';

/** A terminal of a given width, as far as the host looks at it. */
function terminal(columns: number): { readonly stream: NodeJS.WriteStream; readonly text: () => string } {
  const stream = new PassThrough().setEncoding('utf8');
  let text = '';
  stream.on('data', (part: string) => (text += part));
  const nothing = (): boolean => true;
  return {
    stream: Object.assign(stream, {
      isTTY: true,
      columns,
      moveCursor: nothing,
      cursorTo: nothing,
      clearScreenDown: nothing,
    }) as unknown as NodeJS.WriteStream,
    text: () => text,
  };
}

const text = 'upload the model package to the workspace of the twin';

describe('progress on a terminal', () => {
  it.each([
    [0, `· ${text}\n`],
    [30, `· ${text.slice(0, 27)}\n`],
  ])('of %i columns is cut to what it can show', async (columns, shown) => {
    const { stream, text: written } = terminal(columns);
    terminalHost(stream).progress({ id: 'a', text, state: 'running' });
    await expect.poll(written).toBe(shown);
  });

  it('shows no control characters of others', async () => {
    const { stream, text: written } = terminal(80);
    terminalHost(stream).message({ code: 'x', level: 'warning', text: 'a\u001b[2Jb' });
    await expect.poll(written).toBe('warning: a\uFFFD[2Jb\n');
  });
});
