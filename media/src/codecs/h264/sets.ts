import { MalformedError } from '../../bytes/index.ts';
import { type H264Format, h264Format } from '../h264.ts';
import { nalType, parameterSetId, splitAnnexB } from './nal.ts';

/**
 * The format after parameter sets arrived in band: a set replaces the one of its kind and id, others stay
 * (ITU-T H.264 7.4.1.2.1). Undefined while they do not yet make a whole, or when a set is malformed.
 */
export function mergeParameterSets(
  current: H264Format | undefined,
  fresh: readonly Buffer[],
): H264Format | undefined {
  const byId = new Map<string, Buffer>();
  for (const nal of [...(current?.parameterSets ?? []), ...fresh.flatMap(splitAnnexB)]) {
    const id = parameterSetId(nal);
    if (id !== undefined) byId.set(`${nalType(nal, 0)} ${id}`, nal);
  }
  try {
    return h264Format([...byId.values()], []);
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}
