import type { RuleText } from './rule-text.ts';

export const yamlTexts = {
  'yaml-syntax': {
    meaning: 'The file is no YAML that Azure ML can read.',
    why: 'Azure ML reads YAML 1.1; nothing else in the file was looked at.',
    remedy:
      'Mend what the message names. Tabs indent nothing in YAML; unclosed quotes and brackets are found at the end of the file.',
  },
  'yaml-empty': {
    meaning: 'The file holds no document: it is empty or has nothing but comments.',
    why: 'Azure ML refuses an empty file.',
    remedy: 'Write the document, or do not name the file.',
  },
  'yaml-encoding': {
    meaning: 'The file is not UTF-8.',
    why: "Azure ML's loader opens documents as UTF-8, with or without byte order mark; UTF-16 and Latin-1 end there with an error.",
    remedy: 'Save the file as UTF-8.',
  },
  'yaml-too-large': {
    meaning: 'The file is too large, or stands for too much once its aliases are followed.',
    why: 'No document of Azure ML is of this size; reading it would take time and memory without end.',
    remedy: 'Name the document that is meant; write out what the aliases repeat.',
  },
  'yaml-several-documents': {
    meaning: 'The file holds more than one YAML document.',
    why: 'Azure ML reads one document from a file and refuses the rest.',
    remedy: 'Put each document into a file of its own.',
  },
  'yaml-alias': {
    meaning: 'An alias (*name) has no anchor (&name) before it, or stands inside its own anchor.',
    why: 'Azure ML cannot read the file.',
    remedy: 'Define the anchor first, or write the value out.',
  },
  'yaml-merge': {
    meaning: 'A merge key (<<) has something else than a mapping or a list of mappings.',
    why: 'Azure ML cannot read the file.',
    remedy: 'Merge an alias of a mapping, or quote the key if it is meant as text.',
  },
  'yaml-tag': {
    meaning: 'A tag (!name) is unknown or does not fit the value.',
    why: 'Azure ML knows the standard tags alone, such as !!str and !!int.',
    remedy: 'Leave the tag out, or use a standard one.',
  },
  'yaml-key': {
    meaning: 'A key is a list or a mapping.',
    why: 'Azure ML takes text as keys.',
    remedy:
      'Write text as the key; a value in double braces is a template that must be filled in, or quoted, first.',
  },
  'yaml-duplicate-key': {
    meaning: 'A key is there twice in one mapping.',
    why: 'Azure ML takes the last one without a word; what stands first has no effect.',
    remedy: 'Remove the one that is not meant.',
  },
} as const satisfies Readonly<Record<string, RuleText>>;
