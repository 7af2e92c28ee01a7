import type { CreateAlertRule } from '@nightjar/contract/platform';
import type { CameraView } from '../cameras/index.ts';
import type { Condition } from './rule.ts';

/** What rules look at, as it is at this moment. */
export interface Situation {
  /** Of the cameras that the rule watches and its owner may see. */
  cameras: readonly CameraView[];
  /** What a stream is seen recording: `recording`, `waiting`, `stopped`, `failed`; undefined when nobody knows. */
  recordingOf: (streamId: string) => string | undefined;
  /** Of the volume of the recordings; undefined when it cannot be asked, or is not the owner's to know. */
  disk: { used: number; total: number } | undefined;
  /** Sign-ins that were refused within some seconds; none when it is not the owner's to know. */
  refusedSignIns: (seconds: number) => Promise<number>;
}

type RuleOf<K extends CreateAlertRule['kind']> = Extract<CreateAlertRule, { kind: K }>;

const about = ({ camera }: CameraView, message: string): Condition => ({
  cameraId: camera.id,
  cameraName: camera.name,
  message: `${camera.name}: ${message}`,
});

const isLive = ({ streams }: CameraView): boolean => streams.some(({ state }) => state === 'live');

function offline(_rule: RuleOf<'camera_offline'>, { cameras }: Situation): Condition[] {
  return cameras
    .filter((view) => view.main.stream.running && !view.main.stream.onDemand.enabled && !isLive(view))
    .map((view) => about(view, `offline (${view.main.state})`));
}

const isToRecord = ({ main: { stream } }: CameraView): boolean =>
  stream.running && stream.recording.enabled && !stream.session.paused;

function failed(_rule: RuleOf<'recording_failed'>, { cameras, recordingOf }: Situation): Condition[] {
  return cameras
    .filter((view) => isToRecord(view) && recordingOf(view.main.stream.id) === 'failed')
    .map((view) => about(view, 'the recording has failed'));
}

function gap(_rule: RuleOf<'recording_gap'>, { cameras, recordingOf }: Situation): Condition[] {
  return cameras
    .filter((view) => isToRecord(view) && recordingOf(view.main.stream.id) !== 'recording')
    .map((view) => about(view, 'nothing is being recorded'));
}

function storage({ thresholds }: RuleOf<'storage_low'>, { disk }: Situation): Condition[] {
  if (!disk || disk.total === 0) return [];
  const free = (100 * (disk.total - disk.used)) / disk.total;
  if (free >= thresholds.free_percent) return [];
  return [{ cameraId: '', cameraName: '', message: `storage: ${free.toFixed(1)} % are free` }];
}

function quality({ thresholds }: RuleOf<'stream_quality'>, { cameras }: Situation): Condition[] {
  const { min_fps, min_bitrate } = thresholds;
  return cameras.flatMap((view) => {
    const { metrics, state } = view.main;
    if (state !== 'live' || !metrics) return [];
    const fps = metrics.framerate.current;
    const bitrate = metrics.bitrate.current;
    const slow = min_fps !== null && fps !== null && fps < min_fps ? [`${fps.toFixed(1)} fps`] : [];
    const thin =
      min_bitrate !== null && bitrate !== null && bitrate < min_bitrate ? [`${bitrate} bit/s`] : [];
    const found = [...slow, ...thin];
    return found.length > 0 ? [about(view, `poor quality: ${found.join(', ')}`)] : [];
  });
}

async function signIns(
  { thresholds }: RuleOf<'sign_in'>,
  { refusedSignIns }: Situation,
): Promise<Condition[]> {
  const count = await refusedSignIns(thresholds.within_seconds);
  if (count < thresholds.failures) return [];
  const message = `${count} sign-ins were refused within ${thresholds.within_seconds} s`;
  return [{ cameraId: '', cameraName: '', message }];
}

/** What of a rule is so now; a detection is a moment and never a state. */
export async function conditionsOf(rule: CreateAlertRule, situation: Situation): Promise<Condition[]> {
  switch (rule.kind) {
    case 'camera_offline':
      return offline(rule, situation);
    case 'recording_failed':
      return failed(rule, situation);
    case 'recording_gap':
      return gap(rule, situation);
    case 'storage_low':
      return storage(rule, situation);
    case 'stream_quality':
      return quality(rule, situation);
    case 'sign_in':
      return signIns(rule, situation);
    case 'detection':
      return [];
  }
}

/** Seconds that a condition must hold. */
export const holdSeconds = ({ thresholds }: CreateAlertRule): number =>
  'for_seconds' in thresholds ? thresholds.for_seconds : 0;
