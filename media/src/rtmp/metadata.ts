import { MalformedError } from '../bytes/index.ts';
import { type AmfObject, type AmfValue, readAmf } from '../flv/index.ts';

/** Which tracks a script message speaks of; undefined where it says nothing. */
export interface AnnouncedTracks {
  readonly video: boolean | undefined;
  readonly audio: boolean | undefined;
}

/** Reads a script message: `onMetaData`, alone or behind `@setDataFrame`. What cannot be read says nothing (quirk 59). */
export function announcedTracks(b: Buffer, start: number, end: number): AnnouncedTracks {
  const nothing = { video: undefined, audio: undefined };
  let values: AmfValue[];
  try {
    values = readAmf(b, start, end);
  } catch (error) {
    if (error instanceof MalformedError) return nothing;
    throw error;
  }
  const at = values.indexOf('onMetaData');
  const facts = values[at + 1];
  if (at < 0 || typeof facts !== 'object' || facts === null || Array.isArray(facts)) return nothing;
  const video = names(facts, 'videocodecid');
  const audio = names(facts, 'audiocodecid');
  // Who names a picture and no sound has none; who names no picture may have forgotten it.
  return { video: video || undefined, audio: audio || (video ? false : undefined) };
}

/** A codec is a number above 0, or a text. */
function names(facts: AmfObject, field: string): boolean {
  const value = facts[field];
  return typeof value === 'number' ? value > 0 : typeof value === 'string' && value !== '';
}
