/**
 * `ok`; `warning`: nothing that this target needs at once; `failed`: something will not work; `skipped`: cannot be
 * asked, because of what an earlier check said.
 */
export type DoctorStatus = 'ok' | 'warning' | 'failed' | 'skipped';

export const doctorChecks = [
  'node',
  'onnxruntime-node',
  'sharp',
  'azurite',
  'localhost-names',
  'target',
  'credential',
  'workspace',
  'read-access',
  'write-access',
  'quota',
] as const;

export type DoctorCheckId = (typeof doctorChecks)[number];

/** What one check found. */
export interface DoctorCheck {
  readonly id: DoctorCheckId;
  readonly status: DoctorStatus;
  /** One line, lower-case, with the value that was found. */
  readonly summary: string;
  /** What to do; always there when something failed. */
  readonly fix?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}
