export type { Depacketizer, DepacketizerOptions } from './depacketizer.ts';
export { MediaUtc } from './media-utc.ts';
export { RTP_HEADER, RtpPacket, writeRtpHeader } from './packet.ts';
export { INTERLEAVED_HEADER, type Packetizer, PacketWriter, type Sample } from './packet-writer.ts';
export { Av1Units } from './payloads/av1-unit.ts';
export { type Payload, payloadOf } from './payloads/index.ts';
export { ParameterSets, type SetFormat } from './payloads/parameter-sets.ts';
export { RtpReceiver } from './receiver.ts';
export { Reception, type ReportBlock, writeReport } from './reception.ts';
export { ReorderBuffer } from './reorder.ts';
export {
  type RtcpFacts,
  readRtcp,
  type SenderReport,
  writeReceiverReport,
  writeSenderReport,
} from './rtcp.ts';
export { type RtpJoin, RtpSender, type RtpSenderOptions, type RtpViewer } from './sender.ts';
export { SessionTimeline } from './session-timeline.ts';
export type { Reported, TrackTimeline } from './timeline.ts';
