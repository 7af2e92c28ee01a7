import { createPrivateKey, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { bitString, integer, oid, time, utf8 } from './der.ts';
import { createIdentity, fingerprintOf } from './index.ts';

describe('DER', () => {
  it.each([
    ['a small number', integer(Buffer.from([5])), '020105'],
    ['a number with its first bit set', integer(Buffer.from([0x80])), '02020080'],
    ['leading zeros', integer(Buffer.from([0, 0, 1, 2])), '02020102'],
    ['zero', integer(Buffer.from([0])), '020100'],
    ['an object identifier', oid('1.2.840.10045.4.3.2'), '06082a8648ce3d040302'],
    ['text', utf8('nj'), '0c026e6a'],
    ['a bit string of 127 bytes', bitString(Buffer.alloc(127)).subarray(0, 4), '03818000'],
    ['a bit string of 255 bytes', bitString(Buffer.alloc(255)).subarray(0, 5), '0382010000'],
    ['a time before 2050', time(Date.UTC(2049, 11, 31, 23, 59, 59)), '170d3439313233313233353935395a'],
    ['a time from 2050', time(Date.UTC(2050, 0, 1)), '180f32303530303130313030303030305a'],
  ])('writes %s', (_, der, hex) => {
    expect(der.toString('hex')).toBe(hex);
  });
});

describe('an identity', () => {
  const now = Date.UTC(2026, 5, 1);
  const identity = createIdentity(now);
  const certificate = new X509Certificate(identity.certificate);

  it('is a certificate that OpenSSL reads, signed with its own key', () => {
    expect(certificate.subject).toBe('CN=nightjar');
    expect(certificate.issuer).toBe('CN=nightjar');
    expect(certificate.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(identity.key)).toBe(true);
    expect(certificate.raw).toEqual(identity.certificate);
  });

  it('is valid from a day ago for a year', () => {
    expect(Date.parse(certificate.validFrom)).toBe(now - 86_400_000);
    expect(Date.parse(certificate.validTo)).toBe(now + 365 * 86_400_000);
  });

  it('tells the fingerprint that OpenSSL tells', () => {
    expect(identity.fingerprint).toEqual({ algorithm: 'sha-256', value: certificate.fingerprint256 });
    expect(fingerprintOf(identity.certificate, 'sha-512').value).toBe(certificate.fingerprint512);
  });

  it('is another one each time', () => {
    const other = createIdentity(now);
    expect(other.fingerprint.value).not.toBe(identity.fingerprint.value);
    expect(new X509Certificate(other.certificate).serialNumber).not.toBe(certificate.serialNumber);
    expect(createPrivateKey(other.key.export({ type: 'pkcs8', format: 'pem' })).equals(identity.key)).toBe(
      false,
    );
  });
});
