export {
  MASTER_KEY_BYTES,
  MASTER_SALT_BYTES,
  SRTP_PROFILES,
  type SrtpMaster,
  type SrtpProfile,
} from './profile.ts';
export {
  bytesOf,
  type Datagram,
  headerLength,
  type LentPackets,
  type PacketRun,
  type RunPayload,
  together,
  writeHeader,
} from './run.ts';
export { preferredProfiles, SrtpReceiver, type SrtpRefusals, SrtpSender } from './session.ts';
