import { parseArgs } from 'node:util';

/** What the command line of the synthetic camera asks for. */
export interface CameraArgs {
  readonly port: number;
  readonly host: string;
  /** Media go in datagrams and through an HTTP tunnel as well. */
  readonly manyWays: boolean;
  readonly cameras: readonly CameraArg[];
  /** A clip, or a folder made by `make-clips.sh bench`, shown on every other path. */
  readonly load: string | undefined;
  /** Seconds between lines of statistics; 0 for none. */
  readonly stats: number;
  /** Behaviours of real cameras to speak, each a camera of its own; `list` asks for their names. */
  readonly quirks: readonly QuirkArg[] | 'list';
}

/** A row of `docs/reference/cameras.md`, and which of its variants, from 1. */
export interface QuirkArg {
  readonly number: number;
  readonly variant: number;
}

export interface CameraArg {
  readonly path: string;
  readonly clip: string;
  /** Milliseconds. */
  readonly phase: number;
  readonly username?: string;
  readonly password?: string;
}

export const USAGE = `A synthetic camera: loops a film with a clock in it over RTSP.

  ./nightjar camera [options]

  --camera NAME[=CLIP][,phase=SECONDS][,user=NAME,password=TEXT]
                  a camera at rtsp://HOST:PORT/NAME; may be given several times. CLIP is yard (default),
                  door, or a file made by media/testdata/make-clips.sh. The clock shows the seconds of the
                  UTC minute, less the phase. Without --camera and --load there are two: yard and door.
  --load CLIP     every other path is a camera too, such as /load/1, /load/2, with a phase of its own; CLIP
                  may be a folder made by "make-clips.sh bench": then paths ending in /sub show its sub stream
  --quirk N[.M]   a camera that does what row N of docs/reference/cameras.md says, in its variant M (default 1);
                  may be given several times, each takes the next port; "--quirk list" names them all
  --port PORT     default 8555; 0 takes a free one
  --host ADDRESS  default 127.0.0.1; another address lets other machines watch
  --many-ways     media go in datagrams and through an HTTP tunnel as well, for who asks for it
  --stats SECONDS print clients, bit rate and CPU time
  --help          this text`;

/** A command line that cannot be understood; the message says why, for people. */
export class UsageError extends Error {}

/** Parses the arguments behind the program's name. Throws UsageError; undefined when help is asked for. */
export function parseCameraArgs(argv: readonly string[]): CameraArgs | undefined {
  const values = read(argv);
  if (values.help) return undefined;
  const given = (values.camera ?? []).map(parseCamera);
  const both = ['yard', 'door'].map((name) => ({ path: name, clip: name, phase: 0 }));
  const quirks = (values.quirk ?? []).includes('list') ? 'list' : (values.quirk ?? []).map(parseQuirk);
  const none = given.length === 0 && values.load === undefined && quirks.length === 0;
  const cameras = none ? both : given;
  const twice = cameras.find(({ path }, index) => cameras.findIndex((other) => other.path === path) < index);
  if (twice) throw new UsageError(`two cameras are called ${twice.path}`);
  return {
    port: parseNumber('--port', values.port ?? '8555', 0, 65_535, true),
    host: values.host ?? '127.0.0.1',
    manyWays: values['many-ways'] ?? false,
    cameras,
    load: values.load,
    quirks,
    stats: parseNumber('--stats', values.stats ?? '0', 0, 86_400, false),
  };
}

function read(argv: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...argv],
      options: {
        port: text,
        host: text,
        camera: { type: 'string', multiple: true },
        quirk: { type: 'string', multiple: true },
        load: text,
        'many-ways': { type: 'boolean' },
        stats: text,
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function parseCamera(text: string): CameraArg {
  const [head = '', ...parts] = text.split(',');
  const [path = '', clip] = split(head);
  if (!/^[\w-]+(\/[\w-]+)*$/.test(path)) {
    throw new UsageError(
      `--camera ${text}: a name is letters, digits, _, - and /, such as front or garden/left`,
    );
  }
  const settings = new Map(parts.map((part) => split(part) as [string, string | undefined]));
  for (const [name, value] of settings) {
    if (!['phase', 'user', 'password'].includes(name) || value === undefined) {
      throw new UsageError(`--camera ${text}: "${name}" is not phase=SECONDS, user=NAME or password=TEXT`);
    }
  }
  const [username, password] = [settings.get('user'), settings.get('password')];
  if ((username === undefined) !== (password === undefined)) {
    throw new UsageError(`--camera ${text}: user and password go together`);
  }
  return {
    path,
    clip: clip ?? ((path === 'door' && 'door') || 'yard'),
    phase:
      1000 * parseNumber(`--camera ${text}: phase`, settings.get('phase') ?? '0', -86_400, 86_400, false),
    ...(username !== undefined && password !== undefined ? { username, password } : {}),
  };
}

function parseQuirk(text: string): QuirkArg {
  const match = /^(\d+)(?:\.(\d+))?$/.exec(text);
  if (!match) throw new UsageError(`--quirk ${text}: a number such as 17, or with a variant such as 10.3`);
  return { number: Number(match[1]), variant: Number(match[2] ?? 1) };
}

function split(text: string): [string, string?] {
  const at = text.indexOf('=');
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function parseNumber(name: string, text: string, least: number, most: number, whole: boolean): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!(value >= least && value <= most) || (whole && !Number.isInteger(value))) {
    throw new UsageError(
      `${name} must be a ${whole ? 'whole ' : ''}number from ${least} to ${most}, not "${text}"`,
    );
  }
  return value;
}
