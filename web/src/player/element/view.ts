import { PATHS } from '../../controls/icon-paths.ts';
import { t } from '../../strings/index.ts';
import { bufferedAhead } from '../keep-up.ts';
import type { LivePlayer, PlayerSnapshot } from '../live-player.ts';
import { REPLAY_SECONDS, STEP_SECONDS } from '../view/player-keys.ts';
import { whyThis } from '../view/protocol-words.ts';
import { saveSnapshot } from '../view/save-snapshot.ts';

interface Options {
  readonly host: Element;
  readonly streamId: string;
  readonly player: () => LivePlayer | null;
}

/** What is seen of the element: the picture, what to know of it, and buttons; without any framework. */
export class ElementView {
  readonly video = document.createElement('video');
  readonly #options: Options;
  readonly #box = part('div', 'box');
  readonly #note = part('div', 'note');
  readonly #play = this.#button('play', t.player.play, () => this.#options.player()?.resume());
  readonly #words = part('p', '');
  readonly #text = part('span', 'text');
  readonly #mute = this.#button('soundOff', t.player.mute, () => this.#toggleMute());
  readonly #live = this.#button('restart', t.player.toLive, () => this.#options.player()?.toLive());
  readonly #figures = part('pre', 'figures');
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(root: ShadowRoot, options: Options) {
    this.#options = options;
    this.video.playsInline = true;
    this.#box.tabIndex = 0;
    this.#box.setAttribute('aria-label', t.player.video(options.streamId));
    this.#box.setAttribute('role', 'group');
    this.#note.append(this.#words, this.#play);
    this.#figures.hidden = true;
    const bar = part('div', 'bar');
    bar.append(
      this.#mute,
      this.#live,
      this.#text,
      this.#button('rewind', t.player.rewind, () => this.#options.player()?.rewind(STEP_SECONDS)),
      this.#button('replay', t.player.replay, () => this.#options.player()?.rewind(REPLAY_SECONDS)),
      this.#button('info', t.player.figures, () => this.#toggleFigures()),
      this.#button('camera', t.player.snapshot, () => this.#save()),
      this.#button('pip', t.player.pip, () => this.#pip()),
      this.#button('expand', t.player.fullScreen, () => this.#fullScreen()),
    );
    this.#box.append(this.video, this.#note, this.#figures, bar);
    this.#box.addEventListener('keydown', this.#onKey);
    root.replaceChildren(this.#box);
    this.#timer = setInterval(() => this.#measure(), 1000);
  }

  /** Shows what the player does. */
  show(snapshot: PlayerSnapshot): void {
    const { phase, fault, latency, muted, hasAudio, protocol, rewound } = snapshot;
    this.#live.hidden = !rewound;
    this.#note.hidden = phase === 'playing';
    this.#play.hidden = phase !== 'blocked';
    const waiting = phase === 'buffering' ? t.player.buffering : t.player.opening;
    this.#words.textContent = phase === 'blocked' ? '' : fault === null ? waiting : t.player.fault[fault];
    const way = protocol === null ? '' : t.player.protocol[protocol];
    const behind = latency === null ? '' : t.player.latency(latency.toFixed(1));
    this.#text.textContent = [rewound ? '' : t.player.live, behind, way].filter(Boolean).join(' · ');
    this.#text.title = whyThis(snapshot);
    draw(this.#mute, muted ? 'soundOff' : 'sound');
    name(this.#mute, muted ? t.player.unmute : t.player.mute);
    this.#mute.hidden = hasAudio === false;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#box.removeEventListener('keydown', this.#onKey);
  }

  #button(icon: keyof typeof PATHS, label: string, press: () => void): HTMLButtonElement {
    const button = document.createElement('button');
    button.type = 'button';
    draw(button, icon);
    name(button, label);
    button.addEventListener('click', press);
    return button;
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const keys: Readonly<Record<string, () => void>> = {
      f: () => this.#fullScreen(),
      m: () => this.#toggleMute(),
      p: () => this.#pip(),
      s: () => this.#save(),
      i: () => this.#toggleFigures(),
      r: () => this.#options.player()?.rewind(REPLAY_SECONDS),
      l: () => this.#options.player()?.toLive(),
      arrowleft: () => this.#options.player()?.rewind(STEP_SECONDS),
      arrowright: () => this.#options.player()?.rewind(-STEP_SECONDS),
    };
    keys[event.key.toLowerCase()]?.();
  };

  #toggleMute(): void {
    this.#options.player()?.setMuted(!this.video.muted);
  }

  #save(): void {
    saveSnapshot(this.video, this.#options.streamId);
  }

  #pip(): void {
    const on = document.pictureInPictureElement !== null;
    const done = on ? document.exitPictureInPicture() : this.video.requestPictureInPicture();
    // Refused by the browser's own rules: all stays as it is.
    done.catch(() => undefined);
  }

  #fullScreen(): void {
    const on = document.fullscreenElement === this.#options.host;
    const done = on ? document.exitFullscreen() : this.#options.host.requestFullscreen();
    done.catch(() => undefined);
  }

  #toggleFigures(): void {
    this.#figures.hidden = !this.#figures.hidden;
    this.#measure();
  }

  #measure(): void {
    const snapshot = this.#options.player()?.snapshot;
    if (this.#figures.hidden || !snapshot) return;
    const { video } = this;
    const { totalVideoFrames, droppedVideoFrames } = video.getVideoPlaybackQuality();
    const { protocol, latency } = snapshot;
    this.#figures.textContent = [
      [t.player.way, protocol === null ? '–' : t.player.protocol[protocol]],
      [t.player.delay, latency === null ? '–' : t.player.seconds(latency.toFixed(1))],
      [t.player.ahead, t.player.seconds(bufferedAhead(video.buffered, video.currentTime).toFixed(2))],
      [t.player.size, `${video.videoWidth} × ${video.videoHeight}`],
      [t.player.shown, String(totalVideoFrames - droppedVideoFrames)],
      [t.player.droppedFrames, String(droppedVideoFrames)],
      [whyThis(snapshot), ''],
    ]
      .map(([key = '', value = '']) => `${key.padEnd(16)}${value}`.trimEnd())
      .join('\n');
  }
}

const SVG = 'http://www.w3.org/2000/svg';

/** Puts a line drawing into a button, whose label says what it means. */
function draw(button: HTMLButtonElement, icon: keyof typeof PATHS): void {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', PATHS[icon]);
  svg.append(path);
  button.replaceChildren(svg);
}

function part(tag: 'div' | 'p' | 'span' | 'pre', className: string): HTMLElement {
  const element = document.createElement(tag);
  element.className = className;
  return element;
}

function name(button: HTMLButtonElement, label: string): void {
  button.title = label;
  button.setAttribute('aria-label', label);
}
