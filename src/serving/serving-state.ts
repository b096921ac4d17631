/**
 * `loading` → `ready` ⇄ `recovering` → `draining`: the server is alive in all of them and ready in one.
 * `recovering`: the model's process ended and is being started again; requests wait for it.
 */
export type ServingState = 'loading' | 'ready' | 'recovering' | 'draining';

const readinessTexts: Readonly<Record<ServingState, string>> = {
  loading: 'the model is being loaded',
  ready: 'Ready',
  recovering: 'the model is being started again',
  draining: 'the server is shutting down',
};

export function readinessOf(state: ServingState): { readonly isReady: boolean; readonly text: string } {
  return { isReady: state === 'ready', text: readinessTexts[state] };
}
