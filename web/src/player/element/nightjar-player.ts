import { browserClock } from '../../clock/clock.ts';
import { LivePlayer, type PlayerSnapshot } from '../live-player.ts';
import { ladderOf, PROTOCOLS, rewoundOf } from '../live-source.ts';
import type { Protocol } from '../playback.ts';
import { elementStyle } from './style.ts';
import { ElementView } from './view.ts';

const ATTRIBUTES = ['stream', 'src', 'ticket', 'token', 'ways', 'muted'] as const;

/**
 * `<nightjar-player stream="yard" src="https://nightjar.example" ticket="…">`: the live picture of one stream on
 * any page. `src` is the server, by default that of the script; `ticket` (from `POST /live/{id}/ticket`) or
 * `token` lets it in, else the session cookie of the page; `ways` names those of webrtc, mse, hls and mjpeg that are
 * tried, from another site MSE alone; without `muted` it tries with sound. Tells of itself by the event
 * `nightjar-state`, whose detail is the player's snapshot.
 */
export class NightjarPlayer extends HTMLElement {
  static readonly observedAttributes: readonly string[] = ATTRIBUTES;
  #player: LivePlayer | null = null;
  #view: ElementView | null = null;
  #renewal: ReturnType<typeof setTimeout> | undefined;

  connectedCallback(): void {
    const root = this.shadowRoot ?? this.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [elementStyle()];
    this.#view = new ElementView(root, {
      host: this,
      streamId: this.getAttribute('stream') ?? '',
      player: () => this.#player,
    });
    this.#begin();
  }

  disconnectedCallback(): void {
    this.#end();
    this.#view?.close();
    this.#view = null;
  }

  /** Several attributes set in one go make one new beginning. */
  attributeChangedCallback(name: string, before: string | null, now: string | null): void {
    if (before === now || this.#view === null) return;
    if (name === 'muted') {
      this.#player?.setMuted(now !== null);
      return;
    }
    clearTimeout(this.#renewal);
    this.#renewal = setTimeout(() => this.#begin(), 0);
  }

  /** What the player does now; null before it is on a page. */
  get state(): PlayerSnapshot | null {
    return this.#player?.snapshot ?? null;
  }

  /** Goes back so many seconds from what is seen, into recorded footage; forward when negative. */
  rewind(seconds: number): void {
    this.#player?.rewind(seconds);
  }

  /** Back to the live picture. */
  toLive(): void {
    this.#player?.toLive();
  }

  #begin(): void {
    this.#end();
    const view = this.#view;
    const streamId = this.getAttribute('stream');
    if (view === null || !streamId) return;
    const token = this.getAttribute('token');
    const base = (this.getAttribute('src') ?? new URL(import.meta.url).origin).replace(/\/+$/, '');
    view.video.muted = this.hasAttribute('muted');
    const source = {
      streamId,
      base,
      authorization: token === null ? undefined : `Bearer ${token}`,
      ticket: this.getAttribute('ticket') ?? undefined,
      audio: true,
      lowLatency: true,
      protocols: waysOf(this.getAttribute('ways')) ?? waysTo(base),
    };
    const player = new LivePlayer({
      video: view.video,
      open: ladderOf(source, browserClock).open,
      // Other sites are let in by WebSocket alone.
      ...(waysTo(base) ? {} : { rewound: (behind: number) => rewoundOf(source, behind) }),
      clock: browserClock,
      random: Math.random,
    });
    this.#player = player;
    player.subscribe(() => {
      view.show(player.snapshot);
      this.dispatchEvent(new CustomEvent('nightjar-state', { detail: player.snapshot }));
    });
    player.setWanted(true);
    view.show(player.snapshot);
  }

  #end(): void {
    clearTimeout(this.#renewal);
    this.#player?.close();
    this.#player = null;
  }
}

/** The server lets other sites open WebSockets with a ticket, and nothing else. */
const waysTo = (base: string): Protocol[] | undefined =>
  new URL(base, location.href).origin === location.origin ? undefined : ['mse'];

function waysOf(text: string | null): Protocol[] | undefined {
  const named = (text ?? '').split(/[\s,]+/);
  const known = PROTOCOLS.filter((protocol) => named.includes(protocol));
  return known.length === 0 ? undefined : known;
}

if (!customElements.get('nightjar-player')) customElements.define('nightjar-player', NightjarPlayer);
