import type { LookupAddress } from 'node:dns';
import type { NetworkInterfaceInfo } from 'node:os';
import type { Bus, Clock, Environment, Log, Settings, Shutdown } from '../kernel/index.ts';
import type { Siblings } from '../system/siblings/index.ts';

/** What the program takes from the machine it runs on. */
export interface Machine {
  clock: Clock;
  log: Log;
  /** One line for the person who started it. */
  print: (line: string) => void;
  lookup: (name: string) => Promise<LookupAddress[]>;
  interfaces: () => NodeJS.Dict<NetworkInterfaceInfo[]>;
  version: string;
}

/** News between the rooms. */
export interface News {
  /** What the engine is to converge on is another. */
  'streams.changed': undefined;
  /** Streams, people and tokens are those of a backup. */
  'state.restored': undefined;
  /** Somebody's rights may be others. */
  'access.changed': undefined;
  /** The engine has said who it is. */
  'engine.here': { rtsp: number; rtmp?: number | undefined; webrtc?: number | undefined };
}

/** What every part is put together from. */
export interface Context {
  machine: Machine;
  environment: Environment;
  settings: Settings;
  shutdown: Shutdown;
  bus: Bus<News>;
  /** The other servers of this installation. */
  siblings: Siblings;
}

/** Each seals or signs one kind of thing. */
export interface Keys {
  /** Cameras' credentials at rest. */
  secrets: Buffer;
  /** Open what was sealed before the key was changed. */
  olderSecrets: readonly Buffer[];
  /** Access tokens, and what else only this program must be able to make. */
  tokens: Buffer;
  /** Shared with the engine. */
  link: Buffer;
  /** Ties the entries of the audit log together. */
  audit: Buffer;
}
