/**
 * The blob store behind the twin's datastores: Azurite's blob server, as a process of its own. It is tied to the twin
 * by IPC: when the channel closes, however the twin ended, it saves its database and exits.
 */
import { join } from 'node:path';

interface BlobServer {
  start(): Promise<void>;
  close(): Promise<void>;
  getHttpServerAddress(): string;
}

type BlobServerClass = new (configuration: object) => BlobServer;
type BlobConfigurationClass = new (...parameters: readonly unknown[]) => object;

/** Azurite ships no types, and its classes are the `default` of CommonJS modules. */
async function importDefault<T>(specifier: string): Promise<T> {
  const module = (await import(specifier)) as { default: { default: T } };
  return module.default.default;
}

async function main(): Promise<void> {
  const directory = process.env['AML_DEIT_AZURITE_DIRECTORY'] ?? '';
  const BlobServer = await importDefault<BlobServerClass>('azurite/dist/src/blob/BlobServer.js');
  const BlobConfiguration = await importDefault<BlobConfigurationClass>(
    'azurite/dist/src/blob/BlobConfiguration.js',
  );
  // Telemetry starts only where Azurite's own entry calls its init, which this one does not.
  const configuration = new BlobConfiguration(
    '127.0.0.1',
    0,
    5,
    join(directory, 'blobs.json'),
    join(directory, 'extents.json'),
    [{ locationId: 'Default', locationPath: join(directory, 'extents'), maxConcurrency: 50 }],
    false, // access log
    undefined,
    false, // debug log
    undefined,
    false, // loose
    true, // skipApiVersionCheck: clients send versions newer than it knows
    '',
    '',
    '',
    undefined, // bearer tokens are checked by the twin's proxy
    false, // production-style host names
  );
  const server = new BlobServer(configuration);
  await server.start();

  let closing = false;
  const close = async (): Promise<void> => {
    if (closing) return;
    closing = true;
    await server.close();
    process.exit(0);
  };
  const closeOrFail = (): void => {
    close().catch(() => process.exit(1));
  };
  process.on('disconnect', closeOrFail);
  process.on('message', (message: { type?: string }) => {
    if (message.type === 'shutdown') closeOrFail();
  });
  // The terminal's Ctrl-C reaches the whole group: the twin decides when its children end.
  process.on('SIGINT', () => undefined);
  const port = Number(new URL(server.getHttpServerAddress()).port);
  process.send?.({ type: 'listening', port });
}

main().catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  process.send?.({ type: 'failed', message }, () => process.exit(1));
});
