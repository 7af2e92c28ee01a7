import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Unit } from '@nightjar/contract/vision';
import { type AacFormat, type AudioFormat, type H264Format, pcmFormat, pcmu } from '@nightjar/media/codecs';
import { type ClipTrack, loadClip, type Pixels, readClockBar } from '@nightjar/media/testing';

/** A track's format and its first seconds as units. */
export interface Material<F> {
  readonly format: F;
  readonly units: readonly Unit[];
}

/** UTC milliseconds at which the first unit arrived. */
export const BEGAN = Date.UTC(2026, 0, 2, 3, 4, 5);

/** The yard's pictures, `count` from its start on. */
export async function yardPictures(count: number): Promise<Material<H264Format>> {
  const { video } = await loadClip('yard');
  const units = video.frames.slice(0, count).map(({ key, units: nals }, index) => {
    const data = Buffer.concat(nals.flatMap((nal) => [lengthOf(nal), nal]));
    return unitAt(video, index, data, key);
  });
  return { format: video.format as H264Format, units };
}

/** The yard's sound. */
export async function yardSound(count: number): Promise<Material<AacFormat>> {
  const audio = (await loadClip('yard')).audio!;
  const units = audio.frames
    .slice(0, count)
    .map(({ units: [data] }, index) => unitAt(audio, index, data!, true));
  return { format: audio.format as AacFormat, units };
}

/** A tone of 440 Hz as µ-law samples of 8 kHz, 20 ms a unit. */
export function tone(count: number): Material<AudioFormat> {
  const format = pcmFormat(pcmu, 8000, 1);
  const units = Array.from({ length: count }, (_, index): Unit => {
    const data = Buffer.alloc(160);
    for (let i = 0; i < 160; i++) {
      const level = Math.sin((2 * Math.PI * 440 * (index * 160 + i)) / 8000);
      // Not the whole curve of G.711: a loud square of the right period is a tone as well.
      data[i] = level >= 0 ? 0x90 : 0x10;
    }
    return { data, time: index * 160, arrival: BEGAN + index * 20, key: true, show: true };
  });
  return { format, units };
}

/** What the clock bar of a JPEG says: milliseconds of the clip. */
export async function shownTime(jpeg: Uint8Array, size: { width: number; height: number }): Promise<number> {
  const data = await decodeBy(['-f', 'mjpeg', '-i', 'pipe:0', '-pix_fmt', 'gray', '-f', 'rawvideo'], jpeg);
  const pixels: Pixels = { data, ...size };
  return readClockBar(pixels) ?? Number.NaN;
}

/** What `ffmpeg` makes of bytes. */
export async function decodeBy(args: readonly string[], bytes: Uint8Array): Promise<Buffer> {
  const child = spawn('ffmpeg', ['-v', 'error', ...args, 'pipe:1'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stdin.end(bytes);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`ffmpeg ended with ${code}`);
  return Buffer.concat(chunks);
}

function unitAt({ ticksPerFrame, format }: ClipTrack, index: number, data: Buffer, key: boolean): Unit {
  const time = Math.round(index * ticksPerFrame);
  return { data, time, arrival: BEGAN + (time * 1000) / format.clockRate, key, show: true };
}

function lengthOf(nal: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(nal.length);
  return length;
}
