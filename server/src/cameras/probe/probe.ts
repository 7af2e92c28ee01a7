import type { ErrorCode, StreamFault } from '@nightjar/contract';
import type { DesiredSource, ProbeReport } from '@nightjar/contract/link';
import type { CameraReport } from '@nightjar/contract/manager';
import { redactUrls } from '@nightjar/contract/outbound';
import { DomainError, redact } from '../../kernel/index.ts';
import { advice } from './advice.ts';

interface Options {
  /** An address that may be a stream's, taken apart. Throws INVALID_CONFIGURATION that names the field. */
  read: (url: string) => Promise<Pick<DesiredSource, 'url' | 'username' | 'password'>>;
  /** Connects once; rejects when the engine is not there or refuses. */
  look: (source: DesiredSource) => Promise<ProbeReport>;
  engineConnected: () => boolean;
}

/** Cameras looked at at once, as the engine has it. */
const AT_ONCE = 8;
/** Characters of what the engine says; a camera may have written them. */
const MAX_MESSAGE = 500;

const CODES: Partial<Record<StreamFault, ErrorCode>> = {
  auth_failed: 'CAMERA_UNAUTHORIZED',
  target_denied: 'INVALID_CONFIGURATION',
  not_found: 'CAMERA_CANNOT',
  no_playable_track: 'CAMERA_CANNOT',
  internal: 'ENGINE_FAILED',
};

/** In words for the person who types the address. */
const REASONS: Partial<Record<StreamFault, string>> = {
  auth_failed: 'the user name or the password is wrong, or one is needed',
  not_found: 'the camera does not know this path',
  refused: 'nothing answers on this port, or the camera has no room for another viewer',
  unreachable: 'no device answers at this address',
  timeout: 'the camera does not answer in time',
  not_rtsp: 'what answers there does not speak RTSP',
  no_playable_track: 'the camera offers nothing that can be recorded',
  no_media: 'the camera is connected but sends no picture',
  closed_by_camera: 'the camera ended the connection',
};

/** Looks at cameras before they are streams. */
export class Probe {
  readonly #options: Options;
  #running = 0;

  constructor(options: Options) {
    this.#options = options;
  }

  /**
   * Connects once and leaves. Throws INVALID_CONFIGURATION for an address that may not be reached,
   * CAMERA_UNAUTHORIZED, CAMERA_UNREACHABLE and CAMERA_CANNOT with the camera's fault, RATE_LIMITED, and
   * ENGINE_UNAVAILABLE.
   */
  async look(url: string, transport: NonNullable<DesiredSource['transport']>): Promise<CameraReport> {
    const { read, engineConnected } = this.#options;
    const source = await read(url);
    if (!engineConnected()) throw new DomainError('ENGINE_UNAVAILABLE');
    if (this.#running >= AT_ONCE) {
      throw new DomainError('RATE_LIMITED', `${AT_ONCE} cameras are being looked at already`, {
        retry_after: 30,
      });
    }
    this.#running++;
    try {
      const report = await this.#asked({ ...source, transport });
      if (report.fault) throw failure(report.fault, report.message);
      return present(url, report);
    } finally {
      this.#running--;
    }
  }

  async #asked(source: DesiredSource): Promise<ProbeReport> {
    try {
      return await this.#options.look(source);
    } catch {
      throw new DomainError('ENGINE_FAILED');
    }
  }
}

function failure(fault: StreamFault, said = ''): DomainError {
  const code = CODES[fault] ?? 'CAMERA_UNREACHABLE';
  const cause = redact(said).slice(0, MAX_MESSAGE);
  return new DomainError(code, REASONS[fault] ?? cause, { fault, cause });
}

function present(url: string, report: ProbeReport): CameraReport {
  const picture = report.tracks.find(({ kind }) => kind === 'video');
  const sound = report.tracks.find(({ kind }) => kind === 'audio');
  const { video, audio } = report;
  return {
    source_url: redactUrls(url),
    transport: report.transport ?? null,
    video:
      picture && video
        ? {
            codec: picture.codec,
            codec_string: picture.codec_string,
            resolution: `${picture.width ?? 0}x${picture.height ?? 0}`,
            ...video,
          }
        : null,
    audio: sound
      ? {
          codec: sound.codec,
          codec_string: sound.codec_string,
          sample_rate: sound.sample_rate ?? 0,
          channels: sound.channels ?? 0,
          bitrate: audio?.bitrate ?? 0,
        }
      : null,
    tracks: report.tracks,
    clock_skew: report.clock_skew,
    packets_lost: report.packets_lost,
    certificate: report.certificate ?? null,
    seconds: report.seconds,
    notes: advice(report),
  };
}
