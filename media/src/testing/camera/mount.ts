import type { RtpJoin, RtpSender, RtpViewer } from '../../rtp/index.ts';
import type { RtspMount } from '../../rtsp/index.ts';

/** `onJoin` is called before a client is given anything. Counts what goes out and, where a camera starts so, holds everything back until the next key frame. */
export function mountSender(
  sender: RtpSender,
  options: { startAt: 'cached' | 'next-key'; onJoin: () => void; onBytes: (bytes: number) => void },
): RtspMount {
  const video = sender.tracks.map(({ track }) => track.kind === 'video');
  const join = (viewer: RtpViewer): RtpJoin => {
    const cached = options.startAt === 'cached';
    let waiting = !cached;
    options.onJoin();
    return sender.join(
      {
        packets(chunk, trackIndex, key) {
          if (waiting && !(key && video[trackIndex])) return;
          waiting = false;
          options.onBytes(chunk.length);
          viewer.packets(chunk, trackIndex, key);
        },
        end: () => viewer.end(),
      },
      cached,
    );
  };
  return { sender: { tracks: sender.tracks, join }, release: () => undefined };
}
