/**
 * The process that holds the model: one session, one batch at a time. ONNX Runtime's binding computes on the
 * thread that calls it, so it would stop the server's event loop; and a crash in native code ends this process only.
 */
import { constants, setPriority } from 'node:os';
import type { InferenceRequest } from './inference-protocol.ts';
import { createModelHost } from './model-host.ts';
import { onnxRuntimeEngine } from './onnxruntime-engine.ts';

/** The parent decides when this ends: a Ctrl-C reaches the whole group, and the parent still drains. */
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => undefined);
process.on('disconnect', () => process.exit(0));

try {
  // The server's own thread answers probes and decodes pictures: it goes first where cores are few.
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
} catch {
  // Not every system lets a process lower itself; then it competes as an equal.
}

const handle = createModelHost(onnxRuntimeEngine, (message) => {
  if (process.connected) process.send?.(message);
});
process.on('message', (message: InferenceRequest) => handle(message));
