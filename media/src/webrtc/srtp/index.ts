export {
  MASTER_KEY_BYTES,
  MASTER_SALT_BYTES,
  SRTP_PROFILES,
  type SrtpMaster,
  type SrtpProfile,
} from './profile.ts';
export { type Datagram, headerLength, type PacketRun, type RunPayload, writeHeader } from './run.ts';
export { preferredProfiles, SrtpReceiver, type SrtpRefusals, SrtpSender } from './session.ts';
