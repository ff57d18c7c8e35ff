#!/bin/sh
# Starts Headscope from a file manager or a terminal. On first use, and after an update, it makes the environment:
# Python's own venv beside the program (or HEADSCOPE_ENV), filled by pip. Arguments go to the program.
set -u
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../../.." && pwd) || exit 2
if [ -n "${HEADSCOPE_ENV:-}" ]; then env=$HEADSCOPE_ENV
elif [ -w "$root" ]; then env=$root/.venv
else env=${XDG_DATA_HOME:-$HOME/.local/share}/headscope/venv
fi
ready=$env/headscope-ready
log=${TMPDIR:-/tmp}/headscope-setup-$(id -u).log

# A sentence on the terminal, or in a dialog where there is none.
refuse() {
  echo "$1" >&2
  if [ ! -t 2 ]; then
    if command -v osascript >/dev/null; then
      osascript -e 'on run words' -e 'display alert "Headscope" message (item 1 of words)' -e 'end run' "$1" >/dev/null
    elif [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
      if command -v zenity >/dev/null; then zenity --error --no-markup --title=Headscope --text="$1"
      elif command -v kdialog >/dev/null; then kdialog --title Headscope --error "$1"
      elif command -v xmessage >/dev/null; then xmessage -center "$1"
      fi
    fi
  fi
  exit 2
}

find_python() {
  for name in python3 python3.14 python3.13 python3.12 python3.11; do
    if command -v "$name" >/dev/null &&
       "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$name"
      return 0
    fi
  done
  return 1
}

# What the environment was made from: another pyproject.toml means making it anew.
wanted() { cksum <"$root/pyproject.toml"; }

make_environment() {
  python=$(find_python) || return 3
  echo "Making the environment in $env"
  "$python" -m venv "$env" || return 4
  echo "Installing the libraries (the largest, torch, takes some minutes)"
  "$env/bin/python" -m pip install --disable-pip-version-check -e "$root" || return 5
  wanted >"$ready"
}

# Progress: what is being done, line by line, on the terminal or in a window.
prepare() {
  status=$(mktemp) || return 1
  { make_environment 2>&1; echo $? >"$status"; } | tee "$log" | show_progress
  result=$(cat "$status")
  rm -f "$status"
  case $result in
    0) ;;
    3) refuse "Headscope needs Python 3.11 or later, and there is none here. Install it from python.org or with the system's packages, and start again." ;;
    4) refuse "The environment could not be made in $env; on Debian or Ubuntu install python3-venv, else make room there. Details: $log" ;;
    *) refuse "The libraries could not be installed; check the connection to the network and the room on the disk, and start again. Details: $log" ;;
  esac
}

show_progress() {
  if [ -t 1 ]; then cat
  elif [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] && command -v zenity >/dev/null; then
    sed -u 's/^/# /' | zenity --progress --pulsate --auto-close --no-cancel --width=480 --title=Headscope \
      --text="Setting Headscope up…"
  else cat
  fi
}

if [ ! -f "$ready" ] || [ "$(wanted)" != "$(cat "$ready")" ]; then prepare; fi
cd "$root" || exit 2
exec "$env/bin/python" "$root/main.py" "$@"
