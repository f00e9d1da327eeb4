#!/bin/sh
# Builds overworld.gb, byte for byte the same every time.
#   build.sh           rebuild roms/overworld.gb
#   build.sh --check   build aside and compare with roms/overworld.gb
set -eu

roms=$(cd "$(dirname "$0")" && pwd)

for tool in sdasgb sdldgb makebin; do
    if ! command -v "$tool" >/dev/null 2>&1; then
        echo "build.sh: $tool is missing. It comes with SDCC: apt-get install sdcc (Debian, Ubuntu) or brew install sdcc (macOS)." >&2
        exit 2
    fi
done
if ! command -v node >/dev/null 2>&1; then
    echo "build.sh: node is missing; the drawings are turned into tables with it (Node 20 or later)." >&2
    exit 2
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -R "$roms/overworld.s" "$roms/src" "$work"
node "$roms/tools/assets.mjs" "$roms" "$work/assets.s"

cd "$work"
sdasgb -plosgff -o overworld.rel overworld.s
sdldgb -n -i overworld.ihx overworld.rel
# 0x1B: MBC5 with RAM and battery; 32 kB of ROM, one bank of 8 kB RAM.
makebin -Z -yt 0x1b -yo 2 -ya 1 -yn JOYWIRE overworld.ihx overworld.gb

if [ "${1-}" = "--check" ]; then
    if cmp overworld.gb "$roms/overworld.gb"; then
        echo "overworld.gb is what the sources build."
    else
        echo "build.sh: overworld.gb differs from what the sources build; run roms/build.sh and commit it." >&2
        exit 1
    fi
else
    cp overworld.gb "$roms/overworld.gb"
    sha256sum "$roms/overworld.gb" 2>/dev/null || shasum -a 256 "$roms/overworld.gb"
fi
