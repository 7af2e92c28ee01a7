// Types only: the schemas themselves stay out of the page.
import type * as manager from '@nightjar/contract/manager';

export type { StreamDetail, StreamSummary } from '@nightjar/contract/manager';

/** A new stream as it is sent: what has a default may be left out. */
export type NewStream = (typeof manager.CreateStream)['_input'];
export type StreamList = (typeof manager.StreamList)['_output'];
export type RecordingList = (typeof manager.RecordingList)['_output'];
export type Recording = RecordingList['recordings'][number];
