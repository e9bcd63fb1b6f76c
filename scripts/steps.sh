# shellcheck shell=bash
# What the scripts share: naming the step at work, failing with a sentence, and installing what is missing.
# Sourced, not run. Messages go to stderr, so that stdout stays the called program's own.

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
script=${0#"$root"/}
script=${script#./}

# step WHAT REMEDY: says what happens next, and remembers what to do should it fail.
step() {
    current_step=$1
    current_remedy=$2
    printf '==> %s\n' "$current_step" >&2
}

fail() {
    trap - ERR
    printf '%s: %s\n' "$script" "$1" >&2
    exit 1
}

trap 'fail "stopped at: ${current_step:-its start}. ${current_remedy:-}"' ERR
set -E

# require PACKAGE CHECK...: notes Debian's PACKAGE as missing when the command CHECK fails.
missing_packages=()
require() {
    local package=$1
    shift
    "$@" >/dev/null 2>&1 || missing_packages+=("$package")
}

# Installs what `require` found missing; on a complete machine it does nothing.
install_missing() {
    local packages=("${missing_packages[@]}") as_root=()
    missing_packages=()
    [ ${#packages[@]} -gt 0 ] || return 0
    command -v apt-get >/dev/null ||
        fail "missing: ${packages[*]} (Debian's names). Install what your system has for them and run this again."
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null ||
            fail "missing: ${packages[*]}. Have root run: apt-get install ${packages[*]}"
        as_root=(sudo)
    fi
    step "installing ${packages[*]}" "Install by hand: apt-get install ${packages[*]}"
    "${as_root[@]}" apt-get update -qq </dev/null >&2
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -qq -y --no-install-recommends -o Dpkg::Use-Pty=0 "${packages[@]}" </dev/null >&2
}

require_swift() {
    command -v swift >/dev/null || fail "swift is not on the PATH. Install Swift 6.3: https://www.swift.org/install/linux"
}

# archive NAME: prints the path of the static library libNAME.a, or fails.
archive() {
    local compiler path
    for compiler in clang cc gcc; do
        command -v "$compiler" >/dev/null || continue
        path=$("$compiler" -print-file-name="lib$1.a")
        if [ "${path#/}" != "$path" ] && [ -f "$path" ]; then
            realpath "$path"
            return 0
        fi
    done
    return 1
}

# python_with_venv: prints a Python 3.9 or later that can make virtual environments, or fails.
python_with_venv() {
    local python
    for python in python3 /usr/bin/python3; do
        if "$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 9))' 2>/dev/null; then
            echo "$python"
            return 0
        fi
    done
    return 1
}

# virtual_environment DIR REQUIREMENTS: makes DIR hold exactly the packages of the file, once per change of it.
virtual_environment() {
    local directory=$1 requirements=$2
    if [ -x "$directory/bin/python" ] && cmp -s "$requirements" "$directory/requirements.txt" &&
        "$directory/bin/python" -c ''; then
        return 0
    fi
    step "installing the Python packages of $requirements" "They come from PyPI: is the network up?"
    rm -rf "$directory"
    "$(python_with_venv)" -m venv "$directory"
    "$directory/bin/python" -m pip install --quiet --disable-pip-version-check -r "$requirements" >&2
    cp "$requirements" "$directory/requirements.txt"
}
