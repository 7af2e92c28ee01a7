/** One instruction of a Dockerfile, continued lines joined. */
export interface Instruction {
  readonly name: string;
  /** Behind the name and its flags. */
  readonly text: string;
  readonly flags: Readonly<Record<string, string>>;
}

/** What comes of one FROM. */
export interface Stage {
  /** `AS` what; the number of the stage otherwise. */
  readonly name: string;
  /** An image, or a stage before. */
  readonly from: string;
  readonly instructions: readonly Instruction[];
}

const FLAG = /^--([a-z-]+)=(\S+)\s*/;

function instructionOf(line: string): Instruction {
  const [, name = '', rest = ''] = /^([A-Z]+)\s+(.*)$/s.exec(line) ?? [];
  if (name === '') throw new Error(`not an instruction: ${line}`);
  const flags: Record<string, string> = {};
  let text = rest;
  for (let flag = FLAG.exec(text); flag; flag = FLAG.exec(text)) {
    flags[flag[1]!] = flag[2]!;
    text = text.slice(flag[0].length);
  }
  return { name, text, flags };
}

/** The stages of a Dockerfile as far as this product's uses the language. */
export function readDockerfile(text: string): Stage[] {
  const lines = text
    .split('\n')
    .filter((line) => !/^\s*(#|$)/.test(line))
    .join('\n')
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n');
  const stages: { name: string; from: string; instructions: Instruction[] }[] = [];
  for (const instruction of lines.map(instructionOf)) {
    if (instruction.name === 'FROM') {
      const [from = '', , name = String(stages.length)] = instruction.text.split(/\s+/);
      stages.push({ name, from, instructions: [] });
    } else stages.at(-1)?.instructions.push(instruction);
  }
  return stages;
}
