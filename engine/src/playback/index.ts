export { Playback } from './playback.ts';
export { PlaybackRefusal } from './refusal.ts';
export { type FootageStore, fileStore } from './store.ts';
