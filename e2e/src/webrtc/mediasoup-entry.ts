// What `mediasoupBundle` holds.
export { Device } from 'mediasoup-client';
