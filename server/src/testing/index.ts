export { EventClient } from './event-client.ts';
export { parseExposition } from './exposition-parser.ts';
export { FakeClock } from './fake-clock.ts';
export { FakeEngine } from './fake-engine.ts';
export { RelayEnd } from './relay-end.ts';
export { type Answer, errorOf, eventually, newDataDir, TestServer } from './test-server.ts';
