import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { probe } from './footage/ffmpeg.ts';
import {
  eventually,
  footage,
  Installation,
  largestStep,
  measureSync,
  outputOf,
  Program,
  runCommand,
} from './harness/index.ts';

const ID = 'pushed';
/** White and black by turns each second, a tick of 50 ms at each full second. */
const SCENE = "color=s=320x240:r=25,geq=lum='if(mod(floor(T),2),235,16)':cb=128:cr=128";
const TICKS = "aevalsrc='if(lt(mod(t,1),0.05),0.8*sin(2*PI*1000*t),0)':s=48000";

let installation: Installation;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightjar-rtmp-'));
  installation = await Installation.start();
  await installation.api.addStream({ id: ID, source_url: 'publish:', recording: { enabled: true } });
});

afterAll(async () => {
  await installation?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** The publisher of the test before has left. */
beforeEach(async () => {
  await eventually('nobody publishes', async () => (await status()) !== 'active', { timeoutMs: 15_000 });
});

async function key(method = 'GET'): Promise<string> {
  const answer = await installation.api.expect(200, method, `/api/streams/${ID}/publish-key`);
  return (answer as { key: string }).key;
}

const rtmp = (name: string): string => `rtmp://127.0.0.1:${installation.ports.rtmp}/live/${name}`;
const watched = (id = ID): string => rtmp(`${id}?token=${installation.token}`);

/** ffmpeg as an encoder, with B-frames, a key frame each second. */
function encoder(output: readonly string[], seconds = 120): Promise<Program> {
  const inputs = ['-re', '-f', 'lavfi', '-i', SCENE, '-re', '-f', 'lavfi', '-i', TICKS];
  const codecs = ['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '2', '-g', '25', '-pix_fmt', 'yuv420p'];
  const args = [
    '-v',
    'error',
    ...inputs,
    '-t',
    String(seconds),
    ...codecs,
    '-c:a',
    'aac',
    '-f',
    'flv',
    ...output,
  ];
  return Program.start({ name: 'encoder', command: 'ffmpeg', args });
}

const status = async (id = ID): Promise<string> => (await installation.api.stream(id)).status;

async function active(id = ID): Promise<void> {
  await eventually(`${id} is active`, async () => (await status(id)) === 'active', { timeoutMs: 15_000 });
}

async function notActive(): Promise<string> {
  const lost = async () => {
    const { status, errors } = await installation.api.stream(ID);
    return status === 'error' && errors[0]?.message;
  };
  return eventually(`${ID} is lost`, lost, { timeoutMs: 15_000 });
}

/** What ffprobe reads of 2 s of an address: codecs and how many packets of each. */
async function read(url: string, ...before: string[]): Promise<Record<string, number>> {
  const file = join(folder, `${Math.random()}.flv`);
  const output = ['-map', '0', '-c', 'copy', '-t', '2', '-f', 'flv', file];
  await outputOf('ffmpeg', ['-nostdin', '-v', 'error', '-xerror', ...before, '-i', url, ...output], {
    timeoutMs: 30_000,
  });
  return packetsOf(file);
}

async function packetsOf(file: string): Promise<Record<string, number>> {
  const entries = ['-count_packets', '-show_entries', 'stream=codec_name,nb_read_packets', '-of', 'csv=p=0'];
  const text = (await outputOf('ffprobe', ['-v', 'error', ...entries, file])).toString();
  return Object.fromEntries(
    text
      .trim()
      .split('\n')
      .map((line) => {
        const [codec = '', count] = line.split(',');
        return [codec, Number(count)];
      }),
  );
}

const expectBoth = (packets: Record<string, number>): void => {
  expect(packets['h264']).toBeGreaterThanOrEqual(45);
  expect(packets['aac']).toBeGreaterThanOrEqual(80);
};

describe('a publisher and its viewers, none of them ours', () => {
  it('ffmpeg publishes; ffmpeg, rtmpdump and GStreamer play it', async () => {
    await using publisher = await encoder([rtmp(await key())]);
    await active();
    expectBoth(await read(watched()));

    const dump = join(folder, 'dump.flv');
    await runCommand('rtmpdump', ['-q', '-r', watched(), '--live', '-B', '3', '-o', dump], {
      timeoutMs: 6_000,
    });
    expectBoth(await packetsOf(dump));

    const source = [
      'rtmp2src',
      `location=${watched()}`,
      '!',
      'flvdemux',
      'name=d',
      'd.video',
      '!',
      'queue',
      '!',
    ];
    const decode = ['h264parse', '!', 'avdec_h264', '!', 'fakesink', 'sync=false', 'num-buffers=40'];
    const { code, stderr } = await runCommand('gst-launch-1.0', ['-q', ...source, ...decode], {
      timeoutMs: 30_000,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });

    const bearer = ['-headers', `Authorization: Bearer ${installation.token}\r\n`];
    expectBoth(await read(`${installation.api.base}/live/${ID}/stream.flv`, ...bearer));
    expect(publisher.exit).toBeUndefined();
  });

  it('what was published is recorded whole, sound and picture in step', async () => {
    await using _publisher = await encoder([rtmp(await key())], 12);
    await active();
    await notActive();
    const allClosed = async () => (await installation.api.recordings(ID)).every(({ closed }) => closed);
    await eventually('the file is closed', allClosed, { timeoutMs: 10_000 });
    const { path } = (await footage(installation.dataDir, ID)).at(-1)!;
    const { video, audio, duration } = await probe(path);
    expect(video).toMatchObject({ codec: 'h264', width: 320, height: 240 });
    expect(audio).toMatchObject({ codec: 'aac', sampleRate: 48_000 });
    expect(duration).toBeGreaterThan(10);
    expect(video!.packets.some(({ pts, dts }) => pts > dts)).toBe(true);
    expect(largestStep(video!.packets)).toBeLessThan(0.06);
    expect(largestStep(audio!.packets)).toBeLessThan(0.03);
    const { offsets } = await measureSync(path);
    expect(offsets.length).toBeGreaterThanOrEqual(8);
    expect(Math.max(...offsets.map(Math.abs))).toBeLessThan(0.05);
  });

  // rtmpsink is librtmp, by which OBS publishes.
  it.each(['rtmp2sink', 'rtmpsink'])(
    "GStreamer's %s publishes, and when it goes the stream says so and waits for the next",
    async (sink) => {
      const video = [
        'videotestsrc',
        'is-live=true',
        '!',
        'video/x-raw,width=320,height=240,framerate=25/1',
        '!',
      ];
      const encode = [
        'x264enc',
        'tune=zerolatency',
        'speed-preset=ultrafast',
        'key-int-max=25',
        '!',
        'h264parse',
        '!',
      ];
      const send = ['flvmux', 'streamable=true', '!', sink, `location=${rtmp(await key())}`];
      {
        await using _publisher = await Program.start({
          name: 'gstreamer',
          command: 'gst-launch-1.0',
          args: ['-q', ...video, ...encode, ...send],
        });
        await active();
      }
      expect(await notActive()).toMatch(/^the publisher (went away|ended the stream)$/);
      await using _next = await encoder([rtmp(await key())]);
      await active();
    },
  );
});

describe('who may publish and play', () => {
  it.each(['ffmpeg', 'rtmpdump'])('%s with a wrong key or without a right is told why', async (player) => {
    const run = (url: string, publish: boolean) => {
      const copy = ['-t', '1', '-f', 'lavfi', '-i', 'testsrc=s=64x64', '-c:v', 'libx264', '-f', 'flv', url];
      if (player === 'rtmpdump')
        return runCommand('rtmpdump', ['-r', url, '-o', '/dev/null'], { timeoutMs: 20_000 });
      return runCommand('ffmpeg', ['-v', 'info', ...(publish ? copy : ['-i', url, '-f', 'null', '-'])]);
    };
    const viewer = await run(rtmp(ID), false);
    expect(viewer.code).not.toBe(0);
    expect(viewer.stderr).toMatch(/ticket or token|NetStream.Play.StreamNotFound/);
    if (player === 'rtmpdump') return;
    const wrong = await run(rtmp('x'.repeat(24)), true);
    expect(wrong.code).not.toBe(0);
    expect(wrong.stderr).toContain('no stream takes this key');
  });

  it('a second publisher is refused while the first one sends, and a new key sends it away', async () => {
    const first = await key();
    await using publisher = await encoder([rtmp(first)]);
    await active();
    const second = await encoder([rtmp(first)], 5);
    expect((await second.exited).code).not.toBe(0);
    expect(second.output).toContain('has a publisher already');
    expect(await status()).toBe('active');
    const next = await key('POST');
    expect(next).not.toBe(first);
    expect((await publisher.exited).code).not.toBe(0);
    await using again = await encoder([rtmp(next)]);
    await active();
    expect(again.exit).toBeUndefined();
  });
});

describe('streams that are pulled from others', () => {
  async function freePort(): Promise<number> {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    return port;
  }

  it.each(['rtmp', 'http'])('ffmpeg as a server over %s', async (scheme) => {
    const url = `${scheme}://127.0.0.1:${await freePort()}/live/x`;
    const id = `pulled-${scheme}`;
    await using _server = await encoder(['-listen', '1', url]);
    await installation.api.addStream({ id, source_url: url, reconnect: { backoff_ms: 200 } });
    await active(id);
    const { tracks } = await installation.api.stream(id);
    expect(tracks.map(({ codec }) => codec)).toEqual(['h264', 'aac']);
    expectBoth(await read(watched(id)));
  });
});
