import type { ImportFinding, ImportFormat } from '@nightjar/contract/platform';

/** A camera as a file describes it, before anybody has asked whether it can be one. */
export interface Draft {
  /** From 1; undefined when the format does not say. */
  line: number | undefined;
  /** Of the file's own, when it can be an id here. */
  id?: string | undefined;
  name: string;
  serialNumber?: string | undefined;
  location?: string | undefined;
  description?: string | undefined;
  /** With its credentials; undefined for one that is pushed to us. */
  sourceUrl?: string | undefined;
  transport?: 'tcp' | 'udp' | 'http' | undefined;
  onDemand?: boolean | undefined;
  recording: boolean;
  active: boolean;
  findings: ImportFinding[];
}

/** What a reader of one format found in a text. */
export interface Reading {
  format: ImportFormat;
  drafts: Draft[];
  /** About the file as a whole. */
  findings: ImportFinding[];
}

const finding =
  (level: ImportFinding['level']) =>
  (field: string | null, message: string): ImportFinding => ({ level, field, message });

/** Good to know. */
export const info = finding('info');
/** Less than the file asks for. */
export const warning = finding('warning');
/** Not imported. */
export const failure = finding('error');
