/**
 * Fires with `signal`, and when a supervisor that started this process with an IPC channel says `{type: 'shutdown'}` or
 * is gone: signals do not exist on Windows, and a killed supervisor sends none.
 */
export function supervisorSignal(signal: AbortSignal): AbortSignal {
  if (process.send === undefined) return signal;
  const controller = new AbortController();
  process.on('message', (message: unknown) => {
    if ((message as { type?: unknown } | null)?.type === 'shutdown')
      controller.abort(new Error('told to shut down'));
  });
  process.once('disconnect', () => controller.abort(new Error('the supervisor is gone')));
  // The channel alone does not keep this process alive.
  process.channel?.unref();
  return AbortSignal.any([signal, controller.signal]);
}
