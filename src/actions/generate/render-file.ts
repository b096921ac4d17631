import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TemplateInput } from '../../documents/index.ts';
import { packageRoot } from '../../io/index.ts';
import type { GenerateOptions } from './generate-options.ts';
import type { RenderedFile } from './publish-files.ts';

export interface RenderRequest extends TemplateInput {
  /** Path below `templates/`. */
  readonly template: string;
  /** Name of the file that comes of it. */
  readonly name: string;
  /** Our schema of the kind, without `.schema.json`; for the editor's comment. */
  readonly schema?: string;
}

/** One of our templates, filled in. */
export async function renderFile(request: RenderRequest, options: GenerateOptions): Promise<RenderedFile> {
  const { renderTemplate } = await import('../../documents/index.ts');
  const template = await readFile(join(packageRoot(), 'templates', ...request.template.split('/')), 'utf8');
  const content = renderTemplate(template, request);
  const { editorSchemas } = options;
  if (editorSchemas === undefined || request.schema === undefined) return { name: request.name, content };
  const schema = `${editorSchemas.replace(/\/+$/, '')}/${request.schema}.schema.json`;
  return { name: request.name, content: `# yaml-language-server: $schema=${schema}\n${content}` };
}
