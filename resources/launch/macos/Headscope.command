#!/bin/sh
# The Finder starts this in a Terminal window, where the progress of the first start is seen.
exec sh "$(dirname -- "$0")/../linux/headscope.sh" "$@"
