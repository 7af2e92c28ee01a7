# shellcheck shell=sh disable=SC2154 # $root, $here, $node and $run come from the launcher
# What the launcher keeps alive, and how each command puts it together.

# 8 pool threads: four disks that stall must not stop names from resolving. The rest is memory, at 30 cameras 20 to
# 40 MB less for no more processor time (npm run bench record): 2 MiB of young generation instead of 16, two
# allocation arenas, and slabs in mappings of their own, which go back to the system when they are let go.
# The engine does without the last of V8's compilers (--max-opt=2): docs/design/programs.md says why.
# --expose-gc lets each tidy its heap once, when what only the start needed is garbage: 5 and 10 MiB less.
# The server has one arena, and what is larger than two pages is mapped by itself: what V8 compiled with is given back
# at once. It does without V8's first compiler: the two after it make the same code from what is called often.
# Together 5 MB less idle and 8 after a load, for calls as fast (GET /api/streams, 100 streams).
# Compiled code is not kept for them: read in a piece, they start as fast without, and take less memory.
start_engine() {
  keep_proven engine env UV_THREADPOOL_SIZE=8 MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=65536 \
    NODE_DISABLE_COMPILE_CACHE=1 \
    "$node" --max-semi-space-size=2 --max-opt=2 --expose-gc ${watch:+"$watch"} "$(main_of engine)"
}
start_server() {
  keep_proven server env MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=8192 NODE_DISABLE_COMPILE_CACHE=1 \
    "$node" --max-semi-space-size=2 --no-sparkplug --expose-gc ${watch:+"$watch"} "$(main_of server)" ${config:+--config "$config"}
}
# What is watched for changes runs from its sources; users run what was built.
main_of() {
  if [ "$watch" ]; then printf '%s' "$root/$1/src/main.ts"; else printf '%s' "$root/$1/dist/main.js"; fi
}
# A command of a room: from its source, or in an image as it was built, under another name where $3 says so.
command_of() {
  if is_made; then printf '%s' "$root/$1/dist/${3:-$2}.js"; else printf '%s' "$root/$1/src/$2.ts"; fi
}
start_page() { keep page "$root/node_modules/.bin/vite" "$root/web" --clearScreen false; }
start_cameras() {
  keep_proven cameras "$node" "$root/media/src/testing/cli.ts" --port "$camera_port" --camera yard --camera door
}
start_demo() { once demo "$node" "$root/tools/src/demo.ts"; }

absolute() {
  case $1 in
    /*) printf '%s' "$1" ;;
    *) printf '%s' "$here/$1" ;;
  esac
}

# Sets $config and $data, absolute, from --config and --data; the environment and ./data stand behind them.
read_options() {
  config=
  data=${NIGHTJAR_DATA_DIR:-$root/data}
  while [ $# -gt 0 ]; do
    option=${1%%=*}
    case $1 in
      --*=*) value=${1#*=} ;;
      *)
        [ $# -ge 2 ] || misused "$option: no such option, or its value is missing"
        value=$2
        shift
        ;;
    esac
    shift
    case $option in
      --config) config=$(absolute "$value") ;;
      --data) data=$value ;;
      *) misused "no such option: $option" ;;
    esac
  done
  data=$(absolute "$data")
  [ -z "$config" ] || [ -r "$config" ] || die_of_configuration "cannot read the configuration $config"
}

die_of_configuration() {
  say "nightjar: $*"
  exit "$EX_CONFIG"
}

make_data() {
  [ -d "$data" ] || mkdir -p -m 700 "$data" || die_of_configuration "cannot make the data folder $data"
  NIGHTJAR_DATA_DIR=$data
  export NIGHTJAR_DATA_DIR
}

run_start() {
  read_options "$@"
  prepare_packages
  prepare_page
  prepare_programs
  make_data
  log=
  voice=server
  watch=
  take_charge
  supervise engine server
}

run_dev() {
  read_options "$@"
  prepare_packages
  make_data
  log=
  voice=server
  watch=--watch
  NIGHTJAR_DEV_SERVER=http://127.0.0.1:${NIGHTJAR_HTTP_PORT:-3000}
  export NIGHTJAR_DEV_SERVER
  take_charge
  supervise engine server page
}

# verify --export: an exported archive is held against its signed manifest; neither data nor a running product is needed.
verify_export() {
  [ $# -eq 2 ] || { [ $# -eq 4 ] && [ "$3" = --key ]; } || misused "verify --export FILE [--key PEM]"
  archive=$(absolute "$2")
  key=${4:+$(absolute "$4")}
  prepare_packages
  exec "$node" "$(command_of server commands/verify-export)" "$archive" ${key:+"$key"}
}

# verify: the engine's half looks at the files, the server's half holds the index against what it found. Exit code 1:
# something is amiss; 75: the product runs on this data and must be stopped first.
run_verify() {
  [ "${1:-}" != --export ] || verify_export "$@"
  checks=
  answers=
  for argument; do
    shift
    case $argument in
      --deep | --repair) checks="$checks $argument" ;;
      --json) answers="$answers $argument" ;;
      --rebuild)
        checks="$checks --repair"
        answers="$answers $argument"
        ;;
      *) set -- "$@" "$argument" ;;
    esac
  done
  read_options "$@"
  prepare_packages
  [ -d "$data" ] || die_of_configuration "there is no data in $data"
  make_data
  places=$("$node" "$(command_of server verify commands/verify)" --where ${config:+--config "$config"}) || exit "$EX_CONFIG"
  # shellcheck disable=SC2086 # flags of ours, without spaces
  "$node" "$(command_of engine verify)" --data "$data" --places "$places" $checks |
    "$node" "$(command_of server verify commands/verify)" ${config:+--config "$config"} $answers
}

# db copy and audit verify: one program of the server's, on the data of --data and the configuration of --config.
run_command() {
  program=$1
  shift
  read_options "$@"
  prepare_packages
  [ -d "$data" ] || die_of_configuration "there is no data in $data"
  make_data
  exec "$node" "$(command_of server "commands/$program")" ${config:+--config "$config"}
}

# What signs in to the demo is made once and kept, so that a bookmark of its sign-in goes on working: so many
# characters of a set. 16 hexadecimal digits are, once in 50 times, fewer different ones than the server accepts.
demo_secret() {
  file=$data/demo-$1
  if [ ! -s "$file" ]; then
    (umask 077 && LC_ALL=C tr -dc "$3" </dev/urandom | head -c "$2" >"$file")
  fi
  cat "$file"
}

run_demo() {
  [ $# -eq 0 ] || misused "demo takes no options"
  camera_port=${NIGHTJAR_CAMERA_PORT:-8664}
  [ "$camera_port" != 0 ] || misused "NIGHTJAR_CAMERA_PORT cannot be 0: the demo's configuration names the port"
  prepare_packages
  prepare_page
  prepare_programs
  data=$root/data-demo
  make_data
  take_charge
  config=$data/demo.yaml
  cat >"$config" <<YAML
# Written anew by each \`./nightjar demo\`.
server:
  host: 127.0.0.1
network:
  allow: ["127.0.0.1/32"]
  ports: [$camera_port]
YAML
  NIGHTJAR_ADMIN_TOKEN=${NIGHTJAR_ADMIN_TOKEN:-$(demo_secret token 48 0-9a-f)}
  NIGHTJAR_ADMIN_PASSWORD=${NIGHTJAR_ADMIN_PASSWORD:-$(demo_secret password 24 a-hjkmnp-z2-9)}
  NIGHTJAR_CAMERA_PORT=$camera_port
  NIGHTJAR_RTSP_HOST=127.0.0.1
  NIGHTJAR_WEBRTC_HOST=127.0.0.1
  export NIGHTJAR_ADMIN_TOKEN NIGHTJAR_ADMIN_PASSWORD
  export NIGHTJAR_CAMERA_PORT NIGHTJAR_RTSP_HOST NIGHTJAR_WEBRTC_HOST
  log=$data/demo.log
  voice=
  watch=
  : >"$log"
  rm -f "$data/ports.json"
  supervise engine server cameras demo
}
