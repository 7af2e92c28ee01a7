"""Shapes of the partners' API. Written from the contract by tools/src/partner-clients; not to be edited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Optional, TypedDict, Union

if TYPE_CHECKING:
    from typing import NotRequired


class StreamProducerTracks(TypedDict):
    kind: Literal["video", "audio"]
    codec: str
    codec_string: str
    width: NotRequired[int]
    height: NotRequired[int]
    sample_rate: NotRequired[int]
    channels: NotRequired[int]


class StreamProducer(TypedDict):
    id: str
    state: Literal["ACTIVE", "INACTIVE"]
    tracks: list[StreamProducerTracks]


class Stream(TypedDict):
    id: str
    #: The camera it belongs to.
    camera_id: str
    state: Literal["STOPPED", "INITIALIZING", "READY", "LIVE", "RECONNECTING", "ERROR"]
    #: Credentials are shown as `***:***`.
    source_url: str
    #: null before the first picture.
    producer: Optional[StreamProducer]
    #: WebRTC consumers that are not closed, as far as the caller may know.
    consumer_count: int
    #: Everybody who watches, by whatever protocol.
    viewer_count: int
    #: Whether it is to be recorded.
    recording: bool
    created_at: str
    updated_at: str


class StreamHealthLastError(TypedDict):
    code: Literal["unreachable", "refused", "timeout", "auth_failed", "not_found", "not_rtsp", "no_playable_track", "protocol_error", "no_media", "closed_by_camera", "target_denied", "tls_changed", "storage_full", "storage_failed", "internal"]
    message: str
    timestamp: str


class StreamHealth(TypedDict):
    stream_id: str
    state: Literal["STOPPED", "INITIALIZING", "READY", "LIVE", "RECONNECTING", "ERROR"]
    #: Live, with pictures within the last 2 s.
    healthy: bool
    #: Since it became live; null while it is not.
    uptime_seconds: Optional[float]
    #: Bit/s over the last 2 s.
    bitrate: Optional[float]
    #: Pictures a second over the last 2 s.
    frame_rate: Optional[float]
    packets_received: Optional[int]
    packets_lost: Optional[int]
    #: Share of the packets that never came, 0 to 1.
    packet_loss: Optional[float]
    #: Seconds by which pictures come irregularly (RFC 3550 6.4.1, of pictures).
    jitter: Optional[float]
    #: When the newest key frame came.
    last_key_frame_at: Optional[str]
    viewer_count: int
    reconnects: Optional[int]
    #: Share of the last 24 hours of which there is footage; null when it is not to be recorded.
    recording_completeness: Optional[float]
    last_error: Optional[StreamHealthLastError]


class Bookmark(TypedDict):
    id: str
    stream_id: str
    source: Literal["live", "historical"]
    status: Literal["pending", "processing", "ready", "failed"]
    #: Why it failed.
    error: Optional[str]
    center_timestamp: str
    before_seconds: float
    after_seconds: float
    label: str
    event_type: Optional[str]
    confidence: Optional[float]
    tags: list[str]
    #: As the caller said, else its name.
    created_by: str
    #: `kind:id` of who made it, whatever was said.
    created_by_principal: str
    #: First moment of the clip; null until it is ready.
    start_time: Optional[str]
    end_time: Optional[str]
    #: What the clip plays: less than its window where footage is missing.
    duration_seconds: Optional[float]
    format: Literal["mp4"]
    file_size: Optional[int]
    #: Of the clip, hex.
    sha256: Optional[str]
    video_url: str
    thumbnail_url: Optional[str]
    created_at: str
    updated_at: str


class Snapshot(TypedDict):
    id: str
    stream_id: str
    source: Literal["live", "historical"]
    status: Literal["pending", "processing", "ready", "failed"]
    #: Why it failed.
    error: Optional[str]
    #: When its picture was shown; the asked-for moment until it is ready.
    timestamp: str
    #: As the caller said, else its name.
    created_by: str
    #: `kind:id` of who made it, whatever was said.
    created_by_principal: str
    metadata: dict[str, Any]
    format: Literal["jpg"]
    file_size: Optional[int]
    image_url: str
    created_at: str
    updated_at: str


class Consumer(TypedDict):
    id: str
    stream_id: str
    state: Literal["CONNECTING", "CONNECTED", "CLOSED"]
    created_at: str
    connected_at: Optional[str]
    closed_at: Optional[str]
    last_seen_at: str
    #: Why it is closed.
    reason: Optional[str]
    bytes_sent: int


class Webhook(TypedDict):
    id: str
    #: Without its user part, and without what stands behind `?`.
    url: str
    events: list[Literal["bookmark.ready", "bookmark.failed", "snapshot.ready", "snapshot.failed", "consumer.connected", "consumer.closed", "stream.state"]]
    description: str
    enabled: bool
    #: Why it was disabled, where nobody did it.
    disabled_reason: Optional[str]
    created_by_principal: str
    created_at: str
    updated_at: str


class WebhookCreated(TypedDict):
    id: str
    #: Without its user part, and without what stands behind `?`.
    url: str
    events: list[Literal["bookmark.ready", "bookmark.failed", "snapshot.ready", "snapshot.failed", "consumer.connected", "consumer.closed", "stream.state"]]
    description: str
    enabled: bool
    #: Why it was disabled, where nobody did it.
    disabled_reason: Optional[str]
    created_by_principal: str
    created_at: str
    updated_at: str
    #: Signs each call. Shown this once.
    secret: str


class EventBookmarkReady(TypedDict):
    type: Literal["bookmark.ready"]
    #: The same whenever it is sent again.
    id: str
    created_at: str
    stream_id: str
    data: Bookmark


class EventBookmarkFailed(TypedDict):
    type: Literal["bookmark.failed"]
    #: The same whenever it is sent again.
    id: str
    created_at: str
    stream_id: str
    data: Bookmark


class EventSnapshotReady(TypedDict):
    type: Literal["snapshot.ready"]
    #: The same whenever it is sent again.
    id: str
    created_at: str
    stream_id: str
    data: Snapshot


class EventSnapshotFailed(TypedDict):
    type: Literal["snapshot.failed"]
    #: The same whenever it is sent again.
    id: str
    created_at: str
    stream_id: str
    data: Snapshot


class EventConsumerConnectedData(TypedDict):
    id: str
    state: Literal["CONNECTED", "CLOSED"]
    #: Why it is closed.
    reason: Optional[str]


class EventConsumerConnected(TypedDict):
    type: Literal["consumer.connected"]
    #: The same whenever it is sent again.
    id: str
    created_at: str
    stream_id: str
    data: EventConsumerConnectedData


class EventConsumerClosedData(TypedDict):
    id: str
    state: Literal["CONNECTED", "CLOSED"]
    #: Why it is closed.
    reason: Optional[str]


class EventConsumerClosed(TypedDict):
    type: Literal["consumer.closed"]
    #: The same whenever it is sent again.
    id: str
    created_at: str
    stream_id: str
    data: EventConsumerClosedData


class EventStreamStateData(TypedDict):
    state: Literal["STOPPED", "INITIALIZING", "READY", "LIVE", "RECONNECTING", "ERROR"]


class EventStreamState(TypedDict):
    type: Literal["stream.state"]
    #: The same whenever it is sent again.
    id: str
    created_at: str
    stream_id: str
    data: EventStreamStateData


class EventWebhookTest(TypedDict):
    type: Literal["webhook.test"]
    #: The same whenever it is sent again.
    id: str
    created_at: str


Event = Union[EventBookmarkReady, EventBookmarkFailed, EventSnapshotReady, EventSnapshotFailed, EventConsumerConnected, EventConsumerClosed, EventStreamState, EventWebhookTest]


class WebhookDelivery(TypedDict):
    id: str
    state: Literal["pending", "delivered", "failed"]
    attempts: int
    created_at: str
    #: When it is tried again.
    next_at: Optional[str]
    delivered_at: Optional[str]
    #: What the other side or the network said last.
    detail: Optional[str]
    event: Event


class WebhookTested(TypedDict):
    delivered: bool
    detail: str
