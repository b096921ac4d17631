let controller: AbortController | undefined;

/** One signal per process: the first SIGINT, SIGTERM or SIGHUP aborts it, the second ends the process (exit code 130). */
export function interruptSignal(): AbortSignal {
  if (controller === undefined) {
    const created = new AbortController();
    controller = created;
    const onSignal = (): void => {
      if (created.signal.aborted) process.exit(130);
      created.abort(new Error('interrupted by the user'));
    };
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);
  }
  return controller.signal;
}
