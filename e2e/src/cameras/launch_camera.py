#!/usr/bin/env python3
"""GStreamer's RTSP server as a camera that plays whatever a launch line makes, from its beginning for
each client. Prints one JSON line with the port when it listens.
"""
import json
import os
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402


def main():
    Gst.init(None)
    server = GstRtspServer.RTSPServer.new()
    server.set_address("127.0.0.1")
    server.set_service("0")
    factory = GstRtspServer.RTSPMediaFactory.new()
    factory.set_launch(sys.argv[1])
    server.get_mount_points().add_factory("/test", factory)
    if server.attach(None) == 0:
        sys.exit("cannot listen")
    sys.stdout.write(json.dumps({"event": "listening", "port": server.get_bound_port()}) + "\n")
    sys.stdout.flush()
    loop = GLib.MainLoop()
    if os.environ.get("NIGHTJAR_PARENT_PIPE") == "1":
        GLib.io_add_watch(sys.stdin.fileno(), GLib.PRIORITY_DEFAULT, GLib.IO_HUP, lambda *_: loop.quit())
    GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, 15, loop.quit)
    loop.run()


main()
