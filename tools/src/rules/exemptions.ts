import { type Finding, lineAt, type Repository, type SourceFile } from './rule.ts';

interface Exemption {
  rule: string;
  path: string;
  line: number;
  used: boolean;
}

const COMMENT = /(?:\/\/|#|\/\*|<!--)[ \t]*house: ([a-z-]+) exempt because (\S.*)/g;

function exemptionsOf(file: SourceFile): Exemption[] {
  return [...file.text.matchAll(COMMENT)].map((match) => ({
    rule: match[1] ?? '',
    path: file.path,
    line: lineAt(file.text, match.index),
    used: false,
  }));
}

/**
 * On the line itself or on the one above it; on the first line for all of the file; anywhere in the file when the
 * finding is about the file.
 */
function covers(exemption: Exemption, rule: string, finding: Finding): boolean {
  if (exemption.rule !== rule || exemption.path !== finding.path) return false;
  if (finding.line === undefined || exemption.line === 1) return true;
  return exemption.line === finding.line || exemption.line === finding.line - 1;
}

/**
 * Takes out the findings that a comment `house: RULE exempt because REASON` beside the code covers, and
 * adds one under `exemptions` for each such comment that covers nothing.
 */
export function applyExemptions(
  repository: Repository,
  byRule: ReadonlyMap<string, readonly Finding[]>,
): Map<string, Finding[]> {
  const exemptions = repository.files.flatMap(exemptionsOf);
  const left = new Map<string, Finding[]>();
  for (const [rule, findings] of byRule) {
    const uncovered = findings.filter((finding) => {
      const matching = exemptions.filter((exemption) => covers(exemption, rule, finding));
      for (const exemption of matching) exemption.used = true;
      return matching.length === 0;
    });
    left.set(rule, uncovered);
  }
  const stale = exemptions.filter((exemption) => !exemption.used);
  const message = (rule: string): string => `exempts from ${rule} where nothing breaks it`;
  left.set(
    'exemptions',
    stale.map(({ path, line, rule }) => ({ path, line, message: message(rule) })),
  );
  return left;
}
