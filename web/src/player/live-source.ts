import type { Clock } from '../clock/clock.ts';
import { hlsPlayback } from './hls/hls-playback.ts';
import { hlsRewound } from './hls/hls-rewound.ts';
import { Steps } from './hls/steps.ts';
import { Ladder } from './ladder.ts';
import { mjpegPlayback } from './mjpeg/mjpeg-playback.ts';
import { fetchTicket, msePlayback } from './mse/mse-playback.ts';
import type { OpenPlayback, Protocol } from './playback.ts';
import { whepPlayback } from './webrtc/whep-playback.ts';

/** What a live picture is made from. */
export interface LiveSource {
  streamId: string;
  /** Origin of the server; empty for that of the page. */
  base: string;
  /** Value of the `Authorization` header; undefined for a page that is signed in by its cookie, or has a ticket. */
  authorization: string | undefined;
  /** A media ticket that the page was given, in place of a credential. */
  ticket?: string | undefined;
  audio: boolean;
  /** Whether smaller pictures may be asked for where the network is narrow (HLS only): the server makes them. */
  lower?: boolean | undefined;
  /** Whether requests may wait at the server (HLS only). */
  lowLatency: boolean;
  /** The ways that are tried, best first; all when absent. */
  protocols?: readonly Protocol[] | undefined;
}

export const PROTOCOLS: readonly Protocol[] = ['webrtc', 'mse', 'hls', 'mjpeg'];

/** The ways this source can be played, best first. */
export function ladderOf(source: LiveSource, clock: Clock): Ladder<HTMLVideoElement> {
  const { base, authorization, ticket, audio, lowLatency } = source;
  const id = encodeURIComponent(source.streamId);
  const address = addressOf(source);
  const ways = {
    webrtc: () => whepPlayback({ url: address(`/whep/${id}`), authorization, audio }),
    mse: () =>
      msePlayback({
        url: address(`/live/${id}/mse`),
        audio,
        ticket: async () =>
          authorization === undefined ? ticket : fetchTicket(`${base}/live/${id}/ticket`, authorization),
      }),
    hls: () =>
      hlsPlayback({
        url: address(`/live/${id}/${source.lower ? 'adaptive' : 'index'}.m3u8?join=now`),
        ...{ authorization, audio, lowLatency },
        ...(source.lower ? { steps: new Steps(clock) } : {}),
      }),
    mjpeg: () => mjpegPlayback({ url: address(`/live/${id}/mjpeg`), authorization }),
  };
  const wanted = source.protocols ?? PROTOCOLS;
  return new Ladder(
    wanted.map((protocol) => ({ protocol, open: ways[protocol]() })),
    clock,
  );
}

/** The same source so many seconds behind live: recorded footage and then what is newer, by one playlist. */
export function rewoundOf(source: LiveSource, behind: number): OpenPlayback<HTMLVideoElement> {
  const { authorization, audio } = source;
  const path = `/live/${encodeURIComponent(source.streamId)}/index.m3u8`;
  const url = (reach: number): string => addressOf(source)(`${path}?dvr=${reach}`);
  return hlsRewound({ url, authorization, audio }, behind);
}

/** Makes whole addresses of paths, with the ticket where there is one. */
function addressOf({ base, ticket }: LiveSource): (path: string) => string {
  return (path) => {
    const url = new URL(`${base}${path}`, location.href);
    if (ticket !== undefined) url.searchParams.set('ticket', ticket);
    return url.href;
  };
}

/** The ways that the address of the page asks for, as `?way=mse,hls`; undefined when it asks for none. */
export function wantedProtocols(search: string): Protocol[] | undefined {
  const names = new URLSearchParams(search).get('way')?.split(',') ?? [];
  const known = PROTOCOLS.filter((protocol) => names.includes(protocol));
  return known.length === 0 ? undefined : known;
}
