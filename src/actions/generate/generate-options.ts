import type { ActionContext } from '../../io/index.ts';
import type { GeneratedFile } from './publish-files.ts';

/** What all that generate has in common. */
export interface GenerateOptions extends ActionContext {
  /** Folder of the files; the current one by default. Made if there is none. */
  readonly out?: string;
  /** Replace files that are there with other content. */
  readonly force?: boolean;
  /** Write nothing; the result says what would happen, with the differences. */
  readonly dryRun?: boolean;
  /**
   * Folder of aml-deit's JSON Schemas, as seen from the files: each file then begins with the comment that tells
   * editors. `../node_modules/aml-deit/schemas`, for example.
   */
  readonly editorSchemas?: string;
  /** The day by which VM sizes are judged; today by default. */
  readonly asOf?: Date;
}

export interface GenerateResult {
  /** Whether a file was written, or would be. */
  readonly changed: boolean;
  readonly files: readonly GeneratedFile[];
}

/** How a model is served: by our scoring image with a model package, or by the registry's MLflow model. */
export type Serving = 'container' | 'registry';

/** One label for each picture, or any number of them. */
export type ImageTask = 'multiclass' | 'multilabel';

/** The component's names of the tasks. */
export const taskNames = {
  multiclass: 'image-classification',
  multilabel: 'image-classification-multilabel',
} as const satisfies Record<ImageTask, string>;
