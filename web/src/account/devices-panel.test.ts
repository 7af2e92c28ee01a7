import { expect, it } from 'vitest';
import { deviceOf } from './devices-panel.tsx';

it.each([
  ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36', 'Chrome · Linux'],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1', 'Safari · iOS'],
  ['Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0', 'Edge · Windows'],
  ['curl/8.9', 'curl/8.9'],
  ['', '–'],
])('%s', (userAgent, device) => expect(deviceOf(userAgent)).toBe(device));
