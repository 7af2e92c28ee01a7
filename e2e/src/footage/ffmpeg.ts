import { outputOf, runCommand } from '../harness/command.ts';

/** Presentation time in seconds of a packet of a file, as ffprobe tells it. */
export interface PacketFact {
  readonly pts: number;
  readonly dts: number;
  readonly key: boolean;
  /** Of its bytes, where asked for: CRC-32, as `CRC32:0123abcd`. */
  readonly hash?: string;
}

export interface MediaFacts {
  readonly duration: number;
  readonly video: { codec: string; width: number; height: number; packets: PacketFact[] } | undefined;
  readonly audio: { codec: string; sampleRate: number; packets: PacketFact[] } | undefined;
}

interface ProbeAnswer {
  packets: {
    stream_index: number;
    pts_time?: string;
    dts_time?: string;
    flags: string;
    data_hash?: string;
  }[];
  streams: {
    index: number;
    codec_type: string;
    codec_name: string;
    width?: number;
    height?: number;
    sample_rate?: string;
  }[];
  format: { duration?: string };
}

/** Reads every packet of `file` with ffprobe; anything it says at level warning is an error. */
export async function probe(file: string, { hashes = false } = {}): Promise<MediaFacts> {
  const shown = ['-show_streams', '-show_format', '-show_packets'];
  if (hashes) shown.push('-show_data_hash', 'CRC32');
  const { code, stdout, stderr } = await runCommand('ffprobe', [
    ...['-v', 'warning', '-of', 'json', ...shown, file],
  ]);
  if (code !== 0 || stderr !== '') throw new Error(`ffprobe ${file}: exit ${code}\n${stderr}`);
  const answer = JSON.parse(stdout.toString()) as ProbeAnswer;
  const packetsOf = (index: number): PacketFact[] =>
    answer.packets
      .filter((packet) => packet.stream_index === index)
      .map(({ pts_time, dts_time, flags, data_hash }) => ({
        pts: Number(pts_time),
        dts: Number(dts_time),
        key: flags.includes('K'),
        ...(data_hash === undefined ? {} : { hash: data_hash }),
      }));
  const video = answer.streams.find((stream) => stream.codec_type === 'video');
  const audio = answer.streams.find((stream) => stream.codec_type === 'audio');
  return {
    duration: Number(answer.format.duration),
    video: video && {
      codec: video.codec_name,
      width: video.width ?? 0,
      height: video.height ?? 0,
      packets: packetsOf(video.index),
    },
    audio: audio && {
      codec: audio.codec_name,
      sampleRate: Number(audio.sample_rate),
      packets: packetsOf(audio.index),
    },
  };
}

/** Decodes every frame of `input` (a file or URL) and stops at the first error; answers what ffmpeg said. */
export async function decodeComplaints(input: string, before: readonly string[] = []): Promise<string> {
  const args = ['-nostdin', '-v', 'error', '-xerror', '-err_detect', 'explode', ...before];
  const { code, stderr } = await runCommand('ffmpeg', [...args, '-i', input, '-f', 'null', '-']);
  return code === 0 ? stderr : `exit ${code}\n${stderr}`;
}

/** Grey pictures of `width` x `height`, in presentation order, one buffer a frame. */
export async function greyFrames(
  file: string,
  size: { width: number; height: number },
  before: readonly string[] = [],
): Promise<Buffer[]> {
  const scale = `scale=${size.width}:${size.height}:flags=area`;
  const output = ['-map', '0:v', '-fps_mode', 'passthrough', '-vf', scale, '-pix_fmt', 'gray'];
  const args = ['-nostdin', '-v', 'error', ...before, '-i', file, ...output, '-f', 'rawvideo', '-'];
  const raw = await outputOf('ffmpeg', args);
  const bytes = size.width * size.height;
  return Array.from({ length: Math.floor(raw.length / bytes) }, (_, index) =>
    raw.subarray(index * bytes, (index + 1) * bytes),
  );
}

/** Mono samples of the sound track at `rate`, from its first packet on. */
export async function samples(file: string, rate: number): Promise<Int16Array> {
  const output = ['-map', '0:a', '-ac', '1', '-ar', String(rate), '-f', 's16le', '-'];
  const raw = await outputOf('ffmpeg', ['-nostdin', '-v', 'error', '-i', file, ...output]);
  return new Int16Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + (raw.length & ~1)));
}
