import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AccessRoom } from '../../access/index.ts';
import type { AlertRules, Alerts } from '../../alerts/index.ts';
import type { Channels } from '../../alerts/notifications/index.ts';
import type { Imports } from '../../cameras/imports/index.ts';
import type { Cameras, PublishKeys } from '../../cameras/index.ts';
import type { Events } from '../../events/index.ts';
import type { Models } from '../../inference/index.ts';
import type { Settings } from '../../kernel/index.ts';
import type { Layouts } from '../../layouts/index.ts';
import type { FootageEngine, FootageSearch, Recordings, SignedUrls } from '../../recordings/index.ts';
import type { Tiers } from '../../recordings/tiers/index.ts';
import type { Streams } from '../../streams/index.ts';
import type { Viewers } from '../../streams/viewers/index.ts';
import type { System } from '../../system/index.ts';

/** TCP ports of the engine's listeners, as it said at its last hello. */
export interface MediaPorts {
  rtsp: number;
  rtmp: number;
}

/** What S3 translates. */
export interface PlatformRooms extends AccessRoom {
  cameras: Cameras;
  publishKeys: PublishKeys;
  imports: Imports;
  layouts: Layouts;
  models: Models;
  alerts: Alerts;
  alertRules: AlertRules;
  channels: Channels;
  /** What browsers subscribe with. */
  pushPublicKey: string;
  streams: Streams;
  recordings: Recordings;
  footageSearch: FootageSearch;
  signedUrls: SignedUrls;
  viewers: Viewers;
  tiers: Tiers;
  system: System;
  events: Events;
  settings: Settings;
  mediaPorts: () => MediaPorts;
  engine: PlatformEngine;
  engineConnected: () => boolean;
  /** Deletes files of footage. */
  footage: FootageEngine;
}

/** The engine's door as this surface needs it. */
export interface PlatformEngine {
  /** Answers a request with live media of a stream; `path` is what stands behind `/live/{id}/`. */
  media(request: FastifyRequest, reply: FastifyReply, streamId: string, path: string): Promise<FastifyReply>;
}
