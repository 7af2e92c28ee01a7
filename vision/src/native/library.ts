import { createRequire } from 'node:module';
import type * as Constants from 'node-av/constants';
import type * as Lib from 'node-av/lib';
import { PixelError } from '../backend.ts';

/**
 * The only place that knows the package. It may be missing, and its binary may not fit this machine, so both are
 * loaded when they are asked for.
 */
export type Library = typeof Lib;
export type ConstantsOf = typeof Constants;

/** node-av's low-level classes and FFmpeg's constants. */
export interface Av {
  readonly lib: Library;
  readonly constants: ConstantsOf;
}

/** Throws PixelError when the package or its binary cannot be loaded. */
export function loadLibrary(): Av {
  const require = createRequire(import.meta.url);
  try {
    const lib = require('node-av/lib') as Library;
    const constants = require('node-av/constants') as ConstantsOf;
    lib.Log.setLevel(constants.AV_LOG_FATAL);
    return { lib, constants };
  } catch (error) {
    throw new PixelError(`node-av cannot be loaded: ${error instanceof Error ? error.message : error}`);
  }
}

/** The result of a call of FFmpeg; throws PixelError for a negative one. */
export function must(code: number, what: string): void {
  if (code < 0) throw new PixelError(`${what} (FFmpeg error ${code})`);
}
