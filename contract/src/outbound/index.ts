export { parseCidr, parseIp } from './ip.ts';
export { portAllowed, RTSP_PORTS, SERVICE_PORTS } from './ports.ts';
export type { AddressKind } from './ranges.ts';
export {
  type ParsedSourceUrl,
  parseSourceUrl,
  RTSP_PROTOCOLS,
  redactUrls,
  type SourceProtocol,
  type SourceUrl,
  usualPorts,
} from './source-url.ts';
export { surroundingsOf } from './surroundings.ts';
export {
  type AddressVerdict,
  addressVerdict,
  type Denial,
  type DenialReason,
  type HostVerdict,
  hostVerdict,
  type Surroundings,
  serviceVerdict,
} from './verdict.ts';
