import { dirname, resolve } from 'node:path';
import { AmlDeitError } from '../../errors/index.ts';
import { silentHost } from '../../io/index.ts';
import type { ActionContext } from '../../io/index.ts';

export interface CheckPipelineOptions extends ActionContext {
  /** Where the document is, or would be: its relative paths are meant from there. */
  readonly file: string;
  readonly asOf?: Date;
}

/**
 * Holds a pipeline's document, as it is about to be submitted, against schema and rules, its component's interface and
 * the combinations of settings that are known to go wrong among them. Warnings go to the host.
 * Throws DOCUMENT_INVALID with every error.
 */
export async function checkPipeline(document: object, options: CheckPipelineOptions): Promise<void> {
  const { validateDocuments } = await import('../validate-documents.ts');
  const { findings } = await validateDocuments({
    paths: ['-'],
    // JSON is YAML.
    stdin: () => Promise.resolve(Buffer.from(JSON.stringify(document, null, 2))),
    workingDirectory: dirname(resolve(options.file)),
    complete: true,
    kind: 'pipelineJob',
    ...(options.asOf === undefined ? {} : { asOf: options.asOf }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const host = options.host ?? silentHost;
  const told = ({ pointer, message }: { readonly pointer: string; readonly message: string }): string => {
    const place = pointer.replace(/^\//, '').replaceAll('/', '.');
    return message.startsWith(place) ? message : `${place}: ${message}`;
  };
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.length > 0)
    throw new AmlDeitError('DOCUMENT_INVALID', errors.map(told).join('; '), {
      hint: `\`aml-deit explain ${errors[0]?.code ?? ''}\` says more`,
      details: { findings: errors },
    });
  for (const finding of findings)
    if (finding.severity === 'warning')
      host.message({ code: finding.code, level: 'warning', text: told(finding) });
}
