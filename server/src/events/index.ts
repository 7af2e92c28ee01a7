export { type Event, Events, type Happening, isFigures } from './events.ts';
export { eventOf, figuresOf } from './from-facts.ts';
