export { type Event, Events, type Happening } from './events.ts';
export { eventOf, figuresOf } from './from-facts.ts';
