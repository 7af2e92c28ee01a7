import type { AlertRule } from '../api/types.ts';

type Kind = AlertRule['kind'];

/** Thresholds that are asked for, by the names of the interface. */
export type ThresholdName =
  | 'for_seconds'
  | 'free_percent'
  | 'min_fps'
  | 'min_bitrate'
  | 'topic'
  | 'failures'
  | 'within_seconds';

/** What each kind of rule asks for. */
export const THRESHOLDS: Readonly<Record<Kind, readonly ThresholdName[]>> = {
  camera_offline: ['for_seconds'],
  recording_failed: ['for_seconds'],
  recording_gap: ['for_seconds'],
  storage_low: ['free_percent', 'for_seconds'],
  stream_quality: ['min_fps', 'min_bitrate', 'for_seconds'],
  detection: ['topic'],
  sign_in: ['failures', 'within_seconds'],
};
export const KINDS = Object.keys(THRESHOLDS) as Kind[];

/** What was typed, with numbers as numbers; what was left empty keeps its usual value. */
export function typed(
  names: readonly ThresholdName[],
  values: Partial<Record<ThresholdName, string>>,
): Record<string, string | number> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const text = values[name]?.trim() ?? '';
      if (text === '') return [];
      const number = Number(text);
      return [[name, name === 'topic' || Number.isNaN(number) ? text : number]];
    }),
  );
}
