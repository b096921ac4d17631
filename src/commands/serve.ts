import { boolean, integer, option, string } from '@oclif/core/flags';
import { BaseCommand } from '../cli/base-command.ts';
import { supervisorSignal } from '../cli/supervisor-signal.ts';
import { AmlDeitError } from '../errors/index.ts';

export default class Serve extends BaseCommand {
  static override summary = 'Serve a model package over HTTP: what the scoring container runs.';
  static override description =
    "The card's request and response at /score, liveness at /, readiness at /ready, also /swagger.json and /metrics; " +
    'the environment is read as docs/scoring.md says. The log is JSON lines on stdout, so there is no --json. ' +
    'SIGTERM drains it. Exit code 3 when the model cannot be loaded.';
  static override examples = [
    '<%= config.bin %> serve --model my-package',
    '<%= config.bin %> serve --host 0.0.0.0',
  ];
  static override baseFlags = { json: boolean({ hidden: true }) };
  static override flags = {
    model: string({ description: 'model package, or a folder above one; AZUREML_MODEL_DIR by default' }),
    port: integer({
      min: 0,
      max: 65_535,
      description: 'SERVER_PORT or else 5001 by default; 0 takes any free port',
    }),
    host: string({ default: '127.0.0.1', description: 'address to listen on; a container needs 0.0.0.0' }),
    threads: integer({
      min: 1,
      description: 'threads of one batch; what the machine or container allows by default',
    }),
    provider: option({
      options: ['auto', 'cpu', 'cuda'] as const,
      default: 'auto' as const,
      description:
        'what computes; auto is the GPU where there is one. A GPU that cannot be used is a warning',
    })(),
    'max-body-bytes': integer({ min: 1024, description: 'largest request body; 32 MiB by default' }),
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(Serve);
    if (flags.json) {
      throw new AmlDeitError('USAGE', 'serve prints its log as JSON lines, not one document', {
        hint: 'leave --json out',
      });
    }
    const { serveModel } = await import('../actions/serve-model.ts');
    await serveModel({
      ...(flags.port === undefined ? {} : { port: flags.port }),
      address: flags.host,
      provider: flags.provider,
      ...(flags.model === undefined ? {} : { model: flags.model }),
      ...(flags.threads === undefined ? {} : { threads: flags.threads }),
      ...(flags['max-body-bytes'] === undefined ? {} : { maxBodyBytes: flags['max-body-bytes'] }),
      signal: supervisorSignal(this.signal),
      // The platform collects stdout, so the log is the command's output.
      log: (record) =>
        process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), ...record })}\n`),
      onListening: (port) => process.send?.({ type: 'listening', port }),
    });
  }
}
