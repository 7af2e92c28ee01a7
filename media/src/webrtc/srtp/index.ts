export { SRTP_PROFILES, type SrtpMaster, type SrtpProfile } from './profile.ts';
