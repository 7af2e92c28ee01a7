import { describe, expect, it } from 'vitest';
import { apiErrorFrom } from '../api/api-error.ts';
import { t } from '../strings/index.ts';
import { cameraRequest, checkCamera, EMPTY_CAMERA, serverProblems } from './camera-form.ts';

const good = { ...EMPTY_CAMERA, id: 'front-door', url: 'rtsp://192.168.1.20:554/stream1' };
const { problem } = t.addCamera;

describe('checkCamera', () => {
  it.each([
    [{}, {}],
    [{ id: ' front-door ' }, {}],
    [{ id: '' }, { id: problem.idEmpty }],
    [{ id: '-a' }, { id: problem.idStart }],
    [{ id: 'front door' }, { id: problem.idCharacters }],
    [{ id: 'Türe' }, { id: problem.idCharacters }],
    [{ id: 'a'.repeat(64) }, {}],
    [{ id: 'a'.repeat(65) }, { id: problem.idLong }],
    [{ url: '' }, { url: problem.urlEmpty }],
    [{ url: 'ftp://cam/' }, { url: problem.urlScheme }],
    [{ url: 'rtmp://cam/live/key' }, {}],
    [{ url: 'https://cam/flv' }, {}],
    [{ url: 'http:///flv' }, { url: problem.urlHost }],
    [{ url: '192.168.1.20' }, { url: problem.urlScheme }],
    [{ url: 'rtsp://cam/a b' }, { url: problem.urlSpace }],
    [{ url: 'rtsp://' }, { url: problem.urlHost }],
    [{ url: 'rtsp://user:pass@/1' }, { url: problem.urlHost }],
    [{ url: 'rtsp://[fd00::1]:554/1' }, {}],
    [{ password: 'x' }, { username: problem.passwordOnly }],
    [{ username: 'x' }, {}],
    [
      { id: '', url: '' },
      { id: problem.idEmpty, url: problem.urlEmpty },
    ],
  ])('%o', (change, expected) => expect(checkCamera({ ...good, ...change })).toEqual(expected));
});

describe('cameraRequest', () => {
  it('is what the server takes', () => {
    expect(cameraRequest({ ...good, id: ' a ', username: 'u', password: 'p@', record: false })).toEqual({
      id: 'a',
      source_url: 'rtsp://u:p%40@192.168.1.20:554/stream1',
      recording: { enabled: false },
    });
  });
});

describe('serverProblems', () => {
  const refusal = (status: number, code: string, message: string, details: object = {}) =>
    serverProblems(apiErrorFrom(status, JSON.stringify({ error: { code, message, details } }), null));

  it.each([
    [refusal(409, 'STREAM_ALREADY_EXISTS', 'Stream ID already in use'), { id: problem.idTaken }],
    [
      refusal(400, 'INVALID_CONFIGURATION', 'source_url: the host is refused', { field: 'source_url' }),
      { url: 'The host is refused' },
    ],
    [refusal(400, 'INVALID_CONFIGURATION', 'id: too odd', { field: 'id' }), { id: 'Too odd' }],
    [
      refusal(400, 'INVALID_CONFIGURATION', 'recording.enabled: no', { field: 'recording.enabled' }),
      { form: 'recording.enabled: no' },
    ],
    [refusal(400, 'INVALID_CONFIGURATION', 'No', { field: 7 }), { form: 'No' }],
    [refusal(500, 'INTERNAL_ERROR', 'x', { field: 'id' }), { form: t.problem.server }],
    [serverProblems(new Error('x')), { form: t.problem.server }],
  ])('%#', (problems, expected) => expect(problems).toEqual(expected));
});
