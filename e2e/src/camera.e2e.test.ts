import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readClockBar, readFlash } from '@nightjar/media/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { greyFrames, probe, samples } from './footage/ffmpeg.ts';
import { tickOnsets } from './footage/sync.ts';
import { decodeComplaints, minuteDifference, outputOf, Program, runCommand } from './harness/index.ts';
import { REPOSITORY } from './harness/repository.ts';

const CLIPS = join(REPOSITORY, 'media/testdata');
const SMALL = { width: 640, height: 360 };
const TCP = ['-rtsp_transport', 'tcp'];

/** The camera's command line as a person starts it, with what its addresses are. */
async function camera(...args: string[]): Promise<{ program: Program; url(path: string): string }> {
  const program = await Program.start({
    name: 'camera',
    command: process.execPath,
    args: ['media/src/testing/cli.ts', '--port', '0', ...args],
    cwd: REPOSITORY,
  });
  onTestFinished(() => program[Symbol.asyncDispose]());
  const [, origin] = await program.line(/^(rtsp:\/\/[^/]+)\//, 15_000);
  return { program, url: (path) => `${origin}/${path}` };
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'camera-'));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

describe.each(['yard', 'door'])('the clip %s', (name) => {
  it('shows in every frame the time at which it is sent, and flashes at each full second', async () => {
    const pictures = await greyFrames(join(CLIPS, `${name}.h264`), SMALL);
    expect(pictures).toHaveLength(1500);
    for (const [index, data] of pictures.entries()) {
      const seen = [readClockBar({ data, ...SMALL }), readFlash({ data, ...SMALL })];
      expect(seen, `frame ${index}`).toEqual([index * 40, index % 25 < 2]);
    }
  });

  it('ticks at each full second, also over the seam of its loop', async () => {
    const aac = join(CLIPS, `${name}.aac`);
    const twice = join(await folder(), 'twice.aac');
    await outputOf('sh', ['-c', `cat "${aac}" "${aac}" > "${twice}"`]);
    const onsets = tickOnsets(await samples(twice, 48_000), 48_000);
    const seconds = onsets.filter((onset) => onset > 0.5);
    expect(seconds).toEqual(Array.from({ length: 15 }, (_, index) => expect.closeTo(index + 1, 2)));
  });
});

describe('the synthetic camera, seen by other programs', () => {
  it('ffprobe finds both tracks over TCP without a complaint', async () => {
    const { url } = await camera();
    for (const path of ['yard', 'door']) {
      const entries = 'stream=codec_name,width,height,r_frame_rate,sample_rate';
      const args = ['-v', 'warning', ...TCP, '-of', 'csv=p=0', '-show_entries', entries, url(path)];
      const { code, stdout, stderr } = await runCommand('ffprobe', args);
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout.toString().trim().split('\n')).toEqual(['h264,1280,720,25/1', 'aac,48000,0/0']);
    }
  });

  it('ffmpeg decodes 4 s over TCP without an error', async () => {
    const { url } = await camera();
    expect(await decodeComplaints(url('yard'), [...TCP, '-t', '4'])).toBe('');
  });

  it('ffmpeg left to itself asks for UDP, is told no, and takes TCP', async () => {
    const { url } = await camera();
    const said = await decodeComplaints(url('yard'), ['-t', '2']);
    expect(said).toMatch(/^\[rtsp @ \w+\] method SETUP failed: 461 Unsupported Transport\n$/);
  });

  it('a login is asked for and taken', async () => {
    const { program } = await camera('--camera', 'shut,user=me,password=s3cret/x');
    const [, url] = await program.line(/^(rtsp:\S+)/, 1_000);
    expect(url).toContain('me:s3cret%2Fx@');
    expect(await decodeComplaints(url!, [...TCP, '-t', '1'])).toBe('');
    expect(await decodeComplaints(url!.replace('s3cret', 'guess'), [...TCP, '-t', '1'])).toContain('401');
  });

  it('shows UTC less the phase, sound and picture together, in what ffmpeg records', async () => {
    const { url } = await camera('--camera', 'yard,phase=7.5');
    const file = join(await folder(), 'recording.mp4');
    const copy = ['-t', '5', '-c', 'copy', '-movflags', 'frag_keyframe+empty_moov', file];
    await outputOf('ffmpeg', ['-nostdin', '-v', 'error', ...TCP, '-i', url('yard'), ...copy]);
    const ended = Date.now();
    const { video, audio } = await probe(file);
    const times = video!.packets.map(({ pts }) => pts);
    const pictures = (await greyFrames(file, SMALL)).map((data) => ({ data, ...SMALL }));
    const clock = pictures.map((pixels) => readClockBar(pixels)!);
    expect(pictures.length).toBeGreaterThan(100);
    // ffmpeg guesses the time of the first packet.
    for (const [index, ms] of clock.entries()) {
      if (index === 0) continue;
      expect(minuteDifference(ms - clock[1]! - 1000 * (times[index]! - times[1]!))).toBeCloseTo(0, 0);
    }
    const behind = minuteDifference(ended - 7_500 - clock.at(-1)!);
    expect(behind).toBeGreaterThan(0);
    expect(behind).toBeLessThan(1_500);
    const flashes = pictures.flatMap((pixels, index) => {
      const begins = index > 0 && readFlash(pixels) && !readFlash(pictures[index - 1]!);
      return begins ? [times[index]!] : [];
    });
    const begins = audio!.packets[0]!.pts;
    const ticks = tickOnsets(await samples(file, 48_000), 48_000).map((onset) => begins + onset);
    expect(flashes.length).toBeGreaterThanOrEqual(4);
    const apart = flashes.map((flash) => Math.min(...ticks.map((tick) => Math.abs(tick - flash))));
    expect(Math.max(...apart)).toBeLessThan(0.012);
  });

  it('GStreamer plays and decodes both tracks', async () => {
    const { url } = await camera();
    const source = ['rtspsrc', `location=${url('door')}`, 'protocols=tcp', 'name=camera'];
    const sink = ['fakesink', 'sync=false'];
    const chain = (...elements: string[][]) => elements.flatMap((element) => ['!', ...element]);
    const video = ['camera.', ...chain(['rtph264depay'], ['h264parse'], ['avdec_h264'])];
    const audio = ['camera.', ...chain(['rtpmp4gdepay'], ['aacparse'], ['avdec_aac'])];
    const count = (frames: number) => chain(['identity', `eos-after=${frames}`], sink);
    const args = ['-q', ...source, ...video, ...count(90), ...audio, ...count(100)];
    const { code, stderr } = await runCommand('gst-launch-1.0', args, { timeoutMs: 30_000 });
    expect([code, stderr]).toEqual([0, '']);
  });
});

describe('the command line of the synthetic camera', () => {
  const run = (...args: string[]) =>
    runCommand(process.execPath, [join(REPOSITORY, 'media/src/testing/cli.ts'), ...args], {
      timeoutMs: 20_000,
    });

  it.each(['SIGTERM', 'SIGINT'] as const)('ends cleanly on %s with a client playing', async (signal) => {
    const { program, url } = await camera('--stats', '0.2');
    const watching = runCommand('ffmpeg', [
      '-nostdin',
      '-v',
      'error',
      ...TCP,
      '-i',
      url('yard'),
      '-f',
      'null',
      '-',
    ]);
    await program.line(/^1 playing {2}[\d.]+ Mbit\/s {2}[\d.]+ % of a core/, 10_000);
    program.signal(signal);
    expect(await program.exited).toEqual({ code: 0, signal: null });
    await watching;
  });

  it('ends with its parent', async () => {
    const cli = join(REPOSITORY, 'media/src/testing/cli.ts');
    const script = `sleep 1 | NIGHTJAR_PARENT_PIPE=1 "${process.execPath}" "${cli}" --port 0`;
    const { code, stderr } = await runCommand('sh', ['-c', script], { timeoutMs: 20_000 });
    expect([code, stderr]).toEqual([0, '']);
  });

  it('serves any path with --load', async () => {
    const { url } = await camera('--load', 'yard');
    expect(await decodeComplaints(url('load/17'), [...TCP, '-t', '1'])).toBe('');
  });

  it('explains itself', async () => {
    const { code, stdout } = await run('--help');
    expect(code).toBe(0);
    expect(stdout.toString()).toContain('./nightjar camera');
  });

  it('says what is wrong: an option, a clip, a port that is taken', async () => {
    const wrong = await run('--prot', '1');
    expect([wrong.code, wrong.stderr]).toEqual([
      2,
      expect.stringContaining("camera: Unknown option '--prot'"),
    ]);
    const missing = await run('--camera', 'x=/nowhere/cat');
    expect(missing).toMatchObject({
      code: 1,
      stderr: 'camera: no clip /nowhere/cat: /nowhere/cat.h264 does not exist\n',
    });
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void other.close());
    const { port } = other.address() as { port: number };
    const taken = await run('--port', String(port));
    expect(taken).toMatchObject({
      code: 1,
      stderr: 'camera: the port is taken: choose another with --port, or 0 for any free one\n',
    });
  });
});
