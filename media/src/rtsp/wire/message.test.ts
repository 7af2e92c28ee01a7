import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMethods, parseRtpInfo, parseSession, parseTransports } from './headers.ts';
import { cseqOf, formatRequest, formatResponse, header, parseHead } from './message.ts';

describe('parseHead', () => {
  it.each<[string, string, object]>([
    ['response', 'RTSP/1.0 200 OK\r\nCSeq: 1\r\n', { kind: 'response', status: 200, reason: 'OK' }],
    ['quirk 6: no reason phrase', 'RTSP/1.0 200\r\nCSeq: 1\r\n', { status: 200, reason: '' }],
    ['quirk 6: no reason phrase, trailing space', 'RTSP/1.0 200 \nCSeq: 1\n', { status: 200, reason: '' }],
    [
      'quirk 6: wide spaces',
      'RTSP/1.0  404  Not Found \r\nCSeq: 1\r\n',
      { status: 404, reason: 'Not Found' },
    ],
    ['RTSP 2.0', 'RTSP/2.0 200 OK\r\n', { status: 200 }],
    [
      'request',
      'OPTIONS rtsp://h/a RTSP/1.0\r\nCSeq: 1\r\n',
      { kind: 'request', method: 'OPTIONS', uri: 'rtsp://h/a' },
    ],
  ])('%s', (_name, text, expected) => {
    expect(parseHead(text)?.message).toMatchObject(expected);
  });

  it.each([
    '',
    'HTTP/1.1 200 OK',
    'RTSP/1.0 20 OK',
    'RTSP/1.0',
    'OPTIONS RTSP/1.0',
    'options * RTSP/1.0',
    'A B C D RTSP/1.0',
  ])('refuses %j', (line) => {
    expect(parseHead(`${line}\r\nCSeq: 1\r\n`)).toBeUndefined();
  });

  it.each<[string, string, string | undefined]>([
    ['quirk 6: spaces around the colon', 'CSeq : 7 ', '7'],
    ['quirk 6: no space', 'CSeq:7', '7'],
    ['quirk 6: tabs', '\tCSeq:\t7', '7'],
    ['any case', 'CSEQ: 7', '7'],
    ['folded', 'CSeq:\r\n 7', '7'],
    ['twice: the first', 'CSeq: 7\r\nCSeq: 8', '7'],
    ['no colon', 'CSeq 7', undefined],
    ['no name', ': 7', undefined],
  ])('header field, %s', (_name, line, value) => {
    const { message } = parseHead(`RTSP/1.0 200 OK\r\n${line}\r\nX: y\r\n`)!;
    expect(header(message.headers, 'cseq')).toBe(value);
    expect(header(message.headers, 'x')).toBe('y');
    expect(cseqOf(message)).toBe(value === undefined ? undefined : 7);
  });

  it.each([
    ['5', 5],
    ['', 0],
    ['-1', -1],
    ['5x', -1],
    ['99999999999', -1],
  ])('Content-Length %j is %i', (text, length) => {
    expect(parseHead(`RTSP/1.0 200 OK\r\nContent-Length: ${text}\r\n`)?.contentLength).toBe(length);
  });

  it('keeps repeated fields and bounds their number', () => {
    const twice = parseHead('RTSP/1.0 401 No\r\nWWW-Authenticate: a\r\nWWW-Authenticate: b\r\n')!;
    expect(twice.message.headers.get('www-authenticate')).toEqual(['a', 'b']);
    expect(parseHead(`RTSP/1.0 200 OK\r\n${'X: y\r\n'.repeat(200)}`)).toBeUndefined();
  });

  it('reads what the formatters write, and no field value can make another field', () => {
    const value = fc.string({ unit: 'binary-ascii' });
    fc.assert(
      fc.property(value, fc.integer({ min: 100, max: 999 }), (text, status) => {
        const headers = [
          ['CSeq', '3'],
          ['X-Value', text],
        ] as const;
        for (const bytes of [formatRequest('PLAY', 'rtsp://h/a', headers), formatResponse(status, headers)]) {
          const head = parseHead(bytes.toString('latin1').slice(0, -2))!;
          expect([...head.message.headers.keys()]).toEqual(['cseq', 'x-value']);
          expect(header(head.message.headers, 'x-value')).toBe(text.replace(/[\r\n\0]/g, '').trim());
        }
      }),
      { seed: 2326, numRuns: 3000 },
    );
  });

  it('counts the bytes of a body', () => {
    expect(formatResponse(200, [], 'ü').toString()).toBe('RTSP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nü');
  });
});

describe('header values', () => {
  it.each<[string, string, [string, readonly number[] | undefined][]]>([
    ['plain', 'RTP/AVP/TCP;unicast;interleaved=0-1', [['RTP/AVP/TCP', [0, 1]]]],
    ['quirk 28: single id', 'RTP/AVP/TCP;interleaved=4', [['RTP/AVP/TCP', [4, 5]]]],
    ['quirk 28: RTP/AVP for TCP', 'rtp/avp; unicast; Interleaved = 2 - 3 ;ssrc=1', [['RTP/AVP', [2, 3]]]],
    ['quirk 37: no interleaved', 'RTP/AVP/TCP;unicast', [['RTP/AVP/TCP', undefined]]],
    [
      'a list',
      'RTP/AVP;unicast;client_port=5-6,RTP/AVP/TCP;interleaved=0-1',
      [
        ['RTP/AVP', undefined],
        ['RTP/AVP/TCP', [0, 1]],
      ],
    ],
    ['ids out of range', 'RTP/AVP/TCP;interleaved=255', [['RTP/AVP/TCP', undefined]]],
    ['nonsense', ';;=;interleaved=x-y', [['', undefined]]],
    ['empty', '', []],
  ])('Transport, %s', (_name, value, expected) => {
    expect(parseTransports(value).map((one) => [one.protocol, one.interleaved])).toEqual(expected);
  });

  it.each<[string, string | undefined, object | undefined]>([
    ['plain', '4711', { id: '4711', timeout: 60 }],
    ['quirk 9: with parameters', ' 4711 ; Timeout=30 ;x', { id: '4711', timeout: 30 }],
    ['timeout 0', '4711;timeout=0', { id: '4711', timeout: 60 }],
    ['timeout nonsense', '4711;timeout=soon', { id: '4711', timeout: 60 }],
    ['no id', ';timeout=60', undefined],
    ['absent', undefined, undefined],
  ])('Session, %s', (_name, value, expected) => {
    expect(parseSession(value)).toEqual(expected);
  });

  it.each<[string, string | undefined, object[]]>([
    ['plain', 'url=rtsp://h/a/1;seq=5;rtptime=7', [{ url: 'rtsp://h/a/1', seq: 5, rtptime: 7 }]],
    [
      'two',
      'url=a;seq=5,url=b;rtptime=9',
      [
        { url: 'a', seq: 5 },
        { url: 'b', seq: undefined, rtptime: 9 },
      ],
    ],
    ['quirk 31: trailing semicolon', 'url=a;seq=5;rtptime=7;', [{ seq: 5, rtptime: 7 }]],
    ['quirk 31: unparsable rtptime', 'url=a;seq=5;rtptime=3221227x', [{ seq: 5, rtptime: undefined }]],
    [
      'quirk 31: out of range',
      'url=a;seq=65536;rtptime=4294967296',
      [{ seq: undefined, rtptime: undefined }],
    ],
    ['quirk 30: SSRC only here', 'url=a;ssrc= 1F 2A', [{ ssrc: 0x1f2a }]],
    [
      'comma in the address',
      'url=rtsp://h/a,b/1;seq=5, url="c";seq=6',
      [{ url: 'rtsp://h/a,b/1' }, { url: 'c', seq: 6 }],
    ],
    ['absent', undefined, []],
  ])('RTP-Info, %s', (_name, value, expected) => {
    expect(parseRtpInfo(value)).toMatchObject(expected);
    expect(parseRtpInfo(value)).toHaveLength(expected.length);
  });

  it('Public, in one field or several', () => {
    expect([...parseMethods(['OPTIONS, describe', 'PLAY'])]).toEqual(['OPTIONS', 'DESCRIBE', 'PLAY']);
  });

  it('survive any text', () => {
    const piece = fc.constantFrom(
      ';',
      ',',
      '=',
      '-',
      'url',
      'seq',
      'interleaved',
      '1',
      '70000',
      ' ',
      '"',
      'RTP/AVP/TCP',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (value) => {
        for (const { interleaved } of parseTransports(value)) {
          for (const id of interleaved ?? []) expect(id >= 0 && id <= 255).toBe(true);
        }
        for (const { seq, rtptime } of parseRtpInfo(value)) {
          expect(seq === undefined || seq <= 0xffff).toBe(true);
          expect(rtptime === undefined || rtptime <= 0xffffffff).toBe(true);
        }
        expect((parseSession(value)?.timeout ?? 60) > 0).toBe(true);
      }),
      { seed: 31, numRuns: 5000 },
    );
  });
});
