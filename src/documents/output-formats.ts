/** In a file of its own: the command line names them before anything of a document is loaded. */
export const outputFormats = ['text', 'json', 'sarif', 'junit', 'github', 'azure'] as const;

export type OutputFormat = (typeof outputFormats)[number];
