import { RECORDING_TRIGGERS } from '@nightjar/contract/manager';
import { expect, it } from 'vitest';
import { TRIGGERS } from './triggers.ts';

it('has every event that the server records around', () => {
  expect([...TRIGGERS].toSorted()).toEqual([...RECORDING_TRIGGERS].toSorted());
});
