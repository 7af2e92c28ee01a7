export { FakeClock } from './fake-clock.ts';
export { FakeEngine } from './fake-engine.ts';
export { errorOf, eventually, newDataDir, TestServer } from './test-server.ts';
