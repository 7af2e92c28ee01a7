export { type Event, Events } from './events.ts';
export { eventOf, figuresOf } from './from-facts.ts';
