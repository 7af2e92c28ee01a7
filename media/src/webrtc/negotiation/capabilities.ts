import { codecs as allCodecs } from '../../codecs/index.ts';
import type { Track } from '../../stream/index.ts';
import type { OfferedCodec } from '../description/index.ts';
import { heardFeedback } from './choice.ts';
import type { TrackPlan } from './track-plan.ts';

type Parameters = Readonly<Record<string, string | number>>;

/** A codec in the words of mediasoup (RtpCodecCapability, RtpCodecParameters). */
export interface RtpCodec {
  readonly mimeType: string;
  readonly clockRate: number;
  readonly channels?: number;
  readonly parameters: Parameters;
  readonly rtcpFeedback: readonly { readonly type: string; readonly parameter?: string }[];
}

export interface RtpCodecCapability extends RtpCodec {
  readonly kind: 'video' | 'audio';
  readonly preferredPayloadType: number;
}

export interface RtpHeaderExtension {
  readonly kind: 'video' | 'audio';
  readonly uri: string;
  readonly preferredId: number;
}

/** What `Device.load` of mediasoup-client takes, and what it gives back as `recvRtpCapabilities`. */
export interface RtpCapabilities {
  readonly codecs: readonly RtpCodecCapability[];
  readonly headerExtensions: readonly RtpHeaderExtension[];
}

/** What `transport.consume` of mediasoup-client takes. */
export interface RtpParameters {
  readonly mid: string;
  readonly codecs: readonly (RtpCodec & { readonly payloadType: number })[];
  readonly headerExtensions: readonly [];
  readonly encodings: readonly { readonly ssrc: number; readonly rtx?: { readonly ssrc: number } }[];
  readonly rtcp: { readonly cname: string; readonly reducedSize: true; readonly mux: true };
}

const VIDEO_FEEDBACK = [
  { type: 'nack' },
  { type: 'nack', parameter: 'pli' },
  { type: 'ccm', parameter: 'fir' },
  { type: 'goog-remb' },
];

/** High, constrained high, Main and constrained Baseline: a device keeps those it has a decoder for. */
const H264_IDS = ['640034', '640c34', '4d0034', '42e034'];
const FIRST_PAYLOAD_TYPE = 100;

/** Everything we may send, as a mediasoup router describes itself. */
export const routerCapabilities: RtpCapabilities = (() => {
  let next = FIRST_PAYLOAD_TYPE;
  const sound = (name: string, clockRate: number, channels: number, fixed?: number) => ({
    kind: 'audio' as const,
    ...{ mimeType: `audio/${name}`, clockRate, channels, parameters: {}, rtcpFeedback: [] },
    preferredPayloadType: fixed ?? next++,
  });
  const picture = (name: string, parameters: Parameters): RtpCodecCapability[] => {
    const common = { kind: 'video' as const, clockRate: 90_000 };
    const preferredPayloadType = next++;
    return [
      {
        ...common,
        mimeType: `video/${name}`,
        preferredPayloadType,
        parameters,
        rtcpFeedback: VIDEO_FEEDBACK,
      },
      {
        ...common,
        mimeType: 'video/rtx',
        preferredPayloadType: next++,
        parameters: { apt: preferredPayloadType },
        rtcpFeedback: [],
      },
    ];
  };
  const h264 = H264_IDS.map((id) => ({
    'packetization-mode': 1,
    'level-asymmetry-allowed': 1,
    'profile-level-id': id,
  }));
  return {
    codecs: [
      sound('opus', 48_000, 2),
      sound('PCMU', 8000, 1, 0),
      sound('PCMA', 8000, 1, 8),
      sound('G722', 8000, 1, 9),
      ...h264.flatMap((parameters) => picture('H264', parameters)),
      ...picture('H265', { 'profile-id': 1, 'tier-flag': 0, 'level-id': 153 }),
    ],
    headerExtensions: [],
  };
})();

/** A client's capabilities as the offers that `chooseCodec` reads. */
export function offeredOf(capabilities: RtpCapabilities, kind: Track['kind']): OfferedCodec[] {
  return capabilities.codecs
    .filter(({ mimeType }) => mimeType.toLowerCase().startsWith(`${kind}/`))
    .map((codec) => ({
      payloadType: codec.preferredPayloadType,
      name: codec.mimeType.slice(codec.mimeType.indexOf('/') + 1),
      clockRate: codec.clockRate,
      channels: codec.channels ?? 1,
      fmtp: new Map(
        Object.entries(codec.parameters).map(([name, value]) => [name.toLowerCase(), String(value)]),
      ),
      feedback: codec.rtcpFeedback.map(({ type, parameter }) => (parameter ? `${type} ${parameter}` : type)),
    }));
}

/** A planned track in the words of a mediasoup consumer. `mid`: its place in the client's transport. */
export function rtpParametersOf(plan: TrackPlan, mid: string, cname: string): RtpParameters {
  const { choice, track, ssrc, rtxSsrc } = plan;
  const repair = choice.rtx && rtxSsrc !== undefined ? [asParameters(choice.rtx, track.kind)] : [];
  return {
    mid,
    codecs: [asParameters(choice.codec, track.kind), ...repair],
    headerExtensions: [],
    encodings: [{ ssrc, ...(rtxSsrc === undefined ? {} : { rtx: { ssrc: rtxSsrc } }) }],
    rtcp: { cname, reducedSize: true, mux: true },
  };
}

function asParameters(codec: OfferedCodec, kind: Track['kind']) {
  const known = allCodecs.find(({ rtp }) => rtp.encodingName.toUpperCase() === codec.name.toUpperCase());
  return {
    mimeType: `${kind}/${known?.rtp.encodingName ?? codec.name}`,
    payloadType: codec.payloadType,
    clockRate: codec.clockRate,
    ...(codec.channels > 1 || kind === 'audio' ? { channels: codec.channels } : {}),
    parameters: Object.fromEntries(
      [...codec.fmtp].map(([name, value]) => [
        name,
        /^\d{1,9}$/.test(value) && name !== 'profile-level-id' ? Number(value) : value,
      ]),
    ),
    rtcpFeedback: heardFeedback(codec.feedback).map((value) => {
      const [type = '', parameter] = value.split(' ');
      return { type, ...(parameter === undefined ? {} : { parameter }) };
    }),
  };
}
