# shellcheck shell=sh disable=SC2154 # $data, $log and $root come from the launcher
# Keeps programs alive as children, each in a loop of its own, and leaves nothing behind.
#
# The launcher alone holds the writing end of a pipe (fd 3). Its reading end is the standard input of every
# program and of a guard: when the launcher dies in any way, they see the end of file. The guard then drains
# the rest as the launcher would have; a program that finds NIGHTJAR_PARENT_PIPE=1 ends by itself as well.
#
# Files of $run, one of each per program: NAME.keeper and NAME.pid (process ids, gone when it ended).

# Between SIGTERM and SIGKILL, in tenths of a second: the promise is 5 s for all.
DRAIN_TENTHS=45
# sysexits.h EX_CONFIG: starting again would not help.
EX_CONFIG=78

alive() { kill -0 "$1" 2>/dev/null; }

# Process ids are used again: one counts only while it still runs a program of ours.
is_ours() {
  alive "$1" || return 1
  if [ -r "/proc/$1/cmdline" ]; then arguments=$(tr '\0' ' ' <"/proc/$1/cmdline"); else arguments=$(ps -p "$1" -o args=); fi
  case $arguments in *nightjar* | *dist/main.js* | *src/main.ts* | *src/testing/cli.ts*) ;; *) return 1 ;; esac
}

# Whether process $2 ends, or is none of ours, within $1 tenths of a second.
gone_within() {
  tenths=0
  while is_ours "$2"; do
    [ $tenths -lt "$1" ] || return 1
    sleep 0.1
    tenths=$((tenths + 1))
  done
}

# Takes the data folder for this launcher, waits for the remains of one that was killed, opens the pipe.
take_charge() {
  umask 077
  run=$data/run/launcher
  mkdir -p "$run"
  holder=$(cat "$run/pid" 2>/dev/null) || holder=
  if [ -n "$holder" ] && [ "$holder" != $$ ] && ! gone_within 10 "$holder"; then
    die "another Nightjar (process $holder) runs on $data"
  fi
  echo $$ >"$run/pid"
  for file in "$run"/*.keeper "$run"/*.pid "$run/guard"; do
    [ -e "$file" ] || continue
    gone_within 60 "$(cat "$file")" || die "process $(cat "$file") of an earlier Nightjar on $data does not end"
    rm -f "$file"
  done
  rm -f "$run/pipe" "$run/exit"
  mkfifo "$run/pipe"
  # shellcheck disable=SC2094 # both ends on purpose
  exec 3<>"$run/pipe" 4<"$run/pipe"
  rm "$run/pipe"
  export NIGHTJAR_PARENT_PIPE=1
}

# Milliseconds to wait before the next start: none after a life of 2 s, else 200 doubling to 5000.
next_pause() {
  if [ "$2" -ge 2 ]; then
    echo 0
  elif [ "$1" -eq 0 ]; then
    echo 200
  elif [ "$1" -ge 2500 ]; then
    echo 5000
  else
    echo $(($1 * 2))
  fi
}

# Says how this launcher is to end, and wakes it.
give_up() {
  echo "$1" >"$run/exit"
  kill -USR1 "$launcher"
}

# The loop around one program; runs in a shell of its own. $1 is its name, the rest its command. $2 is `again`
# when it is to be started whenever it ends, `proven` when only after a first life of 2 s, or `once`.
keep_alive() {
  name=$1
  lasting=$2
  shift 2
  child=
  stopping=
  pause=0
  lived=
  trap 'stopping=1; [ -z "$child" ] || kill -TERM "$child" 2>/dev/null || :' TERM
  while [ -z "$stopping" ] && alive "$launcher"; do
    began=$(date +%s)
    "$@" <&4 4<&- &
    child=$!
    echo "$child" >"$run/$name.pid"
    [ -z "$stopping" ] || kill -TERM "$child" 2>/dev/null || :
    code=0
    wait "$child" 2>/dev/null || code=$?
    # A trapped signal ends the wait early.
    while alive "$child"; do
      code=0
      wait "$child" 2>/dev/null || code=$?
    done
    child=
    rm -f "$run/$name.pid"
    if [ -n "$stopping" ] || ! alive "$launcher"; then break; fi
    life=$(($(date +%s) - began))
    [ "$life" -lt 2 ] || lived=1
    case $code:$lasting:$lived in
      $EX_CONFIG:* | [1-9]*:once:*) give_up "$code" && break ;;
      0:once:*) break ;;
      [1-9]:proven: | [1-9][0-9]:proven:)
        say "nightjar: $name could not start"
        give_up "$code" && break
        ;;
    esac
    pause=$(next_pause "$pause" "$life")
    say "nightjar: $name ended with code $code; starting it again"
    if [ "$pause" -eq 0 ] || [ -n "$stopping" ]; then continue; fi
    # In the background, so that SIGTERM ends the pause too.
    sleep "$((pause / 1000)).$(printf %03d $((pause % 1000)))" 4<&- &
    child=$!
    [ -z "$stopping" ] || kill -TERM "$child" 2>/dev/null || :
    wait "$child" 2>/dev/null || :
    child=
  done
  rm -f "$run/$name.keeper"
}

# keep NAME COMMAND…: starts the loop around a program. What it says goes to $log; without one to stderr, and
# the standard output of the program that $voice names stays the launcher's.
keep() { keep_as again "$@"; }

# The same for a program whose failure to start at all, by its own word, ends everything.
keep_proven() { keep_as proven "$@"; }

keep_as() {
  lasting=$1
  name=$2
  shift 2
  if [ -n "$log" ]; then
    (keep_alive "$name" "$lasting" "$@") >>"$log" 2>&1 3>&- &
  elif [ "$name" = "$voice" ]; then
    (keep_alive "$name" "$lasting" "$@") 3>&- &
  else
    (keep_alive "$name" "$lasting" "$@") >&2 3>&- &
  fi
  echo $! >"$run/$name.keeper"
}

# once NAME COMMAND…: runs a program to its end; if that is a failure, everything ends with its code.
once() {
  name=$1
  shift
  (keep_alive "$name" once "$@") 3>&- &
  echo $! >"$run/$name.keeper"
}

# Asks every loop to end, and kills what is left when the time is up.
drain() {
  tenths=0
  while [ $tenths -lt $DRAIN_TENTHS ]; do
    left=
    for file in "$run"/*.keeper; do
      keeper=$(cat "$file" 2>/dev/null) || continue
      if alive "$keeper"; then left=1; else rm -f "$file"; fi
      # Said again now and then: a shell loses a signal that reaches it between fork and exec.
      [ $((tenths % 5)) -ne 0 ] || kill -TERM "$keeper" 2>/dev/null || :
    done
    [ -n "$left" ] || break
    sleep 0.1
    tenths=$((tenths + 1))
  done
  for file in "$run"/*.pid; do
    [ ! -e "$file" ] || kill -KILL "$(cat "$file")" 2>/dev/null || :
  done
}

guard() {
  # Nobody writes: this returns at the end of file only.
  read -r _ <&4 || :
  drain
  [ "$(cat "$run/pid" 2>/dev/null)" != "$launcher" ] || rm -f "$run/pid"
  rm -f "$run/guard"
}

# The end of the log, for a command whose programs speak into it.
tell_why() {
  tail -n 20 "$log" >&2
  if grep -q -e EADDRINUSE -e 'port is taken' "$log"; then
    say "A port is taken; others are chosen with NIGHTJAR_HTTP_PORT, NIGHTJAR_RTSP_PORT, NIGHTJAR_WEBRTC_PORT and NIGHTJAR_CAMERA_PORT."
  fi
}

finish() {
  trap '' TERM INT HUP USR1
  [ -z "$guarding" ] || kill "$guarding" 2>/dev/null || :
  [ -z "$nap" ] || kill "$nap" 2>/dev/null || :
  drain
  wait 2>/dev/null
  rm -f "$run/pid" "$run/guard"
  if [ "$1" -ne 0 ] && [ -n "$log" ]; then tell_why; fi
  exit "$1"
}

# A loop that was itself killed leaves its program behind: that one goes, and both start anew.
revive() {
  for name in $keepers; do
    [ -e "$run/$name.keeper" ] || continue
    # No process of its own for it: this goes on for ever.
    { read -r keeper <"$run/$name.keeper"; } 2>/dev/null || continue
    if alive "$keeper"; then continue; fi
    say "nightjar: the loop around $name was killed; starting both again"
    [ ! -e "$run/$name.pid" ] || kill -KILL "$(cat "$run/$name.pid")" 2>/dev/null || :
    rm -f "$run/$name.pid"
    "start_$name"
  done
  alive "$guarding" || start_guard
}

start_guard() {
  (guard) 3>&- &
  guarding=$!
  echo "$guarding" >"$run/guard"
}

# Runs the programs named, each by its function start_NAME, until a signal.
supervise() {
  launcher=$$
  keepers=$*
  guarding=
  nap=
  trap 'finish 0' TERM INT HUP
  trap 'finish "$(cat "$run/exit")"' USR1
  for program in $keepers; do "start_$program"; done
  start_guard
  while :; do
    sleep 2 3>&- 4<&- &
    nap=$!
    wait "$nap" 2>/dev/null || :
    revive
  done
}
