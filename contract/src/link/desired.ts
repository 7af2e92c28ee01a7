import { z } from 'zod';
import { Detector } from '../inference.ts';
import { Place, PrivacyOptions } from '../privacy.ts';
import { WeeklySchedule } from '../schedule.ts';
import { Fingerprint, SegmentLabel, StreamId, TransportSetting } from '../stream.ts';
import { OriginalsKey } from './credentials/originals.ts';
import { DesiredPush } from './pushes.ts';

/** Which addresses a socket may be opened to; lists are CIDR or single addresses. */
export const OutboundPolicy = z.object({
  allow: z.array(z.string()),
  deny: z.array(z.string()),
  /** Ports beyond RTSP's usual ones. */
  ports: z.array(z.number().int().min(1).max(65535)),
});
export type OutboundPolicy = z.infer<typeof OutboundPolicy>;

export const DesiredSource = z.object({
  /** Without credentials; {@link PUBLISHED} waits for whoever shows the publish key. */
  url: z.string(),
  username: z.string().optional(),
  password: z.string().optional(),
  /** `auto` when absent. */
  transport: TransportSetting.optional(),
  /** The only certificate that the camera may show; none yet: the first one seen is trusted and told of. */
  tls_pin: Fingerprint.optional(),
  /** Of the publish key: see `publishKeyHash`. */
  publish_key_hash: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
});
export type DesiredSource = z.infer<typeof DesiredSource>;

export const DesiredRecording = z.object({
  enabled: z.boolean(),
  /** true: no file is written though recording is enabled. */
  paused: z.boolean().optional(),
  /** The next file is called `{time}__{label}`; those after it `{time}.mp4`. */
  label: SegmentLabel.optional(),
  /** Only in these hours; at all hours when absent. */
  schedule: WeeklySchedule.optional(),
  /** Only around events, as `keep_footage` tells of them, from `before` seconds earlier on; always when absent. */
  events: z.object({ before: z.number().min(0).max(30) }).optional(),
  /** Seconds. */
  segment_duration: z.number().min(2).max(86_400),
});

export const Reconnect = z.object({
  enabled: z.boolean(),
  /** Attempts in a row without a key frame before the stream fails; 0 is no limit. */
  max_attempts: z.number().int().min(0),
  /** First pause in milliseconds; doubles to 4 s, to 30 s where attempts are counted, each ± 20 %. */
  backoff_ms: z.number().int().min(100).max(30_000),
});
export type Reconnect = z.infer<typeof Reconnect>;

/** How a stream's pictures are covered, and what finds the objects in them where that is needed. */
export const DesiredPrivacy = PrivacyOptions.extend({ detector: Detector.optional() });
export type DesiredPrivacy = z.infer<typeof DesiredPrivacy>;

/** How a network looks at a stream's pictures. */
export const DesiredInference = z.object({
  detector: Detector,
  /** 0 to 1. */
  threshold: z.number(),
  /** Names of what counts; everything when empty. */
  classes: z.array(z.string()),
  /** Polygons, 0 to 1; none is everywhere. */
  zones: z.array(z.array(Place)),
  /** The stream whose pictures are looked at while they flow; its own otherwise. */
  look_at: StreamId.optional(),
  schedule: WeeklySchedule.optional(),
  /** Pictures a second at most. */
  fps: z.number(),
});
export type DesiredInference = z.infer<typeof DesiredInference>;

/** One stream as the server wants it. */
export const DesiredStream = z.object({
  id: StreamId,
  source: DesiredSource,
  /** false is the state `stopped`. */
  running: z.boolean(),
  /** Counts up at each `restart`; the engine reconnects when it changes. */
  restart_count: z.number().int(),
  recording: DesiredRecording,
  reconnect: Reconnect,
  /** Its media are a covered rendition; the original is for viewers whose ticket or verdict says `unblurred`. */
  privacy: DesiredPrivacy.optional(),
  /** With privacy: what is recorded of the original is sealed for this key. `alone`: nothing else is recorded. */
  originals: z.object({ key: OriginalsKey, alone: z.boolean() }).optional(),
  inference: DesiredInference.optional(),
  /** Path of the RTSP listener by which it is played as well, without a slash in front. */
  rtsp_path: z.string().max(1024).optional(),
  /** Whoever knows this path may play by it. */
  rtsp_open: z.boolean().optional(),
  /** Where it is sent on to. */
  pushes: z.array(DesiredPush).max(16).optional(),
  /** Connected only while somebody watches or a recording is wanted, and `grace` seconds beyond. */
  on_demand: z.object({ grace: z.number().min(0).max(3600) }).optional(),
});
export type DesiredStream = z.infer<typeof DesiredStream>;

/** What the engine's own listeners show inside TLS, PEM; the chain belongs to the certificate. */
export const TlsIdentity = z.object({ cert: z.string().max(256_000), key: z.string().max(64_000) });
export type TlsIdentity = z.infer<typeof TlsIdentity>;

/** `when_silent`: once the first has sent nothing for 5 s, as half-open connections do. */
export const PublisherTakeover = z.enum(['when_silent', 'always', 'never']);
export type PublisherTakeover = z.infer<typeof PublisherTakeover>;

/** Everything the engine is to converge on. */
export const DesiredState = z.object({
  /** Counts up with every change; the engine ignores an older one of the same epoch. */
  revision: z.number().int(),
  streams: z.array(DesiredStream),
  outbound: OutboundPolicy,
  /** Absent: the listeners speak in clear only. */
  tls: TlsIdentity.optional(),
  /** Absolute folder under which `hot/{stream_id}/` holds the newest footage. */
  base_path: z.string(),
  /** Absolute folder whose files may be sources, as `file:NAME`; none when absent. */
  files_path: z.string().optional(),
  /** Whether a second publisher of a stream may take the place of the first; `when_silent` where absent. */
  publisher_takeover: PublisherTakeover.optional(),
  /** Seconds back from now that are held in memory of streams that are not recorded. */
  preroll: z.record(StreamId, z.number().min(0).max(900)).optional(),
  /** Absolute folders under which `{stream_id}/` holds footage of other tiers. */
  other_folders: z.array(z.string()).max(8).optional(),
  /** Some footage lies in object stores: the server says where when it is asked. */
  distant: z.boolean().optional(),
});
export type DesiredState = z.infer<typeof DesiredState>;
