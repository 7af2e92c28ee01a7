/** What the engine is started with. */
export interface EngineSettings {
  readonly dataDir: string;
  /** 0: any free port. */
  readonly rtspPort: number;
  /** The even one of two UDP ports for RTP and RTCP; 0: any free pair. */
  readonly rtspUdpPort: number;
  /** Address the RTSP listener binds to. */
  readonly rtspHost: string;
  /** 0: any free port. */
  readonly rtmpPort: number;
  /** Address the RTMP listener binds to. */
  readonly rtmpHost: string;
  /** UDP and TCP; 0: any free port. */
  readonly webrtcPort: number;
  /** Threads that serve WebRTC; each above the first takes the next port. */
  readonly webrtcWorkers: number;
  /** Address the WebRTC ports bind to; '' for every address. */
  readonly webrtcHost: string;
  /** Addresses at which WebRTC peers reach this machine from outside: names or IPs. Empty: its own. */
  readonly webrtcAddresses: readonly string[];
  /** Standard input is a pipe from the launcher whose end means that it is gone. */
  readonly parentPipe: boolean;
}

/** A setting cannot be used; `message` names it. The program ends with EX_CONFIG (78, sysexits.h). */
export class SettingsError extends Error {}

/** Reads the environment. Throws SettingsError. */
export function readSettings(environment: NodeJS.ProcessEnv): EngineSettings {
  return {
    dataDir: environment['NIGHTJAR_DATA_DIR'] || './data',
    rtspPort: port(environment, 'NIGHTJAR_RTSP_PORT', 8554),
    rtspUdpPort: evenPort(
      environment,
      'NIGHTJAR_RTSP_UDP_PORT',
      environment['NIGHTJAR_RTSP_PORT'] ? 0 : 8556,
    ),
    rtspHost: environment['NIGHTJAR_RTSP_HOST'] || '0.0.0.0',
    rtmpPort: port(environment, 'NIGHTJAR_RTMP_PORT', 1935),
    rtmpHost: environment['NIGHTJAR_RTMP_HOST'] || '0.0.0.0',
    webrtcPort: port(environment, 'NIGHTJAR_WEBRTC_PORT', 8189),
    webrtcWorkers: workers(environment, 'NIGHTJAR_WEBRTC_WORKERS'),
    webrtcHost: environment['NIGHTJAR_WEBRTC_HOST'] ?? '',
    webrtcAddresses: addresses(environment, 'NIGHTJAR_WEBRTC_ADDRESSES'),
    parentPipe: environment['NIGHTJAR_PARENT_PIPE'] === '1',
  };
}

function port(environment: NodeJS.ProcessEnv, name: string, otherwise: number): number {
  const text = environment[name];
  if (text === undefined || text === '') return otherwise;
  const value = Number(text);
  if (!/^\d{1,5}$/.test(text) || value > 65_535)
    throw new SettingsError(`${name} must be a port from 0 to 65535`);
  return value;
}

const MAX_WORKERS = 16;

function workers(environment: NodeJS.ProcessEnv, name: string): number {
  const value = Number(environment[name] || '1');
  if (!Number.isInteger(value) || value < 1 || value > MAX_WORKERS)
    throw new SettingsError(`${name} must be a number from 1 to ${MAX_WORKERS}`);
  return value;
}

function evenPort(environment: NodeJS.ProcessEnv, name: string, otherwise: number): number {
  const value = port(environment, name, otherwise);
  if (value % 2 !== 0) throw new SettingsError(`${name} must be even: RTCP takes the one above`);
  return value;
}

/** Names and IP addresses, with commas between. */
function addresses(environment: NodeJS.ProcessEnv, name: string): string[] {
  const list = (environment[name] ?? '').split(',').map((text) => text.trim());
  const given = list.filter((text) => text !== '');
  // They are written into SDP, where a blank would end them.
  if (!given.every((text) => /^[0-9A-Za-z._:-]{1,253}$/.test(text)))
    throw new SettingsError(`${name} must be names or IP addresses with commas between`);
  return given;
}
