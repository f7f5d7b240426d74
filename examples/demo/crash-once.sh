#!/bin/sh
# crash-once.sh COMMAND [ARG...]: a server that crashes on its first start and works from then on.
set -eu
if [ ! -e crashed ]; then
    touch crashed
    echo "the first start always fails" >&2
    exit 1
fi
exec "$@"
