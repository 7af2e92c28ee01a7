export type { AudioFormat, Codec, Format, SdpFacts, VideoFormat } from './codec.ts';
