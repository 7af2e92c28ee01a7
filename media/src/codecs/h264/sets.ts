import { unlessMalformed } from '../../bytes/index.ts';
import { type H264Format, h264Format } from '../h264.ts';
import { latestSets } from '../nal-units.ts';
import { nalType, parameterSetId } from './nal.ts';

/**
 * The format after parameter sets arrived in band: a set replaces the one of its kind and id, others stay
 * (ITU-T H.264 7.4.1.2.1). Undefined while they do not yet make a whole, or when a set is malformed.
 */
export function mergeParameterSets(
  current: H264Format | undefined,
  fresh: readonly Buffer[],
): H264Format | undefined {
  return unlessMalformed(() => h264Format(latestSets(current?.parameterSets ?? [], fresh, keyOf), []));
}

function keyOf(nal: Buffer): string | undefined {
  const id = parameterSetId(nal);
  return id === undefined ? undefined : `${nalType(nal, 0)} ${id}`;
}
