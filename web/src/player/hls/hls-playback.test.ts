import type { LoaderContext } from 'hls.js';
import { describe, expect, it } from 'vitest';
import { hlsConfig } from './hls-config.ts';
import { faultOf, hlsPlayback } from './hls-playback.ts';

const source = { url: '/live/a/index.m3u8', authorization: 'Bearer t', audio: true, lowLatency: true };
const video = {} as HTMLVideoElement;
const events = { onFault: () => undefined, onAudio: () => undefined };

describe('hlsConfig', () => {
  it('sends the token with every request, by either transport', async () => {
    const headers: [string, string][] = [];
    const xhr = { setRequestHeader: (name: string, value: string) => headers.push([name, value]) };
    const config = hlsConfig(source);
    const context = { url: 'http://host/live/a/1.mp4', responseType: 'arraybuffer' } as LoaderContext;
    await config.xhrSetup?.(xhr as unknown as XMLHttpRequest, context.url, context);
    expect(headers).toEqual([['authorization', 'Bearer t']]);
    const request = await config.fetchSetup?.(context, { headers: { range: 'bytes=0-9' } });
    expect((request as Request).headers.get('authorization')).toBe('Bearer t');
    expect((request as Request).headers.get('range')).toBe('bytes=0-9');
  });

  it('waits longer for a blocking playlist than for media', () => {
    const { playlistLoadPolicy, fragLoadPolicy } = hlsConfig(source);
    const wait = (policy: typeof playlistLoadPolicy) => policy?.default.maxTimeToFirstByteMs ?? 0;
    expect(wait(playlistLoadPolicy)).toBeGreaterThan(wait(fragLoadPolicy));
    expect(hlsConfig(source).lowLatencyMode).toBe(true);
    expect(hlsConfig({ ...source, lowLatency: false }).lowLatencyMode).toBe(false);
  });
});

describe('faults', () => {
  it.each([
    ['networkError', 401, 'unauthorized'],
    ['networkError', 403, 'forbidden'],
    ['networkError', 404, 'not_found'],
    ['networkError', 503, 'not_found'],
    ['networkError', 502, 'network'],
    ['networkError', undefined, 'network'],
    ['mediaError', undefined, 'media'],
    ['muxError', undefined, 'media'],
    ['otherError', undefined, 'network'],
  ] as const)('%s with %s is %s', (type, code, fault) => {
    const response = code === undefined ? undefined : { url: '', code };
    expect(faultOf({ type, response } as Parameters<typeof faultOf>[0])).toBe(fault);
  });

  it('is not ready while no segment is whole', () => {
    const empty = { type: 'networkError', details: 'levelEmptyError', response: undefined };
    expect(faultOf(empty as unknown as Parameters<typeof faultOf>[0])).toBe('not_found');
  });

  it('says when the browser cannot play, or the code cannot be fetched', async () => {
    const module = { default: { isSupported: () => false } } as unknown as typeof import('hls.js');
    await expect(hlsPlayback(source, async () => module)(video, events)).rejects.toMatchObject({
      fault: 'unsupported',
    });
    const lost = hlsPlayback(source, () => Promise.reject(new TypeError('offline')));
    await expect(lost(video, events)).rejects.toMatchObject({ fault: 'network' });
  });
});
