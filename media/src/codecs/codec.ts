/** What a decoder must know before the first frame. Immutable: a changed format is a new init segment. */
export interface Format {
  readonly codec: Codec;
  /** Ticks per second of every time stamp of a track with this format: 90000 for video, the sample rate for audio. */
  readonly clockRate: number;
  /** RFC 6381 codecs parameter, for example `avc1.640028`. */
  readonly codecString: string;
  /** Decoder configuration record in the form MP4 stores it (`avcC` payload, AudioSpecificConfig, …); empty where it needs none. */
  readonly record: Buffer;
}

export interface VideoFormat extends Format {
  /** Coded picture after cropping, in pixels. */
  readonly width: number;
  readonly height: number;
  /** Shape of one pixel, width to height, where it is known and not square. */
  readonly pixelAspect?: { readonly width: number; readonly height: number };
  /** Frames per second as the parameter sets declare it, when they do. */
  readonly declaredFrameRate?: number;
}

export interface AudioFormat extends Format {
  readonly sampleRate: number;
  readonly channels: number;
  /** Samples per access unit; where the codec leaves it open, those of the usual packet. */
  readonly frameSamples: number;
}

/**
 * One codec as an object. Nobody outside `codecs/` lists codecs in a `switch`: protocols ask these fields.
 */
export interface Codec {
  /** Short lower-case name used in facts and answers, for example `h264`. */
  readonly name: string;
  readonly kind: 'video' | 'audio';
  /**
   * ISO/IEC 14496-12 sample entry and the box inside it that carries `Format.record`, where the entry does not
   * say everything; an `esds` also names the objectTypeIndication (ISO/IEC 14496-1 table 5).
   */
  readonly mp4: {
    readonly sampleEntry: string;
    readonly recordBox?: 'avcC' | 'hvcC' | 'av1C' | 'esds' | 'dOps';
    readonly objectType?: number;
  };
  /**
   * Browsers may play it in MP4 through Media Source Extensions; whether this one does is what it answers to
   * `isTypeSupported` of the codec string. False: none does, so a live playlist for browsers leaves the track out.
   */
  readonly browser: boolean;
  /** SDP `rtpmap` encoding name in canonical case and the payload type we offer. */
  readonly rtp: {
    readonly encodingName: string;
    readonly payloadType: number;
    /** The channels that rtpmap must name whatever the format has. */
    readonly channels?: number;
  };
  /** Its stream_type in MPEG transport streams (ISO/IEC 13818-1 table 2-34); absent: we do not carry it there. */
  readonly mpegts?: number;
  /** How FLV and RTMP name it; absent: they do not carry it. */
  readonly flv?: FlvName;
  /**
   * Reads a decoder configuration record from a file or an RTMP sequence header; throws MalformedError. `entry`
   * is what the sample entry around it says, for codecs whose record does not say everything.
   */
  formatFromRecord(record: Buffer, entry?: SampleEntry): Format;
  /** Reads the SDP description of a track; undefined when the SDP does not hold enough (wait for in-band). */
  formatFromSdp(media: SdpFacts): Format | undefined;
  /** The `a=fmtp` value (without payload type) that describes `format`. */
  fmtp(format: Format): string;
}

/** A codec in FLV: by the number of Video File Format Specification 10.1 E.4, by the four characters of Enhanced RTMP. */
export interface FlvName {
  /** CodecID of video, SoundFormat of audio. */
  readonly id?: number;
  /** A number that some use although none was assigned: read, never written (quirk 62). */
  readonly habit?: number;
  readonly fourCc?: string;
}

/** The fields of an MP4 sample entry; those of the other kind of track are 0. */
export interface SampleEntry {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** Hz, from the timescale where the field of the entry is too small. */
  readonly sampleRate: number;
}

/** The part of an SDP media section a codec reads. */
export interface SdpFacts {
  readonly clockRate: number;
  /** Channels from rtpmap, 1 when absent. */
  readonly channels: number;
  /** fmtp parameters, names in lower case. */
  readonly fmtp: ReadonlyMap<string, string>;
}
