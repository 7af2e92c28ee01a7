import { createIdentity } from '../certificate/index.ts';
import { TestPeer } from './test-peer.ts';

/**
 * A viewer of H.264 over TCP alone: `exchange` is given its offer and answers with the server's description. Checks
 * come every 2.5 s, as browsers send them, until it is closed.
 */
export async function openTestPeer(exchange: (offer: string) => Promise<string>): Promise<TestPeer> {
  const identity = createIdentity(Date.now());
  const answer = await exchange(offerOf(identity.fingerprint.value));
  const value = (name: string): string => new RegExp(`^a=${name}:(.*?)\\r?$`, 'm').exec(answer)?.[1] ?? '';
  const candidate = /^a=candidate:\S+ 1 tcp \d+ (\S+) (\d+) typ host/im.exec(answer);
  if (!candidate) throw new Error(`no candidate over TCP in the answer:\n${answer}`);
  const [, host = '', port = ''] = candidate;
  const ice = { ufrag: value('ice-ufrag'), password: value('ice-pwd') };
  const peer = await TestPeer.open({ protocol: 'tcp', host, port: Number(port), identity, ice });
  await peer.connect();
  const checks = setInterval(() => {
    if (peer.closed) clearInterval(checks);
    else peer.check();
  }, 2_500).unref();
  return peer;
}

const offerOf = (fingerprint: string): string =>
  [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'a=group:BUNDLE 0',
    'm=video 9 UDP/TLS/RTP/SAVPF 102 103',
    'c=IN IP4 0.0.0.0',
    'a=mid:0',
    'a=recvonly',
    'a=rtcp-mux',
    'a=setup:actpass',
    'a=ice-ufrag:them',
    'a=ice-pwd:theirstheirstheirstheirs',
    `a=fingerprint:sha-256 ${fingerprint}`,
    'a=rtpmap:102 H264/90000',
    'a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=64001f',
    'a=rtcp-fb:102 nack',
    'a=rtcp-fb:102 nack pli',
    'a=rtpmap:103 rtx/90000',
    'a=fmtp:103 apt=102',
    '',
  ].join('\r\n');
