export interface ComponentInput {
  /** `string`, `integer`, `number`, `boolean`, or a kind of asset: `uri_file`, `mltable` … */
  readonly type: string;
  readonly optional?: boolean;
  readonly default?: string | number | boolean;
  readonly enum?: readonly string[];
  readonly min?: number;
  readonly max?: number;
}

export interface ComponentOutput {
  readonly type: string;
}

/** What a component takes and gives: all that a pipeline that uses it must fit. */
export interface ComponentInterface {
  readonly inputs: Readonly<Record<string, ComponentInput>>;
  readonly outputs: Readonly<Record<string, ComponentOutput>>;
}
