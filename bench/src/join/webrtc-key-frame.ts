import { eventually, ForeignPeer } from '@nightjar/e2e/harness';
import type { Product } from '../product/product.ts';

const MARKER = 0x80;

/** Watches by WHEP with libdatachannel until the first picture is whole. Milliseconds since it was connected. */
export async function webRtcKeyFrame({ api }: Product, streamId: string): Promise<number> {
  await using peer = await ForeignPeer.start();
  let whole: number | undefined;
  let connected: number | undefined;
  peer.onConnected = () => {
    connected ??= performance.now();
  };
  peer.onPacket = (packet) => {
    const type = packet[1]! & 0x7f;
    // RFC 5761 4: those are RTCP.
    if (type >= 64 && type < 96) return;
    if ((packet[1]! & MARKER) !== 0) whole ??= performance.now();
  };
  const response = await fetch(`${api.base}/whep/${streamId}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${api.token}`, 'content-type': 'application/sdp' },
    body: await peer.offer,
  });
  if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`);
  peer.answer(await response.text());
  await eventually('a whole picture', async () => whole !== undefined && connected !== undefined, {
    timeoutMs: 10_000,
  });
  return Math.max(0, whole! - connected!);
}
