import { RECORD } from './constants.ts';
import type { Numbered } from './handshake.ts';
import { MESSAGE_HEADER, writeFragment } from './reassembly.ts';
import { plainRecord, RECORD_HEADER, type RecordSealer } from './record.ts';

/** Most bytes of a datagram: fits every path that media fits. */
const MAX_DATAGRAM = 1200;
/** What sealing adds to a record: explicit nonce and tag. */
const SEAL = 24;

const LEVEL = { warning: 1, fatal: 2 };

/** Handshake messages that go out together, and from which epoch. */
export interface Flight {
  readonly messages: readonly Numbered[];
  /** Behind a ChangeCipherSpec, encrypted. */
  readonly sealed: boolean;
}

/** Puts flights and alerts into records and records into datagrams; keeps the last flight to send it again. */
export class FlightSender {
  readonly #send: (datagram: Buffer) => void;
  #sequence = 0;
  #sealer: RecordSealer | undefined;
  #last: Flight | undefined;

  constructor(send: (datagram: Buffer) => void) {
    this.#send = send;
  }

  /** Keys for epoch 1 are known. */
  seal(sealer: RecordSealer): void {
    this.#sealer = sealer;
  }

  flight(flight: Flight): void {
    this.#last = flight;
    this.repeat();
  }

  /** Sends the last flight again, in records with new numbers. */
  repeat(): void {
    if (!this.#last) return;
    const { messages, sealed } = this.#last;
    const records: Buffer[] = [];
    if (sealed) records.push(this.#plain(RECORD.changeCipherSpec, Buffer.from([1])));
    const sealer = sealed ? this.#sealer : undefined;
    for (const message of messages) {
      for (const piece of fragmentsOf(message)) {
        records.push(sealer ? sealer.seal(RECORD.handshake, piece) : this.#plain(RECORD.handshake, piece));
      }
    }
    for (const datagram of packed(records)) this.#send(datagram);
  }

  /** `sealed`: in epoch 1, where the peer believes it. */
  alert(level: keyof typeof LEVEL, code: number, sealed: boolean): void {
    const body = Buffer.from([LEVEL[level], code]);
    const sealer = sealed ? this.#sealer : undefined;
    this.#send(sealer ? sealer.seal(RECORD.alert, body) : this.#plain(RECORD.alert, body));
  }

  #plain(type: number, body: Buffer): Buffer {
    return plainRecord(type, this.#sequence++, body);
  }
}

function fragmentsOf({ type, messageSequence, body }: Numbered): Buffer[] {
  const most = MAX_DATAGRAM - RECORD_HEADER - SEAL - MESSAGE_HEADER;
  const pieces: Buffer[] = [];
  let start = 0;
  do {
    const end = Math.min(body.length, start + most);
    pieces.push(writeFragment(type, messageSequence, body, start, end));
    start = end;
  } while (start < body.length);
  return pieces;
}

/** As many records in each datagram as fit (RFC 6347 4.1.1). */
function packed(records: readonly Buffer[]): Buffer[] {
  const datagrams: Buffer[] = [];
  let open: Buffer[] = [];
  let bytes = 0;
  for (const record of records) {
    if (bytes + record.length > MAX_DATAGRAM && open.length > 0) {
      datagrams.push(Buffer.concat(open));
      open = [];
      bytes = 0;
    }
    open.push(record);
    bytes += record.length;
  }
  if (open.length > 0) datagrams.push(Buffer.concat(open));
  return datagrams;
}
