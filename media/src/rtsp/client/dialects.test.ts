import net from 'node:net';
import tls from 'node:tls';
import { describe, expect, it } from 'vitest';
import { codecByRtpName } from '../../codecs/index.ts';
import { parseSdp } from '../../sdp/index.ts';
import { FakeClock, SELF_SIGNED } from '../../testing/index.ts';
import { CameraSession, decent } from '../testing/camera-session.ts';
import { interleaved, rtpPacket, type Script } from '../testing/scripted-camera.ts';
import { playableMedia } from '../to-stream.ts';
import { parseRtspUrl } from '../wire/url.ts';

const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 5_000, interval: 5 });
const packet = (channel: number, seq: number, ssrc = 0) => {
  const bytes = rtpPacket(seq, 40);
  bytes.writeUInt32BE(ssrc, 8);
  return interleaved(channel, bytes);
};
const lines = (...text: string[]) => ['v=0', ...text, ''].join('\r\n');
const SPROP = 'sprop-parameter-sets=Z0IAKeKQFAe2AtwEBAaQeJEV,aM48gA==';
const H264 = ['m=video 0 RTP/AVP 96', 'a=rtpmap:96 H264/90000', `a=fmtp:96 packetization-mode=1;${SPROP}`];

/** Plays what `playableMedia` takes of a description; answers the SETUP addresses without the origin. */
async function playedFrom(sdp: string): Promise<string[]> {
  await using session = await CameraSession.start(new FakeClock(), decent({ DESCRIBE: { body: sdp } }));
  const description = await session.client.describe();
  await session.client.setup(playableMedia(description.sdp));
  await session.client.play();
  for (const { headers } of session.camera.requests) expect(headers.has('require')).toBe(false);
  return session.asked.filter((line) => line.startsWith('SETUP')).map((line) => line.slice('SETUP '.length));
}

describe('quirk 15: RTSPS', () => {
  async function secured(dial: tls.ConnectionOptions) {
    const names: string[] = [];
    const front = tls.createServer(
      {
        ...SELF_SIGNED,
        SNICallback: (name, done) => {
          names.push(name);
          done(null);
        },
      },
      (socket) => {
        const inner = net.connect(session.camera.port, '127.0.0.1');
        socket.pipe(inner).pipe(socket);
        socket.on('error', () => inner.destroy());
        inner.on('error', () => socket.destroy());
      },
    );
    front.on('tlsClientError', () => undefined);
    await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
    const { port } = front.address() as net.AddressInfo;
    const session: CameraSession = await CameraSession.start(
      new FakeClock(),
      decent({ PLAY: { behind: packet(0, 5) } }),
      { connect: ({ host }) => tls.connect({ host: '127.0.0.1', port, servername: host, ...dial }) },
      () => 'rtsps://camera.lan:7441/abcd?enableSrtp',
    );
    return {
      session,
      names,
      [Symbol.asyncDispose]: async () => {
        await session[Symbol.asyncDispose]();
        await new Promise((resolve) => front.close(resolve));
      },
    };
  }

  it('a self-signed certificate without a chain plays when the caller accepts it, and is told the name', async () => {
    let seen = '';
    await using secure = await secured({
      ca: SELF_SIGNED.cert,
      checkServerIdentity: (_name, certificate) => {
        seen = certificate.subject.CN as string;
        return undefined;
      },
    });
    await secure.session.play();
    await eventually(() => secure.session.packets.length).toBe(1);
    expect(seen).toBe('camera');
    expect(secure.names).toEqual(['camera.lan']);
    expect(secure.session.asked[0]).toBe('OPTIONS rtsps://camera.lan:7441/abcd');
  });

  it('a certificate that the caller does not accept fails by its name', async () => {
    await using secure = await secured({});
    await expect(secure.session.play()).rejects.toMatchObject({
      message: expect.stringContaining('DEPTH_ZERO_SELF_SIGNED_CERT'),
    });
  });

  it.each([
    ['rtsps://h:7441/id?enableSrtp', '/id'],
    ['rtsps://h:7441/id?enableSrtp=1&a=b', '/id?a=b'],
    ['rtsps://h:7441/id?a=b&EnableSrtp', '/id?a=b'],
    ['rtsps://h:7441/id?a=enableSrtp', '/id?a=enableSrtp'],
  ])('UniFi shows %s, which asks for encrypted media: %s', (text, path) => {
    expect(parseRtspUrl(text)?.path).toBe(path);
  });

  it('media offered as SRTP only fails and says so', async () => {
    const sdp = lines(
      ...H264.map((line) => line.replace('RTP/AVP', 'RTP/SAVP')),
      'a=crypto:1 AES_CM_128 inline:x',
    );
    await expect(playedFrom(sdp)).rejects.toMatchObject({
      code: 'no_playable_track',
      message: expect.stringContaining('encrypted (RTP/SAVP)'),
    });
  });
});

describe('quirk 17: back channels', () => {
  const SOUND = ['m=audio 0 RTP/AVP 97', 'a=rtpmap:97 MPEG4-GENERIC/16000'];
  const AAC = [...SOUND, 'a=fmtp:97 mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3;config=1408'];
  it.each<[string, string[], string[]]>([
    [
      'is neither asked for nor set up',
      [...H264, 'a=control:v', ...AAC, 'a=control:a', 'a=recvonly', ...AAC, 'a=control:back', 'a=sendonly'],
      ['/live/v', '/live/a'],
    ],
    [
      'announced before the sound',
      [...H264, 'a=control:v', ...AAC, 'a=control:back', 'a=sendonly', ...AAC, 'a=control:a'],
      ['/live/v', '/live/a'],
    ],
    ['the picture wrongly flagged as one', [...H264, 'a=control:v', 'a=sendonly'], ['/live/v']],
  ])('%s', async (_, sdp, expected) => {
    expect(await playedFrom(lines(...sdp))).toEqual(expected);
  });
});

describe('quirk 23: the profile in the description contradicts the parameter sets', () => {
  it.each(['640028', '4D0014', '33', 'zzzzzz', ''])(
    'profile-level-id=%s: the parameter sets count',
    (profile) => {
      const sdp = parseSdp(
        lines(...H264.map((line) => line.replace(SPROP, `profile-level-id=${profile};${SPROP}`))),
      );
      const format = codecByRtpName('H264')!.formatFromSdp(sdp.media[0]!);
      expect(format?.codecString).toBe('avc1.420029');
    },
  );
});

describe('quirk 27: dialects of descriptions', () => {
  it.each<[string, string[], string[]]>([
    [
      'Sony: spaces in the name of the origin, c= behind attributes, control before fmtp',
      [
        'o=RTSP Session 1 2 IN IP4 0.0.0.0',
        's=Sony RTSP Server',
        't=0 0',
        'a=range:npt=now-',
        'c=IN IP4 0.0.0.0',
        'm=video 0 RTP/AVP 105',
        'a=rtpmap:105 H264/90000',
        'a=control:trackID=1',
        'a=framerate:25.0',
        `a=fmtp:105 packetization-mode=1; profile-level-id=640028; ${SPROP}`,
      ],
      ['/live/trackID=1'],
    ],
    [
      'Vurix: IPV4, an absolute control on another port, no a=control of its own path',
      [
        'o=- 1 1 IN IPV4 10.10.10.10',
        'c=IN IPV4 0.0.0.0',
        'a=control:*',
        'm=video 0 RTP/AVP 96',
        'a=control:rtsp://10.10.10.10:5556/vurix/1414/0/video',
        ...H264.slice(1),
        'a=recvonly',
      ],
      ['/vurix/1414/0/video'],
    ],
    [
      'Hikvision: c= twice in one line, Media_header, a track named by a word',
      [
        'o=- 1109162014219182 0 IN IP4 0.0.0.0',
        'i=HIK Media Server Session Description : standard',
        'e=NONE',
        'c=IN c=IN IP4 0.0.0.0',
        'a=control:*',
        ...H264,
        'i=Video Media',
        'a=control:trackID=video',
        'a=Media_header:MEDIAINFO=494D4B48;',
        'a=appversion:1.0',
      ],
      ['/live/trackID=video'],
    ],
    [
      'Mercury and TP-Link: five fields in the origin, an invented media type with a text for its format',
      [
        'o=- 14665860 31787219 1 IN IP4 192.168.0.60',
        's=Session streamed by "MERCURY RTSP Server"',
        'a=smart_encoder:virtualIFrame=1',
        ...H264,
        'b=AS:4096',
        'a=control:track1',
        'm=application/MERCURY 0 RTP/AVP smart/1/90000',
        'a=rtpmap:95 MERCURY/90000',
        'a=control:track3',
      ],
      ['/live/track1'],
    ],
    [
      'a camera with c= and b= behind the attributes, ids too large for 64 bits, an address left out',
      [
        'o=RTSP 16381778200090761968 16381778200090839277 IN IP4 ',
        'e=NONE',
        'a=x-dimensions:1920,1080',
        ...H264,
        'b=AS:5000',
        'c=IN IP4 0.0.0.0',
        'a=control:rtsp://10.10.1.30:8554/onvif2/audio/trackID=0',
      ],
      ['/onvif2/audio/trackID=0'],
    ],
    [
      'ids with a fraction, an address with a port, no timing and no control',
      ['o=- 1698210484.879535 1698210484.879535 IN IP4 46.242.10.231:12626', 's=Playout', ...H264],
      ['/live'],
    ],
  ])('%s', async (_, sdp, expected) => {
    expect(await playedFrom(lines(...sdp))).toEqual(expected);
  });

  it('Fritzbox: LF only, c=In, MPEG-TS with commas in its parameters: the transport stream is taken', () => {
    const text = [
      's=SatIPServer:1 0,0,4',
      'm=video 0 RTP/AVP 33',
      'c=In IP4 0.0.0.0',
      'a=fmtp:33 src=1;tuner=1,240,,dvbc,,,,6900',
    ];
    const sdp = parseSdp(`v=0\n${text.join('\n')}\n`);
    expect(sdp.media).toMatchObject([{ encodingName: 'MP2T', payloadTypes: [33] }]);
    expect(playableMedia(sdp)).toEqual([0]);
  });

  it.each<[string, string[], string, number[]]>([
    [
      'FLIR: five payload types, the first of which is what the address sends',
      [
        'i=Live infrared',
        't=now-',
        'm=video 0 RTP/AVP 96 97 111 112 99',
        'a=control:rtsp://172.16.2.20/sid=96&overlay=on',
        'a=rtpmap:96 MP4V-ES/90000',
        'a=rtpmap:111 H264/90000',
        `a=fmtp:111 ${SPROP}`,
        'a=rtpmap:99 FCAM/90000',
      ],
      'MP4V-ES',
      [96, 97, 111, 112, 99],
    ],
  ])('%s: read, and no track of it is played', (_, text, encoding, types) => {
    const sdp = parseSdp(`v=0\n${text.join('\n')}\n`);
    expect(sdp.media).toMatchObject([{ encodingName: encoding, payloadTypes: types }]);
    expect(playableMedia(sdp)).toEqual([]);
  });
});

describe('quirk 33: the data of an older session leaks into the new one', () => {
  const OLD = 0xaaaa;
  const NEW = 0xbbbb;
  /** Sends `early` before anybody asked for media, then `late` behind the answer to PLAY. */
  async function played(early: Buffer[], late: Buffer[]) {
    const setup: Script = (request, socket, received) => ({
      ...decent()(request, socket, received),
      ...(received.filter(({ method }) => method === 'SETUP').length === 2 && {
        behind: Buffer.concat(early),
      }),
    });
    const session = await CameraSession.start(
      new FakeClock(),
      decent({ SETUP: setup, PLAY: { behind: Buffer.concat(late) } }),
    );
    const { sdp } = await session.client.describe();
    await session.client.setup(sdp.media.map((media) => media.index));
    await eventually(() => session.client.strayPackets).toBe(early.length);
    await session.client.play();
    return session;
  }

  it('what comes before PLAY is nobody’s, and its source stays out once the new one sends', async () => {
    const early = [packet(0, 900, OLD), packet(0, 901, OLD), packet(1, 902, OLD)];
    const late = [
      packet(0, 1, NEW),
      packet(0, 903, OLD),
      packet(0, 2, NEW),
      packet(2, 5, OLD),
      packet(0, 904, OLD),
    ];
    await using session = await played(early, late);
    await eventually(() => session.packets.map(({ track, seq }) => [track, seq])).toEqual([
      [0, 1],
      [0, 2],
      [1, 5],
    ]);
    expect(session.client.strayPackets).toBe(5);
  });

  it('a camera that keeps its source over sessions plays', async () => {
    await using session = await played([packet(0, 900, OLD)], [packet(0, 901, OLD), packet(0, 902, OLD)]);
    await eventually(() => session.packets.map(({ seq }) => seq)).toEqual([901, 902]);
  });
});
