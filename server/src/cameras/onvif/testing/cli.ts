import { text } from 'node:stream/consumers';
import { SyntheticDevice } from './synthetic-device.ts';

/** An ONVIF device that can be moved, for tests from outside: prints its address, and ends with its input. */
const device = await SyntheticDevice.start({ auth: 'none' });
console.log(`http://127.0.0.1:${device.port}`);
await text(process.stdin);
await device[Symbol.asyncDispose]();
