import { describe, expect, it, vi } from 'vitest';
import { codecByRtpName } from '../codecs/index.ts';
import { FUZZ_LIMIT_MS, fuzz } from '../testing/fuzz/index.ts';
import { parseSdp } from './parse.ts';

vi.setConfig({ testTimeout: FUZZ_LIMIT_MS });

const H264 =
  'm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1;sprop-parameter-sets=Z0IAKeKQFAe2AtwEBAaQeJEV,aM48gA==\r\na=control:trackID=0\r\n';
const H265 =
  'm=video 0 RTP/AVP 97\na=rtpmap:97 H265/90000\na=fmtp:97 sprop-vps=QAEMAf//;sprop-sps=QgEB;sprop-pps=RAHB\n';
const AAC =
  'm=audio 0 RTP/AVP 98\r\na=rtpmap:98 MPEG4-GENERIC/48000/2\r\na=fmtp:98 mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3;config=1190\r\n';
const LATM =
  'm=audio 0 RTP/AVP 99\r\na=rtpmap:99 MP4A-LATM/16000\r\na=fmtp:99 cpresent=0;config=40002810\r\n';
const REST =
  'm=audio 0 RTP/AVP 0 8 100\r\na=rtpmap:100 opus/48000/2\r\na=sendonly\r\nm=application 0 RTP/AVP 107\r\n';

describe('100,000 descriptions', () => {
  it('are read, whatever they are, and their formats too', () => {
    const head = 'v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=x\r\nt=0 0\r\n';
    let media = 0;
    const report = fuzz({
      examples: [H264, H265, AAC, LATM, REST, H264 + AAC, H265 + LATM + REST].map((text) =>
        Buffer.from(head + text),
      ),
      pieces: [
        '\r\n',
        'm=',
        'a=',
        'a=rtpmap:',
        'a=fmtp:',
        ';',
        '=',
        '/',
        '96',
        '0',
        '99999',
        'L16',
        'JPEG',
        'config=',
        '\0',
      ].map((text) => Buffer.from(text)),
      isTyped: () => false,
      take: (input) => {
        const sdp = parseSdp(input.toString('utf8'));
        media += sdp.media.length;
        for (const section of sdp.media) codecByRtpName(section.encodingName)?.formatFromSdp(section);
      },
    });
    expect(report).toMatchObject({ broken: [], slow: [] });
    expect(report.grown).toBeLessThan(32 * 1024 * 1024);
    expect(media).toBeGreaterThan(report.inputs);
  });
});
