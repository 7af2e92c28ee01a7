import type { KeyboardEvent } from 'react';
import type { LivePlayer } from '../live-player.ts';
import { saveSnapshot } from './save-snapshot.ts';
import type { FullScreen } from './use-full-screen.ts';
import type { PictureInPicture } from './use-picture-in-picture.ts';

/** Seconds that one step goes back, and how much is shown again at once. */
export const STEP_SECONDS = 10;
export const REPLAY_SECONDS = 60;

/** What keys and buttons of a picture act on. */
export interface Keyed {
  streamId: string;
  player: LivePlayer | null;
  video: HTMLVideoElement | null;
  muted: boolean;
  fullScreen: FullScreen;
  pip: PictureInPicture;
  toggleFigures: () => void;
  toggleBoxes: () => void;
}

/** Full screen, mute, picture in picture, still, figures, boxes, going back and to live, and space for pause. */
export function playerKeys(keyed: Keyed): (event: KeyboardEvent) => void {
  const { player, video, fullScreen, pip } = keyed;
  const keys: Readonly<Record<string, () => void>> = {
    f: fullScreen.toggle,
    m: () => player?.setMuted(!keyed.muted),
    p: () => pip.possible && pip.toggle(),
    s: () => video && saveSnapshot(video, keyed.streamId),
    i: keyed.toggleFigures,
    b: keyed.toggleBoxes,
    r: () => player?.rewind(REPLAY_SECONDS),
    l: () => player?.toLive(),
    arrowleft: () => player?.rewind(STEP_SECONDS),
    arrowright: () => player?.rewind(-STEP_SECONDS),
  };
  const pause = (event: KeyboardEvent) => {
    event.preventDefault();
    if (video?.paused) player?.resume();
    else video?.pause();
  };
  return (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    // On a button the space bar presses it.
    if (event.key === ' ' && event.target === event.currentTarget) pause(event);
    else keys[event.key.toLowerCase()]?.();
  };
}
