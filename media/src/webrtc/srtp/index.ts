export {
  MASTER_KEY_BYTES,
  MASTER_SALT_BYTES,
  SRTP_PROFILES,
  type SrtpMaster,
  type SrtpProfile,
} from './profile.ts';
export { SrtpReceiver, type SrtpRefusals, SrtpSender } from './session.ts';
