import type { ChannelKind, CreateChannel } from '@nightjar/contract/platform';

/** A way to reach somebody; times ISO 8601 UTC. */
export interface Channel {
  id: string;
  name: string;
  kind: ChannelKind;
  enabled: boolean;
  /** The vault's text of its settings, all of them. */
  sealed: string;
  /** `kind:id` of the principal whose it is. */
  owner: string;
  createdAt: string;
  updatedAt: string;
}

/** The settings of a channel in clear, by its kind. */
export type ChannelSettings = Pick<CreateChannel, 'kind' | 'settings'>;
export type SettingsOf<K extends ChannelKind> = Extract<CreateChannel, { kind: K }>['settings'];

/** What somebody is to be told. */
export interface Notification {
  /** Of the alert, or of the test. */
  id: string;
  /** `opened`, `escalated`, `resolved`, `test` */
  event: 'opened' | 'escalated' | 'resolved' | 'test';
  /** Kind of rule, for example `camera_offline`. */
  type: string;
  severity: 'info' | 'warning' | 'critical';
  title: string;
  body: string;
  camera: { id: string; name: string } | null;
  /** ISO 8601 UTC. */
  at: string;
}
