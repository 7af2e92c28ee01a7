# shellcheck shell=sh disable=SC2154 # $root and $node come from the launcher
# `./nightjar test`: what the tests need, the tests, and one last line of counts whatever happens.

# Debian packages, and for other systems what each brings.
SUITE_PACKAGES='ffmpeg chromium gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good
gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly gstreamer1.0-libav gstreamer1.0-nice gstreamer1.0-rtsp
gir1.2-gst-plugins-bad-1.0 gir1.2-gst-rtsp-server-1.0 python3-gi python3-requests openssl rtmpdump vlc-bin vlc-plugin-base
vlc-plugin-access-extra curl fonts-dejavu-core procps mypy
postgresql mariadb-server redis-server prometheus nginx libnginx-mod-rtmp mosquitto systemd'

# Names of the packages that are not there.
missing_packages() {
  for package in $SUITE_PACKAGES; do
    case $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) in
      'install ok installed') ;;
      *) echo "$package" ;;
    esac
  done
}

# Names of the programs that are not there, on systems without Debian's packages.
missing_programs() {
  for program in ffmpeg ffprobe gst-launch-1.0 openssl rtmpdump vlc python3 curl; do
    command -v "$program" >/dev/null || echo "$program"
  done
  command -v chromium >/dev/null || command -v chromium-browser >/dev/null || echo chromium
  python3 -c 'import gi; gi.require_version("GstRtspServer", "1.0"); from gi.repository import GstRtspServer' \
    2>/dev/null || echo "GstRtspServer for Python (gi)"
  python3 -c 'import gi; gi.require_version("GstWebRTC", "1.0"); from gi.repository import GstWebRTC' \
    2>/dev/null || echo "GstWebRTC for Python (gi), with libnice"
  command -v mariadbd >/dev/null || echo "mariadb-server"
  command -v redis-server >/dev/null || echo redis-server
  command -v promtool >/dev/null || echo "promtool of prometheus"
  command -v nginx >/dev/null || echo "nginx with its RTMP module"
  command -v mosquitto >/dev/null || echo mosquitto
  command -v systemd-analyze >/dev/null || echo systemd
  ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || echo "postgresql under /usr/lib/postgresql"
  python3 -c 'import requests' 2>/dev/null || echo "requests for Python"
}

need_programs() {
  if ! command -v dpkg-query >/dev/null; then
    missing=$(missing_programs)
    [ -z "$missing" ] || say "The tests need these, please install them:" "$missing"
    [ -z "$missing" ]
    return
  fi
  missing=$(missing_packages)
  [ -n "$missing" ] || return 0
  # shellcheck disable=SC2086 # a list of names
  set -- $missing
  if [ "$(id -u)" -ne 0 ]; then
    say "The tests need these packages; as root: apt-get install $*"
    return 1
  fi
  say "Installing $*…"
  { attend apt-get update -qq && attend env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "$@"; } >"$counts.apt" 2>&1 || {
    tail -n 20 "$counts.apt" >&2
    say "apt-get could not install them"
    return 1
  }
}

# The last line, alone; zero only when something passed and nothing failed.
close_suite() {
  trap '' TERM INT HUP
  passed=0
  failed=1
  if [ -s "$counts" ]; then read -r passed failed <"$counts"; fi
  rm -f "$counts" "$counts.apt"
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ] || exit 1
  exit 0
}

run_suite() {
  case ${1:-all} in all | check | unit | e2e) ;; *) misused "test takes check, unit or e2e" ;; esac
  [ $# -le 1 ] || misused "test takes one part"
  counts=${TMPDIR:-/tmp}/nightjar-counts.$$
  rm -f "$counts"
  trap close_suite EXIT
  prepare_packages
  [ "${1:-all}" = check ] || need_programs || exit 1
  case ${1:-all} in all | e2e) prepare_page ;; esac
  attend "$node" "$root/tools/src/suite.ts" "$counts" "${1:-all}" || :
}
