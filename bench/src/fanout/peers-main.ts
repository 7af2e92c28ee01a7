import { openTestPeer, type TestPeer } from '@nightjar/media/testing';
import { Counts } from './counts.ts';
import type { CrowdOrder } from './crowd.ts';

/**
 * A crowd of WebRTC viewers over TCP in one process. Those that stall stop reading their connection once media has
 * begun. The order is the first argument, as JSON; it says the address of WHEP and the token.
 */
const order = JSON.parse(process.argv[2] ?? '{}') as CrowdOrder;
const [url = '', token = ''] = order.say;
const counts = new Counts();

async function join(stalls: boolean): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/sdp' };
  const peer: TestPeer = await openTestPeer(async (offer) => {
    const answer = await fetch(url, { method: 'POST', headers, body: offer });
    if (answer.status !== 201) throw new Error(`${answer.status} ${await answer.text()}`);
    return answer.text();
  });
  counts.opened();
  const read = counts.viewer();
  for (;;) {
    await peer.until(() => peer.rtp.length > 0 || peer.closed);
    if (peer.closed) break;
    read(peer.rtp.reduce((sum, packet) => sum + packet.length, 0));
    peer.rtp.length = 0;
    if (stalls) return peer.stall();
  }
  counts.closed();
}

for (let index = 0; index < order.count; index++) {
  setTimeout(() => {
    join(index < order.stalled).catch((error: unknown) => {
      console.error(String(error));
      counts.closed();
    });
  }, index * 30);
}
