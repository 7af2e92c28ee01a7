#!/usr/bin/env python3
"""GStreamer's RTSP server as a camera: H.264 by x264enc, AAC by voaacenc, digest authentication.

The picture turns from black to white and back at each full second, and a tick of 1 kHz sounds at
the same instant, so that sync can be measured from content. Prints one JSON line with the port
when it listens, and one line for each session that begins to play.
"""
import argparse
import json
import os
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--user", default="")
    parser.add_argument("--password", default="")
    parser.add_argument("--size", default="640x480")
    parser.add_argument("--fps", type=int, default=25)
    parser.add_argument("--gop", type=int, default=25)
    parser.add_argument("--no-audio", action="store_true")
    return parser.parse_args()


def launch_line(options):
    width, height = options.size.split("x")
    video = (
        "videotestsrc is-live=true pattern=ball motion=sweep flip=true"
        f" ! video/x-raw,format=I420,width={width},height={height},framerate={options.fps}/1"
        " ! queue ! x264enc tune=zerolatency speed-preset=ultrafast sliced-threads=false bitrate=1500"
        f" key-int-max={options.gop} ! video/x-h264,profile=baseline"
        " ! rtph264pay name=pay0 pt=96 config-interval=-1"
    )
    audio = (
        "audiotestsrc is-live=true wave=ticks freq=1000 volume=0.8 samplesperbuffer=480"
        " ! audio/x-raw,rate=48000,channels=1 ! queue ! voaacenc bitrate=96000"
        " ! aacparse ! rtpmp4gpay name=pay1 pt=97"
    )
    return f"( {video} )" if options.no_audio else f"( {video} {audio} )"


def require_digest(server, factory, options):
    auth = GstRtspServer.RTSPAuth.new()
    auth.set_supported_methods(2)  # GST_RTSP_AUTH_DIGEST of GstRTSPAuthMethod
    token = GstRtspServer.RTSPToken.new()
    token.set_string("media.factory.role", "viewer")
    auth.add_digest(options.user, options.password, token)
    permissions = GstRtspServer.RTSPPermissions.new()
    permissions.add_role("viewer")
    permissions.add_permission_for_role("viewer", "media.factory.access", True)
    permissions.add_permission_for_role("viewer", "media.factory.construct", True)
    factory.set_permissions(permissions)
    server.set_auth(auth)


def say(**line):
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def main():
    options = arguments()
    Gst.init(None)
    server = GstRtspServer.RTSPServer.new()
    server.set_address("127.0.0.1")
    server.set_service(str(options.port))
    factory = GstRtspServer.RTSPMediaFactory.new()
    factory.set_launch(launch_line(options))
    factory.set_shared(True)
    if options.user:
        require_digest(server, factory, options)
    server.get_mount_points().add_factory("/test", factory)
    server.connect(
        "client-connected",
        lambda _server, client: client.connect("play-request", lambda *_: say(event="play")),
    )
    if server.attach(None) == 0:
        sys.exit("cannot listen")
    say(event="listening", port=server.get_bound_port(), version=Gst.version_string())
    loop = GLib.MainLoop()
    if os.environ.get("NIGHTJAR_PARENT_PIPE") == "1":
        GLib.io_add_watch(sys.stdin.fileno(), GLib.PRIORITY_DEFAULT, GLib.IO_HUP, lambda *_: loop.quit())
    GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, 15, loop.quit)
    loop.run()


main()
