/** How one device differs from a decent one; everything absent: decent. */
export interface DeviceWays {
  /** Milliseconds that its clock is ahead. */
  readonly clockAheadMs?: number;
  /** It tells local time, this many hours ahead, where UTC belongs. */
  readonly localHours?: number;
  /** Its time is told to who logs in only. */
  readonly clockGuarded?: boolean;
  /** How an account must be shown; `none` asks for none. */
  readonly auth?: 'digest' | 'text' | 'http' | 'none';
  /** Prefixes of its names; '' declares default namespaces. */
  readonly prefix?: string;
  /** Line breaks and spaces in texts. */
  readonly broken?: boolean;
  /** Of the media service; others do not answer. */
  readonly mediaPath?: string;
  /** GetServices is refused. */
  readonly old?: boolean;
  /** It does not name an address of itself that can be reached. */
  readonly inner?: boolean;
  readonly ptz?: { readonly panTilt: boolean; readonly zoom: boolean; readonly presets: number } | 'none';
  /** It moves and answers with a fault. */
  readonly faultAfterMove?: boolean;
  readonly events?: EventWays;
}

export interface EventWays {
  /** A subscription without a lifetime is refused. */
  readonly needsLifetime?: boolean;
  /** Minutes are refused. */
  readonly secondsOnly?: boolean;
  /** Held connections are closed after this long. */
  readonly closesAfterS?: number;
  /** Subscriptions at a time. */
  readonly room?: number;
  /** Answers at once, with or without news. */
  readonly noLongPoll?: boolean;
  /** A subscription is named by a reference parameter, at the address of the service. */
  readonly byReference?: boolean;
  /** Seconds granted, whatever is asked for. */
  readonly grantsS?: number;
  /** Renewing is refused. */
  readonly noRenew?: boolean;
  /** The state at the beginning is told as if it had changed, at every subscription. */
  readonly replaysAsChanged?: boolean;
}

export const DECENT_PTZ = { panTilt: true, zoom: true, presets: 8 } as const;
