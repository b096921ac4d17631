/** What every resource, list and error of ARM has in common. Types only. */

export interface SystemData {
  readonly createdAt?: string | null;
  readonly createdBy?: string | null;
  readonly createdByType?: string | null;
  readonly lastModifiedAt?: string | null;
  readonly lastModifiedBy?: string | null;
  readonly lastModifiedByType?: string | null;
}

export interface ArmResource<Properties> {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly properties: Properties;
  readonly systemData?: SystemData | null;
}

export interface ManagedIdentity {
  readonly type: 'None' | 'SystemAssigned' | 'UserAssigned' | 'SystemAssigned,UserAssigned';
  readonly principalId?: string | null;
  readonly tenantId?: string | null;
  readonly userAssignedIdentities?: Readonly<Record<string, object>> | null;
}

export interface ArmSku {
  readonly name: string;
  readonly tier?: string | null;
  readonly size?: string | null;
  readonly family?: string | null;
  readonly capacity?: number | null;
}

export interface TrackedResource<Properties> extends ArmResource<Properties> {
  /** A 2024 answer to a create may lack it. */
  readonly location?: string;
  readonly tags?: Readonly<Record<string, string>> | null;
  readonly kind?: string | null;
  readonly identity?: ManagedIdentity | null;
  readonly sku?: ArmSku | null;
}

/** One page of a list; `nextLink` is a full URL. */
export interface ArmPage<Item> {
  readonly value: readonly Item[];
  readonly nextLink?: string | null;
}

export interface ArmErrorInfo {
  readonly type: string;
  readonly info: unknown;
}

export interface ArmErrorBody {
  readonly code: string;
  readonly message: string;
  readonly target?: string | null;
  readonly details?: readonly ArmErrorBody[] | null;
  readonly additionalInfo?: readonly ArmErrorInfo[] | null;
}

/** Body of `mfeOperationsStatus/{id}`. An unknown `status` word means: in progress. */
export interface OperationStatus {
  readonly id?: string;
  readonly name?: string;
  readonly status: string;
  readonly startTime?: string | null;
  readonly endTime?: string | null;
  readonly percentComplete?: number | null;
  readonly error?: ArmErrorBody | null;
}
