import { type AmfObject, type AmfValue, readAmf, writeAmf } from '../../flv/index.ts';
import { commandMessage } from '../chunk-writer.ts';
import { OUR_CHUNK_SIZE } from '../message.ts';

/** One command message. */
export interface Command {
  readonly name: string;
  readonly transaction: number;
  /** The command object, where there is one. */
  readonly object: AmfObject | undefined;
  readonly values: readonly AmfValue[];
}

/** Reads the command in `[start, end)`; undefined for what has no name. Throws MalformedError. */
export function readCommand(b: Buffer, start: number, end: number): Command | undefined {
  const [name, transaction, object, ...values] = readAmf(b, start, end);
  if (typeof name !== 'string') return undefined;
  return {
    name,
    transaction: typeof transaction === 'number' ? transaction : 0,
    object: isObject(object) ? object : undefined,
    values,
  };
}

export function isObject(value: AmfValue): value is AmfObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The text of a value; '' for any other. */
export const textOf = (value: AmfValue): string => (typeof value === 'string' ? value : '');

/** A command of ours, in chunks. */
export function ourCommand(streamId: number, ...values: readonly AmfValue[]): Buffer {
  return commandMessage(writeAmf(...values), { streamId, chunkSize: OUR_CHUNK_SIZE });
}

/** `onStatus` of a stream. */
export function status(
  streamId: number,
  level: 'status' | 'error',
  code: string,
  description: string,
): Buffer {
  return ourCommand(streamId, 'onStatus', 0, null, { level, code, description });
}
