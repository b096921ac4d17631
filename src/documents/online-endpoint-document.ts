export type EndpointAuthMode = 'Key' | 'AMLToken' | 'AADToken';
export type PublicNetworkAccess = 'Enabled' | 'Disabled';

export interface EndpointIdentity {
  readonly type: 'SystemAssigned' | 'UserAssigned' | 'None';
  /** ARM ids of user-assigned identities; empty unless the type is `UserAssigned`. */
  readonly userAssignedIdentities: readonly string[];
}

/** A managed online endpoint's YAML, checked, with the service's defaults and spelling of enums. */
export interface OnlineEndpointDocument {
  /** 3 to 32 characters: letters, digits, dashes; begins with a letter, ends with a letter or digit. */
  readonly name: string;
  readonly description?: string;
  readonly location?: string;
  /** Values as text, as the service keeps them. */
  readonly tags: Readonly<Record<string, string>>;
  readonly properties: Readonly<Record<string, string>>;
  readonly authMode: EndpointAuthMode;
  readonly identity?: EndpointIdentity;
  /** Percentages by deployment name; they sum to 0 or 100. Empty when the document does not mention traffic. */
  readonly traffic: Readonly<Record<string, number>>;
  /** At most one deployment, at most 50 %. */
  readonly mirrorTraffic: Readonly<Record<string, number>>;
  readonly publicNetworkAccess: PublicNetworkAccess;
}

/** Values that win over the file's: what a command line or a caller supplies. */
export type OnlineEndpointOverrides = Partial<OnlineEndpointDocument>;
