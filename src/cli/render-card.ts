import type { Card, MinimumSpec, SkuTask } from '../card/index.ts';

const taskWords: readonly (readonly [SkuTask, string])[] = [
  ['inference', 'Inference'],
  ['finetune', 'Fine-tuning'],
  ['evaluation', 'Evaluation'],
];

/** The card for people. */
export function renderCard(card: Card): string {
  const { figures } = card;
  const facts: readonly (readonly [string, string])[] = [
    ['id', card.id],
    ['studio', card.studioUrl],
    ['hugging face', card.huggingFaceModelId],
    ['author', card.author],
    ['license', card.license],
    ['sha', card.sha],
    ['task', `${card.task} (fine-tuning: ${card.properties['finetuning-tasks']})`],
    [
      'trained on',
      `${card.trainingDataset}, ${figures.classes} classes, ${figures.imageSize} x ${figures.imageSize}`,
    ],
    [
      'stated accuracy',
      `top-1 ${figures.top1Percent} %, top-5 ${figures.top5Percent} % on ${figures.dataset}`,
    ],
    ['fine-tune defaults', quotedPairs(card.finetuneDefaults)],
    ['shared capacity', card.properties.SharedComputeCapacityEnabled],
  ];
  const width = Math.max(...facts.map(([name]) => name.length));
  return [
    `${card.name}, version ${card.version}${'Preview' in card.tags ? ' (preview)' : ''}`,
    '',
    ...facts.map(([name, value]) => `${name.padEnd(width)}  ${value}`),
    '',
    ...card.wireFormats.flatMap((format) => [
      `Request and response of version ${format.modelVersions}`,
      `  request   ${JSON.stringify(format.request)}`,
      `  response  ${JSON.stringify(format.response)}`,
      `  images    ${format.images}`,
      `  answer    ${format.answer}`,
      '',
    ]),
    `Preprocessing: the card states '${card.preprocessing.stated}', the checkpoint carries '${card.preprocessing.used}'`,
    ...Object.entries(card.preprocessing.profiles).map(
      ([name, profile]) =>
        `  ${name.padEnd(10)}  ${describeResize(profile.resize)} ${profile.resample}, ${
          profile.crop === null ? 'no crop' : `centre crop ${profile.crop.height} x ${profile.crop.width}`
        }, mean ${profile.mean.join(' ')}, std ${profile.std.join(' ')}`,
    ),
    '',
    ...taskWords.map(
      ([task, words]) =>
        `${words}: at least ${describeMinimum(card.minimumSpecs[task])}; ${card.allowLists[task].length} sizes\n${wrap(card.allowLists[task])}\n`,
    ),
  ]
    .join('\n')
    .trimEnd();
}

function describeMinimum(minimum: MinimumSpec): string {
  const gpus = minimum.gpus === 0 ? 'no GPU' : `${minimum.gpus} GPU`;
  return `${minimum.vcpus} vCPU, ${gpus}, ${minimum.memoryGiB} GiB memory, ${minimum.tempDiskGiB} GiB temporary disk`;
}

function describeResize(resize: Card['preprocessing']['profiles'][string]['resize']): string {
  return resize.size === undefined
    ? `to ${resize.height ?? 0} x ${resize.width ?? 0}`
    : `short side to ${resize.size}`;
}

function quotedPairs(pairs: Readonly<Record<string, string>>): string {
  return Object.entries(pairs)
    .map(([name, value]) => `${name} '${value}'`)
    .join(', ');
}

function wrap(names: readonly string[], width = 100): string {
  const lines: string[] = [];
  for (const name of names) {
    const last = lines.at(-1);
    if (last === undefined || last.length + name.length + 2 > width) lines.push(`  ${name}`);
    else lines[lines.length - 1] = `${last}, ${name}`;
  }
  return lines.join(',\n');
}
