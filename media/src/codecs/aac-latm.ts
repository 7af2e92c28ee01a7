import { unlessMalformed } from '../bytes/index.ts';
import { lowComplexity } from './aac/config.ts';
import { formatStreamMux, parseStreamMux } from './aac/latm.ts';
import { type AacFormat, aac, aacFormat } from './aac.ts';
import type { Codec, Format, SdpFacts } from './codec.ts';

/**
 * AAC on its other way on the wire, LATM (RFC 6416), which SDP calls by another name and which has other
 * parameters. The formats it gives are those of `aac`, which is all that the rest of the platform sees.
 */
export const aacLatm: Codec = {
  ...aac,
  rtp: { encodingName: 'MP4A-LATM', payloadType: 103 },
  formatFromSdp,
  fmtp,
};

/**
 * RFC 6416 7.3. Without a `config` it comes in band; until then the track is taken as AAC-LC of the rtpmap's
 * rate and channels. A `config` that does not parse is not enough when nothing comes in band.
 */
function formatFromSdp(media: SdpFacts): AacFormat | undefined {
  const text = media.fmtp.get('config')?.trim() ?? '';
  const format = /^([0-9a-f]{2})+$/i.test(text) ? formatOf(Buffer.from(text, 'hex')) : undefined;
  if (format || (text !== '' && media.fmtp.get('cpresent') === '0')) return format;
  const config = lowComplexity(media.clockRate, media.channels);
  return config && aacFormat(config);
}

function formatOf(config: Buffer): AacFormat | undefined {
  return unlessMalformed(() => aac.formatFromRecord(parseStreamMux(config).record) as AacFormat);
}

function fmtp(format: Format): string {
  const config = formatStreamMux(format.record).toString('hex').toUpperCase();
  return `profile-level-id=1; object=2; cpresent=0; config=${config}`;
}
