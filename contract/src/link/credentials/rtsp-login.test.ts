import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openRtspProof, rtspLoginOf, rtspPassword, rtspProof, signRtspLogin } from './rtsp-login.ts';

const KEY = Buffer.alloc(32, 5);
const NOW = 1_800_000_000;
const LOGIN = { sub: 'person:person-0123456789', session: 'sign-in-0123456789', exp: NOW + 60 };
const made = signRtspLogin(KEY, 'front-door', LOGIN);

describe('a login for RTSP players', () => {
  it('is short, says whose it is, and both sides know its password', () => {
    expect(made.username.length + made.password.length).toBeLessThan(100);
    expect(rtspLoginOf(made.username)).toEqual(LOGIN);
    expect(rtspPassword(KEY, 'front-door', made.username, NOW)).toBe(made.password);
    const proof = rtspProof(KEY, 'front-door', made.username);
    expect(openRtspProof(KEY, 'front-door', proof, NOW)).toEqual(LOGIN);
  });

  it('counts for one stream, one key and its time only', () => {
    expect(rtspPassword(KEY, 'back-door', made.username, NOW)).not.toBe(made.password);
    expect(rtspPassword(Buffer.alloc(32, 6), 'front-door', made.username, NOW)).not.toBe(made.password);
    expect(rtspPassword(KEY, 'front-door', made.username, NOW + 61)).toBeUndefined();
    const proof = rtspProof(KEY, 'front-door', made.username);
    expect(openRtspProof(KEY, 'back-door', proof, NOW)).toBeUndefined();
    expect(openRtspProof(KEY, 'front-door', proof, NOW + 61)).toBeUndefined();
    expect(openRtspProof(KEY, 'front-door', `${proof.slice(0, -1)}-`, NOW)).toBeUndefined();
    const later = proof.replace(LOGIN.exp.toString(36), (LOGIN.exp + 9).toString(36));
    expect(openRtspProof(KEY, 'front-door', later, NOW)).toBeUndefined();
  });

  it('is not read out of any other text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(openRtspProof(KEY, 'front-door', text, NOW)).toBeUndefined();
        expect(openRtspProof(KEY, 'front-door', `nl_${text}`, NOW)).toBeUndefined();
        rtspPassword(KEY, 'front-door', text, NOW);
      }),
      { seed: 41, numRuns: 2_000 },
    );
    expect(() => signRtspLogin(KEY, 'x', { sub: 'a b:c', session: '', exp: 1 })).toThrow(RangeError);
  });
});
