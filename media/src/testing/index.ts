export { CLOCK_BAR, clockBarBlocks, type Pixels, readClockBar, readFlash } from './clock-bar.ts';
export { FakeClock } from './fake-clock.ts';
