/**
 * Whether a value is, or holds, something that is filled in before the document is used: `<NAME>`, `{{NAME}}`,
 * `${NAME}`, `$(NAME)`, `#{NAME}#`. Expressions of Azure ML, `${{parent.inputs.x}}`, are none.
 */
export function hasPlaceholder(text: string): boolean {
  return (
    /<[A-Za-z][\w .-]*>|(?<!\$)\{\{[^{}]*\}\}|\$\{\w+\}|\$\(\w[\w.]*\)|#\{\s*\w[\w.-]*\s*\}#?/.test(text) ||
    // In a command these are the shell's, in a path a name of any kind.
    (isWholeOrReference.test(text) && shellForm.test(text))
  );
}

/** `$NAME`, `%NAME%`, `__NAME__`, and the expressions of pipelines of CI services. */
const shellForm =
  /\$[A-Za-z_]\w*|%[A-Za-z_]\w*%|__[A-Z](?:_?[A-Z0-9])*__|\$\{\{\s*(?:variables|vars|env|secrets|github|matrix)[.[][^{}]*\}\}/;

/** An asset's reference, or nothing but the one form. */
const isWholeOrReference = new RegExp(`^(?:azureml:|(?:${shellForm.source})$)`);
