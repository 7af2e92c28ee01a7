import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../harness/command.ts';
import { eventually } from '../harness/eventually.ts';
import { Program } from '../harness/program.ts';

/** Nobody, on Debian: VLC refuses to run for root. */
const NOBODY = ['--reuid', '65534', '--regid', '65534', '--clear-groups'];

/** What VLC made of an address: packets of each codec that came out of its demultiplexer, and what it complained of. */
export interface VlcSight {
  readonly packets: Readonly<Record<string, number>>;
  readonly complaints: readonly string[];
}

/**
 * What it says of a machine without a screen and without sound, and of tables whose packets announce that their counter
 * begins anew with a segment (ISO/IEC 13818-1 2.4.3.5): its library for tables does not read that.
 */
const EXPECTED = /audio output|interface|PSI decoder\): TS duplicate/;

/** Decodes sound that a transport stream cannot carry, and codes it again as one can. */
const DECODED = 'transcode{acodec=mpga,ab=128,channels=2,samplerate=48000}:';

/**
 * Plays an address with VLC, without a screen, into a file until that has `wanted` packets of each codec. `decoded`: with
 * its sound decoded, which is `mp2` then.
 */
export async function vlcPlays(
  url: string,
  wanted: Readonly<Record<string, number>>,
  { decoded = false } = {},
): Promise<VlcSight> {
  const home = await mkdtemp(join(tmpdir(), 'nightjar-vlc-'));
  try {
    await chmod(home, 0o777);
    const file = join(home, 'seen.ts');
    const quiet = ['--intf', 'dummy', '--no-dbus', '--aout', 'none', '--verbose', '0'];
    const save = ['--sout', `#${decoded ? DECODED : ''}standard{access=file,mux=ts,dst=${file}}`];
    const vlc = ['env', `HOME=${home}`, 'vlc', ...quiet, ...save, url, 'vlc://quit'];
    const [command = '', ...args] = process.getuid?.() === 0 ? ['setpriv', ...NOBODY, ...vlc] : vlc;
    await using program = await Program.start({ name: 'VLC', command, args });
    const packets = async () => {
      const found = await packetsIn(file);
      return Object.entries(wanted).every(([codec, count]) => (found[codec] ?? 0) >= count) && found;
    };
    const seen = await eventually('what VLC saved', packets, { timeoutMs: 45_000, everyMs: 500 });
    program.signal('SIGINT');
    await program.exited;
    const lines = program.output.split('\n');
    const complaints = lines.filter((line) => /\b(?:error|warning)\b/.test(line) && !EXPECTED.test(line));
    return { packets: seen, complaints };
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** None while there is nothing to be read. */
async function packetsIn(file: string): Promise<Record<string, number>> {
  const entries = ['-count_packets', '-show_entries', 'program_stream=codec_name,nb_read_packets'];
  const { code, stdout } = await runCommand('ffprobe', ['-v', 'error', ...entries, '-of', 'json', file]);
  if (code !== 0) return {};
  const { programs } = JSON.parse(stdout.toString()) as {
    programs: { streams: { codec_name: string; nb_read_packets: string }[] }[];
  };
  const found = programs.flatMap(({ streams }) => streams);
  return Object.fromEntries(found.map((one) => [one.codec_name, Number(one.nb_read_packets)]));
}
