"""Client of Nightjar's partners' API (/v2), with nothing but the standard library.

    client = NightjarClient("http://localhost:3000", "ruth-ai-client", "secret")
    for stream in client.streams(state="LIVE"):
        bookmark = client.create_bookmark(stream["id"], label="Person", event_type="person_detected")
        client.download(client.wait_for(bookmark)["video_url"], "person.mp4")

Tokens are asked for, kept and renewed by themselves. Calls that only read, and calls that carry an idempotency key,
are tried again when the connection breaks or the server is away for a moment. Not safe for several threads at once.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from typing import Any, Iterator, Literal, Optional, TypeVar

from nightjar_shapes import (
    Bookmark,
    Event,
    Snapshot,
    Stream,
    StreamHealth,
    Webhook,
    WebhookCreated,
    WebhookDelivery,
    WebhookTested,
)

__all__ = ["Bookmark", "NightjarClient", "NightjarError", "Snapshot", "Stream", "open_webhook"]

Source = Literal["live", "historical"]
Capture = TypeVar("Capture", Bookmark, Snapshot)


class NightjarError(Exception):
    """The server refused; `detail` is its word, or the list of fields that are wrong (status 422)."""

    def __init__(self, status: int, detail: Any) -> None:
        super().__init__(f"{status}: {detail}")
        self.status = status
        self.detail = detail


TRIES = 4
AWAY = (502, 503, 504)
#: Seconds before its end at which a token is renewed.
MARGIN = 30
CHUNK = 256 * 1024


class NightjarClient:
    """One API client at one server."""

    def __init__(self, base: str, client_id: str, client_secret: str, timeout: float = 30.0) -> None:
        self._base = base.rstrip("/")
        self._client_id = client_id
        self._client_secret = client_secret
        self._timeout = timeout
        self._token = ""
        self._refresh_token = ""
        self._expires = 0.0

    # Streams

    def streams(self, **filters: Any) -> list[Stream]:
        """All streams that fit: `state`, `camera_id`."""
        return list(self._pages("/v2/streams", "streams", filters))

    def stream(self, stream_id: str) -> Stream:
        answer: Stream = self._json("GET", f"/v2/streams/{_quoted(stream_id)}")
        return answer

    def create_stream(self, source_url: str, camera_id: Optional[str] = None, **settings: Any) -> Stream:
        body = _given(source_url=source_url, camera_id=camera_id, **settings)
        answer: Stream = self._json("POST", "/v2/streams", body)
        return answer

    def delete_stream(self, stream_id: str) -> None:
        self._json("DELETE", f"/v2/streams/{_quoted(stream_id)}")

    def health(self, stream_id: str) -> StreamHealth:
        answer: StreamHealth = self._json("GET", f"/v2/streams/{_quoted(stream_id)}/health")
        return answer

    def hls(self, stream_id: str) -> tuple[str, dict[str, str]]:
        """Address of the live playlist, and the headers that each of its requests needs."""
        return f"{self._base}/v2/streams/{_quoted(stream_id)}/hls/playlist.m3u8", self._authorization()

    # Bookmarks

    def create_bookmark(self, stream_id: str, source: Source = "live", **about: Any) -> Bookmark:
        """`center_timestamp`, `before_seconds`, `after_seconds`, `label`, `event_type`, `confidence`, `tags`, `created_by`."""
        path = f"/v2/streams/{_quoted(stream_id)}/bookmarks"
        answer: Bookmark = self._json("POST", path, _given(source=source, **about), once=True)
        return answer

    def bookmarks(self, stream_id: str, **filters: Any) -> Iterator[Bookmark]:
        """The newest moment first: `event_type`, `created_by`, `start_time`, `end_time`, `status`, `tag`, `min_confidence`."""
        return self._pages(f"/v2/streams/{_quoted(stream_id)}/bookmarks", "bookmarks", filters)

    def bookmark(self, bookmark_id: str) -> Bookmark:
        answer: Bookmark = self._json("GET", f"/v2/bookmarks/{_quoted(bookmark_id)}")
        return answer

    def update_bookmark(self, bookmark_id: str, **about: Any) -> Bookmark:
        """`label`, `event_type`, `confidence`, `tags`."""
        answer: Bookmark = self._json("PUT", f"/v2/bookmarks/{_quoted(bookmark_id)}", about)
        return answer

    def delete_bookmark(self, bookmark_id: str) -> None:
        self._json("DELETE", f"/v2/bookmarks/{_quoted(bookmark_id)}")

    # Snapshots

    def create_snapshot(self, stream_id: str, source: Source = "live", **about: Any) -> Snapshot:
        """`timestamp`, `created_by`, `metadata`."""
        path = f"/v2/streams/{_quoted(stream_id)}/snapshots"
        answer: Snapshot = self._json("POST", path, _given(source=source, **about), once=True)
        return answer

    def snapshots(self, stream_id: str, **filters: Any) -> Iterator[Snapshot]:
        return self._pages(f"/v2/streams/{_quoted(stream_id)}/snapshots", "snapshots", filters)

    def snapshot(self, snapshot_id: str) -> Snapshot:
        answer: Snapshot = self._json("GET", f"/v2/snapshots/{_quoted(snapshot_id)}")
        return answer

    def delete_snapshot(self, snapshot_id: str) -> None:
        self._json("DELETE", f"/v2/snapshots/{_quoted(snapshot_id)}")

    # Webhooks

    def create_webhook(self, url: str, **about: Any) -> WebhookCreated:
        """`events`, `description`, `enabled`; the secret that is answered is shown this once."""
        answer: WebhookCreated = self._json("POST", "/v2/webhooks", {"url": url, **about})
        return answer

    def webhooks(self) -> Iterator[Webhook]:
        return self._pages("/v2/webhooks", "webhooks", {})

    def update_webhook(self, webhook_id: str, **about: Any) -> Webhook:
        answer: Webhook = self._json("PUT", f"/v2/webhooks/{_quoted(webhook_id)}", about)
        return answer

    def delete_webhook(self, webhook_id: str) -> None:
        self._json("DELETE", f"/v2/webhooks/{_quoted(webhook_id)}")

    def test_webhook(self, webhook_id: str) -> WebhookTested:
        answer: WebhookTested = self._json("POST", f"/v2/webhooks/{_quoted(webhook_id)}/test")
        return answer

    def deliveries(self, webhook_id: str, **filters: Any) -> Iterator[WebhookDelivery]:
        return self._pages(f"/v2/webhooks/{_quoted(webhook_id)}/deliveries", "deliveries", filters)

    def replay(self, webhook_id: str, delivery_id: str) -> WebhookDelivery:
        """Sends something again, whatever became of it."""
        path = f"/v2/webhooks/{_quoted(webhook_id)}/deliveries/{_quoted(delivery_id)}/replay"
        answer: WebhookDelivery = self._json("POST", path)
        return answer

    # Both

    def wait_for(self, thing: Capture, timeout: float = 60.0) -> Capture:
        """The bookmark or snapshot once it is ready. Raises NightjarError when nothing comes of it, TimeoutError."""
        room = "bookmarks" if "video_url" in thing else "snapshots"
        deadline = time.monotonic() + timeout
        while thing["status"] in ("pending", "processing"):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{thing['id']} is {thing['status']} after {timeout} s")
            time.sleep(0.25)
            thing = self._json("GET", f"/v2/{room}/{_quoted(thing['id'])}")
        if thing["status"] == "failed":
            raise NightjarError(404, thing["error"])
        return thing

    def download(self, url: str, path: str) -> int:
        """Writes what lies at a `video_url`, `thumbnail_url` or `image_url` to a file; answers its bytes."""
        with self._open("GET", url, None, {}) as answer, open(path, "wb") as file:
            size = 0
            while chunk := answer.read(CHUNK):
                file.write(chunk)
                size += len(chunk)
            return size

    def _pages(self, path: str, name: str, filters: dict[str, Any]) -> Iterator[Any]:
        offset = 0
        while True:
            query = urllib.parse.urlencode({**_given(**filters), "limit": 100, "offset": offset})
            page = self._json("GET", f"{path}?{query}")
            yield from page[name]
            offset += len(page[name])
            if not page[name] or offset >= page["total"]:
                return

    def _json(self, method: str, path: str, body: Any = None, once: bool = False) -> Any:
        headers = {"Idempotency-Key": str(uuid.uuid4())} if once else {}
        with self._open(method, path, body, headers) as answer:
            text = answer.read()
            return json.loads(text) if text else None

    def _open(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Any:
        """The answer, after trying again where that does no harm."""
        harmless = method in ("GET", "DELETE", "PUT") or "Idempotency-Key" in headers
        renewed = False
        for attempt in range(TRIES):
            try:
                return self._once(method, path, body, {**headers, **self._authorization()})
            except NightjarError as error:
                if error.status == 401 and not renewed:
                    renewed = True
                    self._expires = 0.0
                    continue
                if not (harmless and error.status in AWAY) or attempt == TRIES - 1:
                    raise
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                if not harmless or attempt == TRIES - 1:
                    raise
            time.sleep(0.25 * 2**attempt)
        raise AssertionError("unreachable")

    def _once(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Any:
        data = None if body is None else json.dumps(body).encode()
        if data is not None:
            headers = {**headers, "Content-Type": "application/json"}
        request = urllib.request.Request(self._base + path, data=data, headers=headers, method=method)
        try:
            return urllib.request.urlopen(request, timeout=self._timeout)
        except urllib.error.HTTPError as error:
            with error:
                raise NightjarError(error.code, _detail(error.read())) from None

    def _authorization(self) -> dict[str, str]:
        if time.monotonic() >= self._expires:
            self._sign_in()
        return {"Authorization": f"Bearer {self._token}"}

    def _sign_in(self) -> None:
        secret = {"client_id": self._client_id, "client_secret": self._client_secret}
        refresh = {"refresh_token": self._refresh_token}
        try:
            answer = self._once("POST", "/v2/auth/token", refresh if self._refresh_token else secret, {})
        except NightjarError:
            if not self._refresh_token:
                raise
            self._refresh_token = ""
            answer = self._once("POST", "/v2/auth/token", secret, {})
        with answer:
            tokens = json.load(answer)
        self._token = tokens["access_token"]
        self._refresh_token = tokens["refresh_token"]
        self._expires = time.monotonic() + max(1, tokens["expires_in"] - MARGIN)


def open_webhook(secret: str, header: str, body: bytes) -> Event:
    """What a call to a webhook tells; `header` is `X-Nightjar-Signature`.

    Raises ValueError when it was not signed with this secret, or is older than five minutes.
    """
    seconds, _, mac = header.removeprefix("t=").partition(",v1=")
    expected = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(mac.encode(), expected.encode()):
        raise ValueError("it is not signed with this secret")
    if abs(time.time() - int(seconds)) > 300:
        raise ValueError("it is too old")
    event: Event = json.loads(body)
    return event


def _quoted(part: str) -> str:
    return urllib.parse.quote(part, safe="")


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _detail(body: bytes) -> Any:
    try:
        return json.loads(body)["detail"]
    except (ValueError, KeyError, TypeError):
        return body.decode("utf-8", "replace")[:200]
