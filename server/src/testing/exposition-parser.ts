/** One family of Prometheus' text format 0.0.4. */
export interface MetricFamily {
  help: string;
  type: string;
  samples: { labels: Record<string, string>; value: number }[];
}

const HELP = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) ((?:[^\\]|\\\\|\\n)*)$/;
const TYPE = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram|summary|untyped)$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? ([^ ]+)$/;
/** A label and the comma behind it; a value escapes backslash, quote and line feed. */
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"(?:,|$)/y;
const NUMBER = /^(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|[+-]?Inf|NaN)$/i;
const UNESCAPED: Readonly<Record<string, string>> = { '\\\\': '\\', '\\"': '"', '\\n': '\n' };

function labelsOf(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < text.length) {
    const [, name = '', value = ''] = LABEL.exec(text) ?? [];
    if (name === '' || name in labels) throw new Error(`labels cannot be read: {${text}}`);
    labels[name] = value.replace(/\\[\\"n]/g, (escaped) => UNESCAPED[escaped] ?? escaped);
  }
  return labels;
}

/** What has been read so far. */
class Reading {
  readonly families = new Map<string, MetricFamily>();
  readonly #seen = new Set<string>();
  #help: RegExpExecArray | null = null;

  line(line: string): void {
    const help = HELP.exec(line);
    const type = TYPE.exec(line);
    if (help) this.#help = help;
    else if (type) this.#family(line, type);
    else if (line !== '') this.#sample(line);
  }

  #family(line: string, [, name = '', type = '']: RegExpExecArray): void {
    const help = this.#help;
    if (this.families.has(name) || help?.[1] !== name) {
      throw new Error(`a second or unexplained family: ${line}`);
    }
    this.families.set(name, { help: help[2] ?? '', type, samples: [] });
  }

  #sample(line: string): void {
    const [, name = '', text = '', number = ''] = SAMPLE.exec(line) ?? [];
    const family = this.families.get(name);
    if (!family || !NUMBER.test(number)) throw new Error(`no sample of a known family: ${line}`);
    const labels = labelsOf(text);
    const key = `${name}${JSON.stringify(Object.entries(labels).toSorted())}`;
    if (this.#seen.has(key)) throw new Error(`the same sample twice: ${line}`);
    this.#seen.add(key);
    family.samples.push({ labels, value: Number(number) });
  }
}

/**
 * Families by name of an exposition in Prometheus' text format 0.0.4. Throws where a scraper would: on a
 * line that is none, a sample before its `# TYPE`, a family or label set that stands twice, no last newline.
 */
export function parseExposition(text: string): Map<string, MetricFamily> {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const reading = new Reading();
  for (const line of text.split('\n')) reading.line(line);
  return reading.families;
}
