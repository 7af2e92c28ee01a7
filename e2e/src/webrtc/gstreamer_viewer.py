"""Watches by WHEP with GStreamer's webrtcbin: libnice, OpenSSL and libsrtp. Decodes what comes.

Usage: gstreamer_viewer.py URL TOKEN. Says how many pictures it has, every 25. Ends when its standard input does.
"""

import sys
import threading
import urllib.parse
import urllib.request

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstSdp", "1.0")
gi.require_version("GstWebRTC", "1.0")
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # noqa: E402

CAPS = "application/x-rtp,media=video,encoding-name=H264,payload=100,clock-rate=90000,packetization-mode=(string)1"
DECODE = "rtph264depay ! h264parse ! avdec_h264 ! fakesink name=sink signal-handoffs=true sync=false"


class Viewer:
    def __init__(self, url, token):
        self.url = url
        self.token = token
        self.session = None
        self.pictures = 0
        self.pipeline = Gst.Pipeline.new("viewer")
        self.peer = Gst.ElementFactory.make("webrtcbin", "peer")
        self.peer.set_property("bundle-policy", GstWebRTC.WebRTCBundlePolicy.MAX_BUNDLE)
        self.pipeline.add(self.peer)
        # Loopback alone: libnice leaves it out unless it is named. Held, for the bindings free what is in use.
        self.agent = self.peer.get_property("ice-agent")
        self.agent.emit("add-local-ip-address", "127.0.0.1")
        self.peer.connect("pad-added", self.on_pad)
        self.peer.connect("notify::ice-gathering-state", self.on_gathering)
        self.peer.connect("notify::connection-state", self.on_connection)

    def start(self):
        self.pipeline.set_state(Gst.State.PLAYING)
        caps = Gst.Caps.from_string(CAPS)
        direction = GstWebRTC.WebRTCRTPTransceiverDirection.RECVONLY
        self.transceiver = self.peer.emit("add-transceiver", direction, caps)
        self.transceiver.set_property("do-nack", True)
        self.peer.emit("create-offer", None, Gst.Promise.new_with_change_func(self.on_offer))

    def stop(self):
        if self.session:
            self.ask("DELETE", self.session)
        self.pipeline.set_state(Gst.State.NULL)

    def ask(self, method, url, offer=None):
        request = urllib.request.Request(url, data=offer, method=method)
        request.add_header("authorization", f"Bearer {self.token}")
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

    def on_pad(self, _peer, pad):
        decoder = Gst.parse_bin_from_description(DECODE, True)
        decoder.get_by_name("sink").connect("handoff", self.on_picture)
        self.pipeline.add(decoder)
        decoder.sync_state_with_parent()
        pad.link(decoder.get_static_pad("sink"))

    def on_picture(self, *_):
        self.pictures += 1
        if self.pictures % 25 == 0:
            print("pictures", self.pictures, flush=True)

    def on_connection(self, _peer, _property):
        print("connection", self.peer.get_property("connection-state").value_nick, flush=True)


def main():
    Gst.init(None)
    loop = GLib.MainLoop()
    viewer = Viewer(sys.argv[1], sys.argv[2])
    GLib.io_add_watch(sys.stdin.fileno(), GLib.PRIORITY_DEFAULT, GLib.IO_HUP, lambda *_: loop.quit())
    GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, 15, loop.quit)
    viewer.start()
    loop.run()
    viewer.stop()


main()
