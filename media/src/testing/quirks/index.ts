import { addressQuirks } from './addresses.ts';
import { descriptionQuirks } from './descriptions.ts';
import { messageQuirks } from './messages.ts';
import { pictureQuirks } from './pictures.ts';
import type { Quirk } from './quirk.ts';
import { soundQuirks } from './sounds.ts';
import { timeQuirks } from './times.ts';
import { transportQuirks } from './transports.ts';

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
