import { describe, expect, it } from 'vitest';
import type { DigestAlgorithm } from './challenge.ts';
import { digestResponse, digestSecret } from './digest.ts';

const MUFASA = {
  username: 'Mufasa',
  realm: 'http-auth@example.org',
  password: 'Circle of Life',
  uri: '/dir/index.html',
  nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
  cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
};

const JASON = {
  username: 'Jäsøn Doe',
  realm: 'api@example.org',
  password: 'Secret, or not?',
  uri: '/doe.json',
  nonce: '5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK',
  cnonce: 'NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v',
};

describe('digestResponse', () => {
  it.each<[string, DigestAlgorithm, typeof MUFASA, string]>([
    ['RFC 7616 3.9.1, MD5', 'MD5', MUFASA, '8ca523f5e9506fed4657c9700eebdbec'],
    [
      'RFC 7616 3.9.1, SHA-256',
      'SHA-256',
      MUFASA,
      '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1',
    ],
    [
      'RFC 7616 3.9.2 as corrected by erratum 4897',
      'SHA-512-256',
      JASON,
      '3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5',
    ],
  ])('%s', (_name, algorithm, { username, realm, password, uri, nonce, cnonce }, response) => {
    const ha1 = digestSecret(algorithm, username, realm, password);
    const qop = { nc: '00000001', cnonce };
    expect(digestResponse(ha1, { algorithm, session: false, nonce, method: 'GET', uri, qop })).toBe(response);
  });

  it('without qop, as RFC 2069', () => {
    const ha1 = digestSecret('MD5', 'Mufasa', 'testrealm@host.com', 'Circle Of Life');
    expect(ha1).toBe('939e7578ed9e3c518a452acee763bce9');
    const nonce = 'dcd98b7102dd2f0e8b11d0f600bfb0c093';
    const input = { algorithm: 'MD5', session: false, nonce, method: 'GET', uri: '/dir/index.html' } as const;
    expect(digestResponse(ha1, input)).toBe('670fd8c2df070c60b045671b8b24ff02');
  });
});
