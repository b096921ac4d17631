/** Why a job cannot be what was asked for. The control plane makes the service's refusal of it. */
export class JobFault extends Error {
  override readonly name = 'JobFault';
  /** `missing`: something that it names does not exist. `unknown`: the twin does not do this. */
  readonly kind: 'invalid' | 'missing' | 'unknown';

  constructor(kind: JobFault['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

export function invalid(message: string): JobFault {
  return new JobFault('invalid', message);
}

export function missing(message: string): JobFault {
  return new JobFault('missing', message);
}

export function unknown(message: string): JobFault {
  return new JobFault('unknown', message);
}
