import type { ImportFinding } from '@nightjar/contract/platform';
import { failure, info, warning } from './draft.ts';

/** What one address of a file comes to here. */
export interface Address {
  /** Undefined when it cannot be a camera here; the findings say why. */
  url?: string;
  findings: ImportFinding[];
}

const FIELD = 'source_url';
/** `${NAME}` of go2rtc, `{FRIGATE_NAME}` of Frigate. */
const VARIABLE = /\$\{[^}]*\}|\{FRIGATE_[^}]*\}/;
const SCHEME = /^([a-z][a-z0-9+.-]*):/i;

/** Sources of others that are no address of a camera, in words for the person who imports. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  exec: 'it is a program; programs are never run from a file',
  echo: 'it is a program; programs are never run from a file',
  expr: 'it is a program; programs are never run from a file',
  'ffmpeg-device': 'it is a device of the machine; cameras are reached over the network',
  v4l2: 'it is a device of the machine; cameras are reached over the network',
  onvif: 'it is found by ONVIF: use "discover" of the wizard, which reads the RTSP address from the device',
  homekit: 'HomeKit is not supported; many such cameras have RTSP as well',
  tapo: 'Tapo’s own protocol is not supported; switch RTSP on in the camera’s account settings',
  rpiCamera: 'it is a device of the machine; cameras are reached over the network',
};

/** Takes the address of a source as the other programs write it; a secret is in no finding. */
export function readAddress(text: string): Address {
  const findings: ImportFinding[] = [];
  const [plain = '', ...options] = text.trim().split('#');
  if (VARIABLE.test(plain)) {
    return { findings: [failure(FIELD, 'the address holds a variable: write its value instead')] };
  }
  const wrapped = /^ffmpeg:(.*)$/is.exec(plain)?.[1];
  const address = (wrapped ?? plain).replace(/^rtspx:/i, 'rtsps:');
  if (wrapped !== undefined) {
    findings.push(warning(FIELD, 'FFmpeg’s options are left out: the camera’s own video is taken as it is'));
  } else if (options.length > 0) {
    findings.push(info(FIELD, 'what stands behind # is left out'));
  }
  const scheme = SCHEME.exec(address)?.[1]?.toLowerCase();
  if (scheme === undefined || !address.includes('://')) {
    const reason = scheme && ELSEWHERE[scheme];
    return { findings: [failure(FIELD, reason ?? 'this is no address of a camera')] };
  }
  if (ELSEWHERE[scheme]) return { findings: [failure(FIELD, ELSEWHERE[scheme])] };
  return { url: address, findings };
}

/** Puts a user and a password into an address that has none. */
export function withLogin(url: string, username: string | undefined, password: string | undefined): string {
  if (username === undefined || username === '') return url;
  const [scheme = '', rest = ''] = url.split(/:\/\/(.*)/s);
  const authority = rest.split(/[/?]/)[0] ?? '';
  if (authority.includes('@')) return url;
  const secret = password === undefined ? '' : `:${encodeURIComponent(password)}`;
  return `${scheme}://${encodeURIComponent(username)}${secret}@${rest}`;
}
