import { describe, expect, it } from 'vitest';
import { CmRtp } from './cm.ts';
import { deriveKeys } from './derivation.ts';
import { GcmRtcp, GcmRtp } from './gcm.ts';

function bytes(hex: string): Buffer {
  return Buffer.from(hex.replace(/\s/g, ''), 'hex');
}

const auth = Buffer.alloc(20);

describe('RFC 3711', () => {
  it('derives the session keys of appendix B.3', () => {
    const keys = deriveKeys(
      { key: bytes('E1F97A0D3E018BE0D64FA32C06DE4139'), salt: bytes('0EC675AD498AFEEBB6960B3AABE6') },
      'rtp',
    );
    expect(keys.cipher).toEqual(bytes('C61E7A93744F39EE10734AFE3FF7A087'));
    expect(keys.salt).toEqual(bytes('30CBBC08863D8C85D49DB34A9AE1'));
    expect(keys.auth).toEqual(bytes('CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4'));
  });

  it('makes the key stream of appendix B.2', () => {
    const cipher = bytes('2B7E151628AED2A6ABF7158809CF4F3C');
    const salt = bytes('F0F1F2F3F4F5F6F7F8F9FAFBFCFD');
    const [, stream] = new CmRtp({ cipher, auth, salt }).seal(
      Buffer.alloc(12),
      undefined,
      Buffer.alloc(48),
      0,
      0,
    );
    expect(stream).toEqual(
      bytes(
        `E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB 41E95B3BB0A2E8DD477901E4FCA894C0`,
      ),
    );
  });
});

describe('RFC 7714', () => {
  const cipher = bytes('000102030405060708090a0b0c0d0e0f');
  const salt = bytes('517569642070726f2071756f');

  it('seals and opens the RTP packet of section 16.1', () => {
    const header = bytes('8040f17b 8041f8d3 5501a0b2');
    const payload = bytes(
      '47616c6c 69612065 7374206f 6d6e6973 20646976 69736120 696e2070 61727465 73207472 6573',
    );
    const sealed = bytes(`8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f
      42a5f47a 51c7d19b 36de3adf 8833899d 7f27beb1 6a9152cf 765ee439 0cce`);
    const rtp = new GcmRtp({ cipher, auth, salt });
    expect(Buffer.concat(rtp.seal(header, undefined, payload, 0x5501a0b2, 0xf17b))).toEqual(sealed);
    expect(
      Buffer.concat(rtp.seal(header, payload.subarray(0, 2), payload.subarray(2), 0x5501a0b2, 0xf17b)),
    ).toEqual(sealed);
    const b = Buffer.from(sealed);
    expect(rtp.open(b, 0, 12, b.length, 0x5501a0b2, 0xf17b)).toBe(50);
    expect(b.subarray(0, 50)).toEqual(Buffer.concat([header, payload]));
  });

  it('seals and opens the RTCP packet of section 17.1', () => {
    const packet = bytes(`81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61
      deadbeef deadbeef deadbeef deadbeef deadbeef`);
    const sealed = bytes(`81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1
      730d6fda 4ce09b46 86303ded 0bb9275b c84aa458 96cf4d2f c5abf872 45d9eade 800005d4`);
    const rtcp = new GcmRtcp({ cipher, auth, salt });
    expect(rtcp.seal(packet, 0x4d617273, 0x5d4)).toEqual(sealed);
    const b = Buffer.from(sealed);
    expect(rtcp.open(b, 0, b.length, 0x4d617273, 0x5d4)).toBe(packet.length);
    expect(b.subarray(0, packet.length)).toEqual(packet);
  });
});
