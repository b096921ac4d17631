// By itself, because public declarations name it: they must not lead to those of an optional peer.

/** What computes: `auto` is the GPU where there is one and ONNX Runtime can use it. */
export type Provider = 'auto' | 'cpu' | 'cuda';
