import { cameras } from '../camera-page/rule.ts';
import { clients } from '../clients-page/rule.ts';
import { arrows } from './arrows.ts';
import { budgets } from './budgets.ts';
import { cycles } from './cycles.ts';
import { commands, links, paths } from './docs.ts';
import { doors } from './doors.ts';
import { applyExemptions } from './exemptions.ts';
import { floors } from './floors.ts';
import { names } from './names.ts';
import { packages } from './packages.ts';
import type { Finding, Repository, Rule } from './rule.ts';
import { sockets } from './sockets.ts';
import { tests } from './tests.ts';

export type { Finding } from './rule.ts';

const RULES: readonly Rule[] = [
  arrows,
  floors,
  doors,
  cycles,
  budgets,
  names,
  packages,
  sockets,
  tests,
  links,
  commands,
  paths,
  cameras,
  clients,
];

/** Findings by rule after exemptions, a rule without any included. */
export function applyRules(repository: Repository): Map<string, Finding[]> {
  return applyExemptions(repository, new Map(RULES.map((rule) => [rule.name, rule.find(repository)])));
}
