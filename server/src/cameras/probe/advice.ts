import type { TrackFact } from '@nightjar/contract';
import type { ProbeReport } from '@nightjar/contract/link';
import type { ProbeNote } from '@nightjar/contract/manager';

/** Seconds between key frames above which starting and cutting get slow, and a clock that is off. */
const LONG_GOP = 4;
const CLOCK_OFF = 2;

type Level = ProbeNote['level'];

const VIDEO: Readonly<Record<string, readonly [Level, string]>> = {
  h264: ['good', 'H.264: recorded, and played by every browser'],
  h265: [
    'limited',
    'H.265: recorded; browsers play it only where the machine has a decoder for it, and few do over WebRTC: H.264 plays everywhere',
  ],
  av1: ['limited', 'AV1: recorded; new browsers play it, and few players of RTSP and RTMP do'],
  mjpeg: [
    'limited',
    'Motion JPEG: recorded, and played by RTSP players; browsers do not play it as video: set the camera to H.264',
  ],
};

const AUDIO: Readonly<Record<string, readonly [Level, string]>> = {
  aac: ['good', 'AAC: recorded, and played by every browser over HLS'],
  opus: ['good', 'Opus: recorded, and played by browsers'],
};
const BARE =
  'recorded, and played by RTSP players; browsers do not play it from HLS or recordings: AAC they do';

/** What will and what will not work with a camera, in plain words. */
export function advice(report: ProbeReport): ProbeNote[] {
  const picture = report.tracks.find(({ kind }) => kind === 'video');
  const sound = report.tracks.find(({ kind }) => kind === 'audio');
  return [
    ...aboutPicture(picture, report.video),
    aboutSound(sound),
    ...aboutNetwork(report),
    ...aboutClock(report.clock_skew),
    ...(report.certificate === undefined ? [] : [TRUST]),
  ];
}

const TRUST: ProbeNote = {
  level: 'good',
  about: 'tls',
  message:
    'TLS: the camera is known by this certificate from now on; another one is refused until you accept it',
};

function aboutPicture(track: TrackFact | undefined, video: ProbeReport['video']): ProbeNote[] {
  if (!track || !video) return [note('limited', 'video', 'No picture: the camera sends sound only')];
  const [level, message] = VIDEO[track.codec] ?? ['limited', `${track.codec}: recorded`];
  const notes = [note(level, 'video', message)];
  if (video.b_frames) {
    notes.push(note('limited', 'video', 'B-frames: WebRTC needs a transcode; use low-latency HLS'));
  }
  const gop = video.gop_seconds;
  if (gop === null) {
    notes.push(note('limited', 'video', `No second key frame came: ${SLOW_GOP}`));
  } else if (gop > LONG_GOP) {
    notes.push(note('limited', 'video', `A key frame only every ${gop} s: ${SLOW_GOP}`));
  }
  return notes;
}

const SLOW_GOP =
  'viewers wait for one to begin, and recordings are cut there; set an I-frame interval of 1 to 2 s, and smart codecs (H.264+, H.265+) off';

function aboutSound(track: TrackFact | undefined): ProbeNote {
  if (!track) return note('good', 'audio', 'No sound');
  const [level, message] = AUDIO[track.codec] ?? ['limited', `${track.codec}: ${BARE}`];
  return note(level, 'audio', message);
}

function aboutNetwork({ transport, packets_lost }: ProbeReport): ProbeNote[] {
  const notes: ProbeNote[] = [];
  if (transport === 'udp') {
    notes.push(
      note(
        'limited',
        'network',
        'UDP: what the network loses is lost; TCP is safer where the camera knows it',
      ),
    );
  }
  if (transport === 'http') notes.push(note('good', 'network', 'HTTP tunnel: media comes through it'));
  if (packets_lost > 0) {
    notes.push(note('bad', 'network', `${packets_lost} packets were lost: the network does not keep up`));
  }
  return notes;
}

function aboutClock(skew: number | null): ProbeNote[] {
  if (skew === null || Math.abs(skew) <= CLOCK_OFF) return [];
  const off = `${Math.abs(Math.round(skew))} s ${skew > 0 ? 'ahead' : 'behind'}`;
  const text = `The camera's clock is ${off}: the time in its picture is wrong, recordings go by this server's; set NTP in the camera`;
  return [note('limited', 'clock', text)];
}

const note = (level: Level, about: ProbeNote['about'], message: string): ProbeNote => ({
  level,
  about,
  message,
});
