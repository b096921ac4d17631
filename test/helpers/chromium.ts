import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const program = '/usr/bin/chromium';

/** Debian's package, installed where it is missing. */
async function installChromium(): Promise<void> {
  if (existsSync(program)) return;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = ['install', '--yes', '--no-install-recommends', 'chromium', 'fonts-dejavu-core'];
  await run('apt-get', ['update'], { env });
  await run('apt-get', install, { env, maxBuffer: 64 << 20 });
}

export interface PageView {
  /** What the page and the browser complained of. */
  readonly errors: readonly string[];
  /** Addresses that were asked for, the page's own and `data:` left out. */
  readonly requests: readonly string[];
  /** CSS pixels by which the document is wider than what is seen of it. */
  readonly sideways: number;
  /** What sticks out of the window although nothing scrolls it, by tag and text. */
  readonly overflowing: readonly string[];
  readonly text: string;
  readonly pdfBytes: number;
}

interface DevTools {
  send(method: string, params?: object): Promise<Record<string, unknown>>;
  readonly events: { readonly method: string; readonly params: Record<string, unknown> }[];
}

/** Opens a page in headless Chromium at a width, and prints it. No terminal, no window, no network is needed. */
export async function viewPage(url: string, width: number): Promise<PageView> {
  await installChromium();
  const profile = await mkdtemp(join(tmpdir(), 'aml-deit-chromium-'));
  const browser = spawn(
    program,
    [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--remote-debugging-port=0',
      `--user-data-dir=${profile}`,
      'about:blank',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const ended = new Promise((resolve) => browser.once('close', resolve));
  try {
    const browserUrl = await new Promise<string>((resolve, reject) => {
      let text = '';
      browser.once('error', reject);
      browser.once('close', () => reject(new Error(`chromium ended: ${text}`)));
      browser.stderr.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        const [, found] = /DevTools listening on (ws:\S+)/.exec(text) ?? [];
        if (found !== undefined) resolve(found);
      });
    });
    const list = await fetch(`${browserUrl.replace('ws:', 'http:').replace(/\/devtools.*/, '')}/json/list`);
    const [page] = (await list.json()) as { readonly type: string; readonly webSocketDebuggerUrl: string }[];
    return await inspect(await connect(page?.webSocketDebuggerUrl ?? ''), url, width);
  } finally {
    browser.kill('SIGKILL');
    await ended;
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

interface Reply {
  readonly result?: Record<string, unknown>;
  readonly error?: object;
}

async function connect(address: string): Promise<DevTools> {
  const socket = new WebSocket(address);
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', () => reject(new Error(`no connection to ${address}`)));
  });
  const events: DevTools['events'] = [];
  const waiting = new Map<number, (message: Reply) => void>();
  let last = 0;
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as Reply & {
      readonly id?: number;
      readonly method?: string;
      readonly params?: Record<string, unknown>;
    };
    if (message.id === undefined) events.push({ method: message.method ?? '', params: message.params ?? {} });
    else waiting.get(message.id)?.(message);
  });
  return {
    events,
    send: (method, params = {}) =>
      new Promise((resolve, reject) => {
        last += 1;
        waiting.set(last, ({ result, error }) =>
          result === undefined ? reject(new Error(JSON.stringify(error))) : resolve(result),
        );
        socket.send(JSON.stringify({ id: last, method, params }));
      }),
  };
}

const measure = `JSON.stringify({
  sideways: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  text: document.body.innerText,
  overflowing: [...document.querySelectorAll('body *')]
    .filter((element) => element.getBoundingClientRect().right > window.innerWidth + 1 && element.closest('.scroll') === null)
    .map((element) => element.tagName + ' ' + element.textContent.slice(0, 60)),
})`;

async function inspect(tools: DevTools, url: string, width: number): Promise<PageView> {
  for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await tools.send(`${domain}.enable`);
  await tools.send('Emulation.setDeviceMetricsOverride', {
    width,
    height: 844,
    deviceScaleFactor: 1,
    mobile: width < 600,
  });
  await tools.send('Page.navigate', { url });
  while (!tools.events.some(({ method }) => method === 'Page.loadEventFired'))
    await new Promise((resolve) => setTimeout(resolve, 20));
  const { result } = (await tools.send('Runtime.evaluate', { expression: measure })) as {
    readonly result: { readonly value: string };
  };
  const { data } = (await tools.send('Page.printToPDF', { printBackground: true })) as {
    readonly data: string;
  };
  const of = (name: string) =>
    tools.events.filter(({ method }) => method === name).map(({ params }) => params);
  const errors = [
    ...of('Runtime.exceptionThrown').map((params) => JSON.stringify(params)),
    ...of('Runtime.consoleAPICalled').map((params) => JSON.stringify(params)),
    ...of('Log.entryAdded').map((params) => JSON.stringify(params)),
    ...of('Network.loadingFailed').map((params) => JSON.stringify(params)),
  ];
  const requests = of('Network.requestWillBeSent')
    .map((params) => (params['request'] as { readonly url: string }).url)
    .filter((address) => address !== url && !address.startsWith('data:'));
  return {
    ...(JSON.parse(result.value) as Pick<PageView, 'sideways' | 'overflowing' | 'text'>),
    errors,
    requests,
    pdfBytes: Buffer.from(data, 'base64').length,
  };
}
