#!/bin/sh
# Walks the seven areas of the partners' API (/v2) of a running server and says in one line each what holds.
# Usage: NIGHTJAR_ADMIN_TOKEN=… tools/smoke-v2.sh http://localhost:3000
# Needs curl. Bookmarks and snapshots are taken of a stream that is LIVE, and removed afterwards.
set -u

base=${1:-}
[ -n "$base" ] || { echo "usage: NIGHTJAR_ADMIN_TOKEN=… $0 URL" >&2; exit 64; }
admin=${NIGHTJAR_ADMIN_TOKEN:-}
[ -n "$admin" ] || { echo "NIGHTJAR_ADMIN_TOKEN is not set: clients are made by an administrator" >&2; exit 64; }

work=$(mktemp -d) || exit 1
name=smoke-$$
token=
made=
finish() {
  for path in $made; do request DELETE "$path" "$admin" >/dev/null; done
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

# request METHOD PATH TOKEN [BODY]: prints the status; the body is in $work/body.
request() {
  if [ $# -ge 4 ]; then
    curl -sS -m 30 -o "$work/body" -w '%{http_code}' -X "$1" "$base$2" \
      -H "Authorization: Bearer $3" -H 'Content-Type: application/json' -d "$4"
  else
    curl -sS -m 30 -o "$work/body" -w '%{http_code}' -X "$1" "$base$2" -H "Authorization: Bearer $3"
  fi
}
# The first value of a key in the body that came last.
value() { sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p" "$work/body" | head -n 1; }

failed=0
area=
# holds WHAT GOT WANTED
holds() {
  [ "$2" = "$3" ] || { area="$area; $1 answered $2 and not $3"; }
}
say() {
  if [ -z "$area" ]; then echo "ok      $1"; else
    echo "FAILED  $1${area}"
    failed=$((failed + 1))
  fi
  area=
}

code=$(curl -sS -m 30 -o "$work/body" -w '%{http_code}' "$base/health")
holds 'GET /health' "$code" 200
say 'health: the server answers'

scopes='["streams:read","streams:write","bookmarks:read","bookmarks:write","snapshots:read","snapshots:write"]'
code=$(request POST /v2/auth/clients "$admin" "{\"name\":\"smoke\",\"client_id\":\"$name\",\"scopes\":$scopes}")
holds 'POST /v2/auth/clients' "$code" 201
made="/v2/auth/clients/$name"
secret=$(value client_secret)
[ -n "$secret" ] || area="$area; no client_secret"
say 'client: made with six scopes, its secret shown once'

code=$(request POST /v2/auth/token none "{\"client_id\":\"$name\",\"client_secret\":\"$secret\"}")
holds 'POST /v2/auth/token' "$code" 200
token=$(value access_token)
refresh=$(value refresh_token)
code=$(request POST /v2/auth/token none "{\"refresh_token\":\"$refresh\"}")
holds 'the refresh token' "$code" 200
token=$(value access_token)
say 'token: by id and secret, and by refresh token'

code=$(request POST /v2/streams "$token" "{\"camera_id\":\"$name\",\"source_url\":\"publish:\"}")
holds 'POST /v2/streams' "$code" 201
made="/v2/streams/$name $made"
code=$(request GET "/v2/streams/$name" "$token")
holds 'GET /v2/streams/{id}' "$code" 200
code=$(request GET "/v2/streams?camera_id=$name" "$token")
holds 'GET /v2/streams' "$code" 200
holds 'their total' "$(value total)" 1
code=$(request GET "/v2/streams/$name/health" "$token")
holds 'GET /v2/streams/{id}/health' "$code" 200
code=$(request DELETE "/v2/streams/$name" "$token")
holds 'DELETE /v2/streams/{id}' "$code" 204
code=$(request GET "/v2/streams/$name" "$token")
holds 'a stream that was removed' "$code" 404
made=${made#* }
say 'streams: made, read, listed, measured and removed'

request GET '/v2/streams?state=LIVE&limit=1' "$token" >"$work/code"
stream=$(value id)

# captures ROOM BODY FILE...: makes one, reads it, finds it in the list, loads its files, removes it.
captures() {
  room=$1
  if [ -z "$stream" ]; then
    area='; no stream is LIVE'
    return
  fi
  code=$(request POST "/v2/streams/$stream/$room" "$token" "$2")
  holds "POST /v2/streams/{id}/$room" "$code" 201
  id=$(value id)
  code=$(request GET "/v2/$room/$id" "$token")
  holds "GET /v2/$room/{id}" "$code" 200
  code=$(request GET "/v2/streams/$stream/$room?created_by=$name" "$token")
  holds "GET /v2/streams/{id}/$room" "$code" 200
  holds 'their total' "$(value total)" 1
  tries=0
  until [ "$(request GET "/v2/$room/$id" "$token")" != 200 ] || [ "$(value status)" = ready ] || [ "$tries" -ge 20 ]; do
    tries=$((tries + 1))
    sleep 1
  done
  shift 2
  for file; do
    code=$(request GET "/v2/$room/$id/$file" "$token")
    holds "GET /v2/$room/{id}/$file" "$code" 200
    [ -s "$work/body" ] || area="$area; $file is empty"
  done
  [ "$room" = snapshots ] || {
    code=$(request PUT "/v2/$room/$id" "$token" '{"label":"changed"}')
    holds "PUT /v2/$room/{id}" "$code" 200
  }
  code=$(request DELETE "/v2/$room/$id" "$token")
  holds "DELETE /v2/$room/{id}" "$code" 204
}

captures bookmarks \
  "{\"source\":\"live\",\"label\":\"smoke\",\"created_by\":\"$name\",\"event_type\":\"test\",\"before_seconds\":2,\"after_seconds\":1}" \
  video thumbnail
say 'bookmarks: made of a live stream, listed, downloaded, changed and removed'

captures snapshots "{\"source\":\"live\",\"created_by\":\"$name\",\"metadata\":{\"smoke\":true}}" image
say 'snapshots: made of a live stream, listed, downloaded and removed'

code=$(request GET /v2/streams nonsense)
holds 'a token that is none' "$code" 401
code=$(curl -sS -m 30 -o "$work/body" -w '%{http_code}' "$base/v2/streams")
holds 'no token' "$code" 401
code=$(request GET /v2/auth/clients "$token")
holds 'a scope it has not' "$code" 403
code=$(request POST /v2/streams "$token" '{}')
holds 'a body without its fields' "$code" 422
say 'enforcement: no token, a wrong one, a missing scope and a wrong body are refused'

[ "$failed" -eq 0 ] || exit 1
