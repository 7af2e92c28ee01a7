# shellcheck shell=sh disable=SC2154 # $root comes from the launcher
# Packages, the right Node and the built page: each made only when what it is made from has changed.

# Runs a command that this shell waits for, so that ending the launcher ends it too.
attend() {
  "$@" </dev/null &
  attended=$!
  trap 'kill -TERM "$attended" 2>/dev/null; wait "$attended"; exit 143' TERM INT HUP
  attended_code=0
  wait "$attended" || attended_code=$?
  trap - TERM INT HUP
  return "$attended_code"
}

# Node 24 or newer as $node: the one that came with the packages, else the system's.
find_node() {
  node=$root/node_modules/.bin/node
  if [ ! -x "$node" ] || ! "$node" --version >/dev/null 2>&1; then
    node=$(command -v node) || die "Node is missing: install Node 24 or newer (nodejs.org)"
    major=$("$node" -p 'process.versions.node.split(".")[0]')
    [ "$major" -ge 24 ] || die "no Node 24 came with the packages for this machine, and $node is Node $major: install Node 24 or newer"
  fi
  PATH=$root/node_modules/.bin:$PATH
  # Compiled code is kept: measured, it spares each start the type stripper and the parser.
  NODE_COMPILE_CACHE=${NODE_COMPILE_CACHE:-$root/.cache/compile}
  export PATH NODE_COMPILE_CACHE
}

# In an image everything was made beforehand, and nothing can be written.
is_made() { [ -e "$root/.made" ]; }

# npm ci when there is no node_modules or the lock file is not the one it was made from.
prepare_packages() {
  if is_made; then
    find_node
    return
  fi
  stamp=$root/node_modules/.nightjar-installed
  if [ "$(cat "$stamp" 2>/dev/null)" != "$(cksum <"$root/package-lock.json")" ]; then
    command -v npm >/dev/null || die "npm is missing: install Node 20 or newer with npm"
    say "Installing packages…"
    # No package runs a script at install, and those that would fetch programs otherwise are told not to.
    attend env ONNXRUNTIME_NODE_INSTALL=skip SKIP_FFMPEG=true \
      npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2 || die "npm ci failed"
    cksum <"$root/package-lock.json" >"$stamp"
  fi
  find_node
}

# Engine and server in a file each, when their sources have changed: docs/design/programs.md says why.
prepare_programs() {
  ! is_made || return 0
  attend "$node" "$root/tools/src/programs/main.ts" >&2 || die "the programs could not be built"
}

# vite build when the page's sources, the shapes it shares or the packages have changed.
prepare_page() {
  ! is_made || return 0
  sum=$(find web/src web/public web/index.html web/vite.config.ts web/package.json \
    contract/src package-lock.json -type f -exec cksum {} + | LC_ALL=C sort | cksum)
  stamp=$root/web/dist/.nightjar-built
  [ "$(cat "$stamp" 2>/dev/null)" != "$sum" ] || return 0
  say "Building the page…"
  attend "$root/node_modules/.bin/vite" build web --logLevel warn >&2 || die "the page could not be built"
  printf '%s\n' "$sum" >"$stamp"
}
