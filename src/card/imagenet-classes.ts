import classes from './imagenet-classes.json' with { type: 'json' };

/** WordNet id to label of the 1,000 classes of ImageNet, in the order of the model's logits. Loaded only when needed. */
export const imagenetClasses: Readonly<Record<string, string>> = classes;
