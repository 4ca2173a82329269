#!/bin/bash
# ./run demo: cmake/demo.sh BUILD [--headless]
#
# The GTK window hosts a chat on its own loop, the Qt window joins it. Headless, both follow a script
# on a display in memory; docs/guides/demo.md tells more.
set -euo pipefail

say() {
    printf '%s\n' "$*" >&2
}

die() {
    say "demo: $*"
    exit 1
}

# Deadline of all waits, in tenths of a second. A sanitizer slows everything down.
patience=$((600 * ${BIGHT_DEMO_PATIENCE:-1}))

# until_true WHAT COMMAND...: try until it works.
until_true() {
    local what=$1 i

    for ((i = 0; i < patience; i++)); do
        if "${@:2}"; then
            return 0
        fi
        sleep 0.1
    done
    die "waited too long for $what"
}

alive() {
    kill -0 "$1" 2>/dev/null
}

# Ends what this script started, also after a failure.
clean_up() {
    local pid

    for pid in "${started[@]+"${started[@]}"}"; do
        kill "$pid" 2>/dev/null || true
    done
    rm -rf "$scratch"
}

# The line of a program's output that begins with a word; false while there is none.
line_of() {
    grep -m 1 "^$2" "$out/$1.log"
}

has_line() {
    if ! alive "${pid_of[$1]}"; then
        say "The $1 window has ended:"
        cat "$out/$1.log" >&2
        exit 1
    fi
    line_of "$1" "$2" >/dev/null
}

# start gtk|qt ARGUMENTS...
start() {
    : >"$out/$1.log"
    "$build/bin/bight-chat-$1" "${@:2}" >"$out/$1.log" 2>&1 &
    pid_of[$1]=$!
    started+=($!)
}

# Start the GTK window as the host, and find out where it listens.
start_host() {
    start gtk --host tcp:127.0.0.1:0 --nick ada "$@"
    until_true "the GTK window to listen" has_line gtk "listening "
    endpoint=$(line_of gtk "listening ")
    endpoint=${endpoint#listening }
}

interactive() {
    start_host --join '#bight'
    start qt --connect "$endpoint" --nick grace --join '#bight'
    say "The GTK window is the host, at $endpoint. Close the windows to end."
    wait "${pid_of[qt]}" || say "The Qt window has failed: see $out/qt.log"
    wait "${pid_of[gtk]}" || die "the GTK window has failed: see $out/gtk.log"
}

# A display in memory, and nothing of the desktop that this may run on.
start_display() {
    local number

    Xvfb -displayfd 3 -screen 0 2200x900x24 -dpi 96 -nolisten tcp 3>"$scratch/display" \
        2>"$out/xvfb.log" &
    started+=($!)
    until_true "Xvfb" test -s "$scratch/display"
    read -r number <"$scratch/display"
    export DISPLAY=:$number HOME=$scratch XDG_CONFIG_HOME=$scratch/config XDG_DATA_HOME=$scratch/data
    export XDG_CACHE_HOME=$scratch/cache XDG_RUNTIME_DIR=$scratch LC_ALL=C.UTF-8
    export GDK_BACKEND=x11 QT_QPA_PLATFORM=xcb GSK_RENDERER=cairo GDK_DEBUG=gl-disable
    export DBUS_SESSION_BUS_ADDRESS=disabled: GTK_A11Y=none NO_AT_BRIDGE=1
    unset WAYLAND_DISPLAY GTK_THEME QT_QPA_PLATFORMTHEME QT_STYLE_OVERRIDE
    mkdir -p "$XDG_CONFIG_HOME/gtk-4.0"
    # What a desktop would tell GTK; and without a compositor, no frame to take the window by.
    printf '[Settings]\ngtk-font-name=Cantarell 11\ngtk-cursor-blink=false\n' \
        >"$XDG_CONFIG_HOME/gtk-4.0/settings.ini"
    printf 'window.solid-csd { padding: 0; box-shadow: none; }\n' >"$XDG_CONFIG_HOME/gtk-4.0/gtk.css"
}

# guest NICK CHANNELS: somebody else in the chat, a shell with a socket. It writes what it hears to a
# file, and says what is written to its descriptor.
guest() {
    local address=${endpoint#tcp:}

    : >"$out/guest.log"
    exec {guest_fd}<>"/dev/tcp/${address%:*}/${address##*:}"
    cat <&"$guest_fd" >"$out/guest.log" &
    started+=($!)
    guest_says "NICK $1" "USER $1 0 * :$1" "JOIN $2"
    until_true "$1 to join" grep -q " 366 $1 " "$out/guest.log"
}

guest_says() {
    printf '%s\r\n' "$@" >&"$guest_fd"
}

guest_hears() {
    until_true "'$1' to be said" grep -qF "$1" "$out/guest.log"
}

# What the guest does; ada and grace follow their scripts.
guest_talks() {
    guest_says 'PRIVMSG #harbour :ada: no need to, he sends word that the crew is on its way'
    guest_hears 'puts the kettle on'
    guest_says 'PRIVMSG #dry-dock :The hull of the Aurora is dry, painting starts at noon.' \
        'PRIVMSG #dry-dock :Bring gloves.' \
        'PRIVMSG ada :May I have a word about the mooring fees?'
    guest_hears 'see you at high water'
}

# picture gtk|qt X: move the window to a free place, give it the focus, and take it off the display.
picture() {
    local window

    window=$(xdotool search --onlyvisible --pid "${pid_of[$1]}" | tail -n 1)
    [ -n "$window" ] || die "the $1 window is not on the display"
    xdotool windowmove --sync "$window" "$2" 20 2>/dev/null || true
    xdotool windowfocus --sync "$window"
    # The colours of a window that has the focus fade in: until two pictures are the same.
    import -window "$window" "$out/$1.png"
    until_true "the $1 window to come to rest" is_at_rest "$window" "$out/$1.png"
}

# is_at_rest WINDOW PICTURE: does it still look like the picture? That is replaced.
is_at_rest() {
    mv "$2" "$scratch/before.png"
    sleep 0.4
    import -window "$1" "$2"
    [ "$(compare -metric AE "$scratch/before.png" "$2" null: 2>&1)" = 0 ]
}

finish() {
    local status=0

    kill -TERM "${pid_of[$1]}"
    wait "${pid_of[$1]}" || status=$?
    [ $status = 0 ] || die "the $1 window ended with $status: see $out/$1.log"
}

# heard gtk qt: did the first window show all that the person at the second one said?
heard() {
    local words

    while IFS= read -r words; do
        grep -qF -- "$words" "$out/$1.txt" || die "the $1 window does not show: $words"
    done < <(sed -n 's/^say \([^/].*\)/\1/p; s/^say \/me //p' "$here/demo/$2.script")
}

# A connection must not have cost a thread.
same_threads() {
    local before after

    before=$(line_of "$1" "threads [0-9]* offline")
    after=$(line_of "$1" "threads [0-9]* ready")
    before=${before#threads } after=${after#threads }
    [ "${before% *}" = "${after% *}" ] ||
        die "the $1 window has ${after% *} threads with a connection, ${before% *} without"
    say "The $1 window: ${before% *} threads without a connection, ${after% *} with one."
}

show_transcript() {
    printf '\n==== What the %s window shows\n\n' "$1"
    cat "$out/$1.txt"
}

both_pictures() {
    convert \( "$out/gtk.png" -background black \( +clone -shadow 45x14+0+8 \) +swap \
        -background none -layers merge +repage \) \
        \( "$out/qt.png" -background black \( +clone -shadow 45x14+0+8 \) +swap \
        -background none -layers merge +repage \) \
        -background '#7d98ab' -gravity north +append -flatten "$out/demo.png"
}

headless() {
    start_display
    start_host --join '#harbour,#dry-dock' --count-threads --script "$here/demo/gtk.script" \
        --transcript "$out/gtk.txt" "$@"
    start qt --connect "$endpoint" --nick grace --join '#harbour,#dry-dock' --count-threads \
        --script "$here/demo/qt.script" --transcript "$out/qt.txt" "$@"
    until_true "the first words" has_line qt "threads [0-9]* ready"
    sleep 0.5
    guest edsger '#harbour,#dry-dock'
    guest_hears 'since Monday'
    guest_talks
    until_true "the end of the script" has_line gtk "script done"
    until_true "the end of the script" has_line qt "script done"
    picture gtk 20
    picture qt 1080
    both_pictures
    finish qt
    finish gtk
    show_transcript gtk
    show_transcript qt
    printf '\n'
    heard gtk qt
    heard qt gtk
    same_threads gtk
    same_threads qt
    say "Each window showed what the other one said. Pictures: $out/gtk.png, $out/qt.png"
}

[ $# -ge 1 ] || die "usage: cmake/demo.sh BUILD [--headless]"
build=$(readlink -f "$1")
shift
here=$(dirname "$(readlink -f "$0")")
out=${BIGHT_DEMO_OUT:-$here/../build/demo}
for toolkit in gtk qt; do
    [ -x "$build/bin/bight-chat-$toolkit" ] ||
        die "the $toolkit window was not built; the summary of the build says why"
done
declare -A pid_of
started=()
mkdir -p "$out"
out=$(readlink -f "$out")
rm -f "$out"/*.log "$out"/*.txt "$out"/*.png
scratch=$(mktemp -d)
trap clean_up EXIT

if [ "${1-}" = --headless ]; then
    headless "${@:2}"
elif [ -z "${DISPLAY-}${WAYLAND_DISPLAY-}" ]; then
    say "There is no display: headless then."
    headless "$@"
else
    interactive
fi
