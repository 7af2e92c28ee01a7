import { CreateStream, type StreamConfig } from '@nightjar/contract/manager';
import type { z } from 'zod';
import { DomainError } from '../kernel/index.ts';
import { mergePatch } from './merge-patch.ts';
import type { Stream } from './stream.ts';

type Json = Parameters<typeof mergePatch>[1];

/** A patch's outcome that is no valid stream; the surface words the issues. */
export class InvalidSettings extends Error {
  readonly issues: readonly z.core.$ZodIssue[];
  constructor(issues: readonly z.core.$ZodIssue[]) {
    super('the settings are not valid');
    this.issues = issues;
  }
}

/** The part of a stream that its settings decide, without the source. */
export function settingsOf(
  config: StreamConfig,
): Pick<Stream, 'transport' | 'recording' | 'reconnect' | 'onDemand' | 'inference' | 'privacy'> {
  const { transport, recording, reconnect, on_demand, inference, privacy } = config;
  return {
    transport,
    recording: {
      enabled: recording.enabled,
      segmentDuration: recording.segment_duration ?? null,
      retentionDays: recording.retention_days ?? null,
      maxBytes: recording.max_bytes ?? null,
      schedule: recording.schedule ?? null,
      events: recording.events ?? null,
    },
    reconnect,
    onDemand: on_demand,
    inference: {
      ...inference,
      model: inference.model ?? null,
      threshold: inference.threshold ?? null,
      look_at: inference.look_at ?? null,
      schedule: inference.schedule ?? null,
    },
    privacy,
  };
}

/** What a client would have to send to make this stream again, secrets hidden. */
function documentOf(stream: Stream): Json {
  const { recording, inference } = stream;
  return {
    id: stream.id,
    source_url: stream.source.shown,
    transport: stream.transport,
    recording: {
      enabled: recording.enabled,
      ...(recording.segmentDuration === null ? {} : { segment_duration: recording.segmentDuration }),
      ...(recording.retentionDays === null ? {} : { retention_days: recording.retentionDays }),
      ...(recording.maxBytes === null ? {} : { max_bytes: recording.maxBytes }),
      ...(recording.schedule === null ? {} : { schedule: recording.schedule }),
      ...(recording.events === null ? {} : { events: recording.events }),
    },
    inference: {
      enabled: inference.enabled,
      classes: [...inference.classes],
      zones: inference.zones,
      fps: inference.fps,
      bookmarks: inference.bookmarks,
      snapshots: inference.snapshots,
      ...(inference.model === null ? {} : { model: inference.model }),
      ...(inference.threshold === null ? {} : { threshold: inference.threshold }),
      ...(inference.look_at === null ? {} : { look_at: inference.look_at }),
      ...(inference.schedule === null ? {} : { schedule: inference.schedule }),
    },
    reconnect: { ...stream.reconnect },
    on_demand: { ...stream.onDemand },
    privacy: { ...stream.privacy },
  };
}

/** Lays a merge patch over a stream's settings and checks the whole. Throws when the id would change. */
export function patchSettings(stream: Stream, patch: Json): CreateStream {
  const parsed = CreateStream.safeParse(mergePatch(documentOf(stream), patch));
  if (!parsed.success) throw new InvalidSettings(parsed.error.issues);
  if (parsed.data.id !== stream.id) {
    throw new DomainError('INVALID_CONFIGURATION', 'id: a stream keeps its id', { field: 'id' });
  }
  return parsed.data;
}
