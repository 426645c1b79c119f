#!/bin/sh
# Runs bench:gpu on a bare Linux machine with a GPU's driver and without a network.
#
#   scripts/gpu.sh pack DIR         in a clone with its packages: writes DIR/gpu.sh and DIR/gpu.tar.xz, which go to the other machine
#   sh DIR/gpu.sh --minutes 8 ...   there, in any folder: unpacks to ./relabel-gpu, brings what the machine lacks, and runs bench:gpu
#
# It brings Node, the package webgpu, Vulkan's loader and the libraries that NVIDIA's driver needs, where the machine has none of them, and the
# driver's description (nvidia_icd.json). Nothing is installed.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
archive=$here/gpu.tar.xz
PATH=$PATH:/usr/sbin:/sbin
# KiB that a pack may have.
most=61440

fail() {
  echo "error: $1" >&2
  exit 2
}

pack() {
  root=$(dirname -- "$here")
  [ -f "$root/bin/run.mjs" ] || fail "pack works in a clone of the repository only. Run scripts/gpu.sh pack DIR there."
  command -v xz >/dev/null || fail "xz is not installed. Install it (on Debian: apt-get install xz-utils)."
  mkdir -p "$1"
  out=$(CDPATH='' cd -- "$1" && pwd)
  stage=$(mktemp -d)
  trap 'rm -rf "$stage"' EXIT
  (cd "$root" && node bin/run.mjs scripts/pack-gpu.ts --to "$stage/relabel-gpu")
  tar -C "$stage" -cf - relabel-gpu | xz -T0 >"$out/gpu.tar.xz"
  cp "$here/gpu.sh" "$out/gpu.sh"
  size=$(du -k "$out/gpu.tar.xz" | cut -f1)
  [ "$size" -le "$most" ] || fail "the pack has $size KiB, more than $most. Leave something out in scripts/pack-gpu.ts."
  echo "Packed to $out: gpu.sh and gpu.tar.xz ($size KiB). Carry both, and run: sh gpu.sh --minutes 8"
}

# Decompresses to stdout: bare machines may have Python and no xz.
decompress() {
  if command -v xz >/dev/null; then xz -dc "$1"
  elif command -v python3 >/dev/null; then
    python3 -c 'import lzma, shutil, sys; shutil.copyfileobj(lzma.open(sys.argv[1]), sys.stdout.buffer)' "$1"
  else fail "neither xz nor python3 is here to unpack $1. Unpack it elsewhere, and bring the folder relabel-gpu."; fi
}

unpack() {
  [ "$work/unpacked" -nt "$archive" ] && return
  [ -f "$archive" ] || [ -f "$work/package.json" ] || fail "$archive is missing. Make it with scripts/gpu.sh pack DIR in a clone, and run DIR/gpu.sh."
  [ -f "$archive" ] || return 0
  rm -rf "$work"
  decompress "$archive" | tar -xf -
  touch "$work/unpacked"
}

# Whether the machine has a library: in the linker's cache, or where LD_LIBRARY_PATH and NVIDIA's containers point.
has_library() {
  ldconfig -p 2>/dev/null | grep -q "^[[:space:]]*$1 " && return 0
  for folder in $(echo "${LD_LIBRARY_PATH:-}" | tr : ' ') $nvidia; do
    [ -e "$folder/$1" ] && return 0
  done
  return 1
}

# Makes the libraries that the machine lacks, and those alone, found.
bring_libraries() {
  mkdir -p "$work/used"
  for library in "$work"/lib/*; do
    name=$(basename -- "$library")
    rm -f "$work/used/$name"
    has_library "$name" || ln -s "$library" "$work/used/$name"
  done
  # Where containers of NVIDIA's have the driver, if anywhere.
  LD_LIBRARY_PATH=$work/used:${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$(echo "$nvidia" | tr ' ' :)
  export LD_LIBRARY_PATH
}

# Names the driver's description, unless the user did or the machine has one where the loader looks.
bring_description() {
  [ -z "${VK_DRIVER_FILES:-}${VK_ICD_FILENAMES:-}" ] || return 0
  has_library libGLX_nvidia.so.0 || return 0
  for file in /etc/vulkan/icd.d/*nvidia* /usr/share/vulkan/icd.d/*nvidia* /usr/local/share/vulkan/icd.d/*nvidia*; do
    [ -e "$file" ] && return 0
  done
  file=/usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json
  [ -e "$file" ] || file=$work/nvidia_icd.json
  # Loaders before 1.3.207 know the second name alone.
  export VK_DRIVER_FILES="$file" VK_ICD_FILENAMES="$file"
}

if [ "${1:-}" = pack ]; then
  [ $# -eq 2 ] || fail "pack takes the folder to write to. Run scripts/gpu.sh pack DIR."
  pack "$2"
  exit
fi

work=$PWD/relabel-gpu
nvidia='/usr/local/nvidia/lib64 /usr/local/nvidia/lib'
unpack
bring_libraries
bring_description
node=$work/bin/node
# A C library that is too old for this one may have brought another.
"$node" --version >/dev/null 2>&1 || node=$(command -v node) || fail "the Node that was packed does not start here: $("$node" --version 2>&1)"
exec "$node" "$work/dist/entry.mjs" "$@"
