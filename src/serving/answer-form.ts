/**
 * How a picture's classes are written. `probs`: the card's (version 15), `{"probs":[…],"labels":[…]}`, every class in
 * id2label order. `label_score`: what version 16 and later really send, `{"0":{"label","score"},"1":…}`, the best five.
 * `label_score_list`: the same as their card prints it, `[{"label","score"},…]`.
 */
export type AnswerForm = 'probs' | 'label_score' | 'label_score_list';

export const answerForms: readonly AnswerForm[] = ['probs', 'label_score', 'label_score_list'];
