// What the bundle of `mediasoup-in-page.ts` holds.
export { Device } from 'mediasoup-client';
