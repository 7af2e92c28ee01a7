import type { Strings } from '../en/index.ts';
import { alerts } from './alerts.ts';
import { app } from './app.ts';
import { cameras } from './cameras.ts';
import { captures } from './captures.ts';
import { detection } from './detection.ts';
import { footage } from './footage.ts';
import { layouts } from './layouts.ts';
import { people } from './people.ts';
import { players } from './players.ts';
import { settings } from './settings.ts';
import { system } from './system.ts';
import { timeline } from './timeline.ts';

/** Every Korean sentence of the page. */
export const ko: Strings = {
  ...app,
  ...cameras,
  ...players,
  ...alerts,
  ...captures,
  ...detection,
  ...footage,
  ...layouts,
  ...settings,
  ...timeline,
  ...people,
  ...system,
};
