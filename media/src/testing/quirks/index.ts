import type { Quirk } from './quirk.ts';
import { addressQuirks } from './spoken/addresses.ts';
import { descriptionQuirks } from './spoken/descriptions.ts';
import { messageQuirks } from './spoken/messages.ts';
import { pictureQuirks } from './spoken/pictures.ts';
import { soundQuirks } from './spoken/sounds.ts';
import { timeQuirks } from './spoken/times.ts';
import { transportQuirks } from './spoken/transports.ts';

/** Every behaviour that the synthetic camera speaks, by number. */
export const QUIRKS: readonly Quirk[] = [
  ...messageQuirks,
  ...addressQuirks,
  ...descriptionQuirks,
  ...transportQuirks,
  ...pictureQuirks,
  ...soundQuirks,
  ...timeQuirks,
].toSorted((one, other) => one.number - other.number);

export { QuirkyCamera, type QuirkyCameraOptions } from './camera.ts';
export { Player } from './player.ts';
export type { Behaviour, Outcome, Quirk } from './quirk.ts';
