import type { RuleText } from './rule-text.ts';

/** Of findings that documents give together, or the files around them. */
export const setTexts = {
  'near-miss-reference': {
    meaning: 'A name that is referred to is nearly, but not quite, one that a document beside it defines.',
    why: 'Azure ML looks for exactly this name, and finds nothing or something else.',
    remedy:
      'Write the name as the other document has it, or rename one of them if they are different things.',
  },
  'set-version': {
    meaning: 'A reference is to a version of an asset that the document beside it does not define.',
    why: 'The version that is registered from here is not the one that is used.',
    remedy: 'Refer to the version that is defined, or change the definition.',
  },
  'unknown-deployment': {
    meaning: 'An endpoint names a deployment that none of the documents beside it describes.',
    why: 'Traffic to a deployment that is not there is refused; it may be there already from elsewhere.',
    remedy: 'Correct the name, or check the documents together with the one that describes the deployment.',
  },
  'duplicate-name': {
    meaning: 'Two documents of one folder describe the same thing.',
    why: 'The one that is applied last wins; a second registration of one version is refused.',
    remedy: 'Give one of them another name or version, or keep variants in folders of their own.',
  },
  'lock-invalid': {
    meaning: 'The aml-deit.lock of the project cannot be read.',
    why: 'Documents cannot be held against what it pins.',
    remedy: 'Write it anew with aml-deit card lock.',
  },
  'file-unreadable': {
    meaning: 'A file or folder is there and cannot be read: it is not allowed, or it is a pipe or device.',
    why: 'What is in it was not checked; everything else was.',
    remedy: 'Allow reading it, rename it in UTF-8, or name the paths that are meant.',
  },
  'file-vanished': {
    meaning: 'A file was there when the run began and was gone when its turn came.',
    why: 'Nothing is said about it.',
    remedy: 'Run the check again when nothing else writes into the folder.',
  },
} as const satisfies Readonly<Record<string, RuleText>>;
