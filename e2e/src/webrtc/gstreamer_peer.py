"""A WebRTC peer of another make, GStreamer's webrtcbin: libnice, OpenSSL and libsrtp. What WHIP and WHEP share."""

import sys
import threading
import urllib.parse
import urllib.request

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstSdp", "1.0")
gi.require_version("GstWebRTC", "1.0")
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # noqa: E402


class Peer:
    """Offers once all candidates are known, by POST; ends its session by DELETE. Says its connection's states."""

    def __init__(self, url, credential, pipeline, peer):
        self.url = url
        self.credential = credential
        self.session = None
        self.pipeline = pipeline
        self.peer = peer
        # Loopback alone: libnice leaves it out unless it is named. Held, for the bindings free what is in use.
        self.agent = self.peer.get_property("ice-agent")
        self.agent.emit("add-local-ip-address", "127.0.0.1")
        self.peer.connect("notify::ice-gathering-state", self.on_gathering)
        self.peer.connect("notify::connection-state", self.on_connection)

    def start(self):
        self.pipeline.set_state(Gst.State.PLAYING)

    def stop(self):
        if self.session:
            self.ask("DELETE", self.session)
        self.pipeline.set_state(Gst.State.NULL)

    def offer(self):
        self.peer.emit("create-offer", None, Gst.Promise.new_with_change_func(self.on_offer))

    def ask(self, method, url, offer=None):
        request = urllib.request.Request(url, data=offer, method=method)
        request.add_header("authorization", f"Bearer {self.credential}")
        if offer:
            request.add_header("content-type", "application/sdp")
        with urllib.request.urlopen(request) as response:
            return response.headers, response.read().decode()

    def on_offer(self, promise, *_):
        promise.wait()
        reply = promise.get_reply()
        offer = reply.get_value("offer")
        self.held = (promise, reply, offer)
        self.peer.emit("set-local-description", offer, Gst.Promise.new())

    def on_gathering(self, _peer, _property):
        state = self.peer.get_property("ice-gathering-state")
        if state == GstWebRTC.WebRTCICEGatheringState.COMPLETE:
            threading.Thread(target=self.signal).start()

    def signal(self):
        offer = self.peer.get_property("local-description").sdp.as_text()
        headers, answer = self.ask("POST", self.url, offer.encode())
        self.session = urllib.parse.urljoin(self.url, headers["location"])
        _, message = GstSdp.SDPMessage.new_from_text(answer)
        description = GstWebRTC.WebRTCSessionDescription.new(GstWebRTC.WebRTCSDPType.ANSWER, message)
        self.peer.emit("set-remote-description", description, Gst.Promise.new())

    def on_connection(self, _peer, _property):
        print("connection", self.peer.get_property("connection-state").value_nick, flush=True)


def run(kind):
    """Runs a peer of this kind with the program's two arguments, until standard input ends or SIGTERM comes."""
    Gst.init(None)
    loop = GLib.MainLoop()
    peer = kind(sys.argv[1], sys.argv[2])
    GLib.io_add_watch(sys.stdin.fileno(), GLib.PRIORITY_DEFAULT, GLib.IO_HUP, lambda *_: loop.quit())
    GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, 15, loop.quit)
    peer.start()
    loop.run()
    peer.stop()
