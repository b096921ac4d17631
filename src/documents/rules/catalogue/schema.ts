import type { RuleText } from './rule-text.ts';

export const schemaTexts = {
  'wrong-type': {
    meaning: 'A value is of another type than its key takes.',
    why: 'Azure ML refuses the document. Unquoted YAML 1.1 scalars are what they look like: 1.0 is a number, yes a boolean.',
    remedy: 'Quote what is text; unquote numbers and booleans.',
  },
  'empty-value': {
    meaning: 'A key has no value.',
    why: 'Azure ML refuses an empty value where it would have taken the key being left out.',
    remedy: 'Give it a value or leave the key out.',
  },
  'invalid-value': {
    meaning: 'A value is none of those that its key takes.',
    why: 'Azure ML refuses it.',
    remedy: 'Use one of the values that the message lists.',
  },
  'invalid-name': {
    meaning: 'A name breaks the rule for names of its kind.',
    why: 'Names become parts of host names and URLs; the service refuses others.',
    remedy: 'Follow the rule in the message.',
  },
  'invalid-reference': {
    meaning: 'A reference to an asset is not written as Azure ML reads references.',
    why: 'Text without the prefix azureml: is refused, or taken for a path.',
    remedy: 'Write azureml:NAME:VERSION, azureml:NAME@latest or azureml://registries/….',
  },
  'out-of-range': {
    meaning: 'A number is smaller or larger than the service takes.',
    why: 'The service refuses it.',
    remedy: 'Use a number within the limit that the message names.',
  },
  'unknown-key': {
    meaning: 'A key is none that this kind of document has.',
    why: 'Azure ML refuses unknown keys, or ignores what was meant.',
    remedy: 'Correct its spelling or remove it.',
  },
  'missing-key': {
    meaning: 'A key that is required is not there.',
    why: 'Azure ML refuses the document.',
    remedy: 'Add the key.',
  },
  'may-be-supplied': {
    meaning: 'A key that Azure ML requires is not there; a command line may supply it.',
    why: 'Documents are often completed by flags or by --set, so this is no error.',
    remedy: 'Add the key if nothing supplies it; check with --complete where nothing does.',
  },
  'number-truncated': {
    meaning: 'A number with a fraction stands where a whole number is read.',
    why: 'Azure ML cuts the fraction off without a word.',
    remedy: 'Write the whole number that is meant.',
  },
  'value-becomes-text': {
    meaning: 'A value is turned to text, and the text is not what stands in the file.',
    why: 'Tags, properties and environment variables are texts: true becomes True, 010 becomes 8.',
    remedy: 'Quote the value.',
  },
  placeholder: {
    meaning: 'A value is to be filled in before the document is used: <NAME>, {{NAME}}, ${NAME}.',
    why: 'As it stands the value is none that Azure ML takes; what it becomes is not known, so nothing else is said about it.',
    remedy: 'Check the document that the template gives.',
  },
  'yaml-reading': {
    meaning: 'Azure ML reads the value as YAML 1.1 does, and most other tools read it differently.',
    why: 'yes and no are booleans, 010 is 8, 12:30 is 750, and 2e-5, which lacks a dot, is text.',
    remedy:
      'Write what all read alike: quote what is text, write true, 2.0e-5, or a number in plain decimals.',
    source: 'https://yaml.org/type/',
  },
  'not-checked': {
    meaning: 'The document is of a kind that Azure ML has and aml-deit does not check.',
    why: 'Nothing is said about it: it may be right or wrong.',
    remedy: 'Nothing, or check it with az ml … validate.',
  },
  'unknown-kind': {
    meaning: 'The file was named, and it is no document of Azure ML that aml-deit knows.',
    why: 'Nothing was checked. In a folder such a file is passed over without a word.',
    remedy: 'Add the $schema of the kind that it is, or name the kind with --kind.',
  },
  'schema-mismatch': {
    meaning: 'The $schema names another kind than the document is.',
    why: 'Azure ML ignores $schema, so the document works; editors check it against the wrong schema.',
    remedy: 'Name the schema of the kind that the document is.',
  },
} as const satisfies Readonly<Record<string, RuleText>>;
