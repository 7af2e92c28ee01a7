import { StreamState } from '@nightjar/contract';
import { Counter, Gauge, Registry } from 'prom-client';
import type { StreamView } from '../../../streams/index.ts';
import type { System } from '../../../system/index.ts';

/** What one scrape tells. */
export interface Scrape {
  streams: readonly {
    view: StreamView;
    recording: boolean;
    /** Footage kept. */
    footage: { count: number; bytes: number; seconds: number };
    /** Share of the last 24 hours that was recorded; undefined when the stream is not to be recorded. */
    completeness: number | undefined;
  }[];
  engineConnected: boolean;
  /** Milliseconds; undefined without an engine. */
  engineLoopDelay: number | undefined;
  eventSockets: number;
  system: Pick<System, 'version' | 'process'>;
  /** The room for footage; undefined for a figure that cannot be told. */
  storage: {
    fullInSeconds: number | undefined;
    frozen: boolean;
    tiers: readonly { tier: string; bytes: number; queued: number }[];
  };
  /** Bytes of the volume that holds the recordings. */
  disk: { used: number; total: number } | null;
}

type Item = Scrape['streams'][number];
type Figure = readonly [name: string, help: string, of: (item: Item) => number | undefined];

/** Counts of the engine since it began to watch the stream; its restart begins them again at 0. */
const STREAM_COUNTERS: readonly Figure[] = [
  ['stream_manager_bytes_received', 'Total bytes received', ({ view }) => view.metrics?.bytes_received],
  ['stream_manager_packets_lost', 'Total packets lost', ({ view }) => view.metrics?.packets.lost],
  [
    'nightjar_stream_packets_received_total',
    'Media packets received',
    ({ view }) => view.metrics?.packets.received,
  ],
  [
    'nightjar_stream_frames_dropped_total',
    'Frames not passed on',
    ({ view }) => view.metrics?.framerate.dropped,
  ],
  ['nightjar_stream_reconnects_total', 'Connections lost while live', ({ view }) => view.metrics?.reconnects],
  ['nightjar_stream_errors_total', 'Errors of the stream', ({ view }) => view.metrics?.errors.total],
];

const STREAM_GAUGES: readonly Figure[] = [
  [
    'nightjar_stream_bits_per_second',
    'Bit rate over the last 2 s',
    ({ view }) => view.metrics?.bitrate.current,
  ],
  [
    'nightjar_stream_frames_per_second',
    'Video frame rate over the last 2 s',
    ({ view }) => view.metrics?.framerate.current,
  ],
  ['nightjar_stream_viewers', 'Viewers connected', ({ view }) => view.metrics?.viewers],
  ['nightjar_stream_recording', 'Whether footage is being written', ({ recording }) => Number(recording)],
  ['nightjar_recording_seconds', 'Footage kept', ({ footage }) => footage.seconds],
  ['nightjar_recording_bytes', 'Size of the footage kept', ({ footage }) => footage.bytes],
  [
    'nightjar_recording_completeness_ratio',
    'Share of the last 24 hours of which there is footage',
    ({ completeness }) => completeness,
  ],
  ['nightjar_recording_segments', 'Files of footage kept', ({ footage }) => footage.count],
];

/** What cannot be measured just now has no sample. */
function perStream(registry: Registry, { streams }: Scrape): void {
  const labelNames = ['stream'];
  for (const [name, help, of] of STREAM_COUNTERS) {
    const counter = new Counter({ name, help, labelNames, registers: [registry] });
    for (const item of streams) {
      const value = of(item);
      if (value !== undefined) counter.inc({ stream: item.view.stream.id }, value);
    }
  }
  for (const [name, help, of] of STREAM_GAUGES) {
    const gauge = new Gauge({ name, help, labelNames, registers: [registry] });
    for (const item of streams) {
      const value = of(item);
      if (value !== undefined) gauge.set({ stream: item.view.stream.id }, value);
    }
  }
  const state = new Gauge({
    name: 'nightjar_stream_state',
    help: '1 for the state the stream is in, 0 for every other',
    labelNames: ['stream', 'state'],
    registers: [registry],
  });
  for (const { view } of streams) {
    for (const each of StreamState.options)
      state.set({ stream: view.stream.id, state: each }, Number(view.state === each));
  }
}

function storageFigures(registry: Registry, { fullInSeconds, frozen, tiers }: Scrape['storage']): void {
  const registers = [registry];
  const full = 'Until footage must go before its time; absent when what grows old makes room in time';
  const frozenHelp = 'Whether nothing is deleted by age because the clock stepped';
  new Gauge({ name: 'nightjar_retention_frozen', help: frozenHelp, registers }).set(Number(frozen));
  if (fullInSeconds !== undefined)
    new Gauge({ name: 'nightjar_storage_full_in_seconds', help: full, registers }).set(fullInSeconds);
  const labelNames = ['tier'];
  const bytes = new Gauge({ name: 'nightjar_tier_bytes', help: 'Footage in a tier', labelNames, registers });
  const queueHelp = 'Files on their way to a tier';
  const queue = new Gauge({ name: 'nightjar_tier_queue', help: queueHelp, labelNames, registers });
  for (const { tier, ...of } of tiers) {
    bytes.set({ tier }, of.bytes);
    queue.set({ tier }, of.queued);
  }
}

function whole(registry: Registry, scrape: Scrape): void {
  const { streams, system, disk } = scrape;
  const { cpuSeconds, residentBytes, startedAt } = system.process();
  const gauge = (name: string, help: string, value: number): void =>
    new Gauge({ name, help, registers: [registry] }).set(value);
  const live = streams.filter(({ view }) => view.state === 'live').length;
  gauge('stream_manager_active_streams', 'Number of active streams', live);
  gauge('nightjar_streams', 'Streams configured', streams.length);
  gauge('nightjar_recording_streams', 'Streams recorded now', streams.filter((one) => one.recording).length);
  gauge('nightjar_engine_connected', 'Whether the media engine is connected', Number(scrape.engineConnected));
  if (scrape.engineLoopDelay !== undefined) {
    const delay = 'Of 99 in 100 rounds of the event loop at most, in the last minute, deliberate rests apart';
    gauge('nightjar_engine_loop_delay_seconds', delay, scrape.engineLoopDelay / 1000);
  }
  gauge('nightjar_event_sockets', 'Event sockets open', scrape.eventSockets);
  if (disk) {
    gauge('nightjar_disk_used_bytes', 'Used on the volume of the recordings', disk.used);
    gauge('nightjar_disk_size_bytes', 'Size of the volume of the recordings', disk.total);
  }
  storageFigures(registry, scrape.storage);
  const cpu = 'process_cpu_seconds_total';
  new Counter({ name: cpu, help: 'CPU time of the server', registers: [registry] }).inc(cpuSeconds);
  gauge('process_resident_memory_bytes', 'Resident memory of the server', residentBytes);
  gauge('process_start_time_seconds', 'Start of the server, Unix time', startedAt);
  new Gauge({
    name: 'nightjar_build_info',
    help: 'Version of the server',
    labelNames: ['version'],
    registers: [registry],
  }).set({ version: system.version }, 1);
}

/** The media type of what `exposition` answers. */
export const EXPOSITION_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

/** Prometheus' text format 0.0.4; every scrape is made anew, so a removed stream leaves no label behind. */
export function exposition(scrape: Scrape): Promise<string> {
  const registry = new Registry();
  whole(registry, scrape);
  perStream(registry, scrape);
  return registry.metrics();
}
