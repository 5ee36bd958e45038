# shellcheck shell=bash
# pip for tools/setup.sh: its output goes to $LOG, the reason of a failure to the user.

try_pip() {
    log_from=$(($(wc -l <"$LOG") + 1)) # what follows in the log is this command's
    "$python" -m pip --disable-pip-version-check "$@" >>"$LOG" 2>&1
}

pip() {
    if ! try_pip "$@"; then
        first_error >&2
        network_failed && stop "the package registry cannot be reached; check the network, or the proxy and index of 'pip config list' (log: $LOG)"
        stop "pip $1 failed; the log is $LOG"
    fi
}

network_failed() {
    tail -n "+$log_from" "$LOG" | grep -qE 'Connection|Temporary failure|Max retries|Network is unreachable|timed out|ProxyError'
}

first_error() { # the line that names the cause, or the end of the log
    local line pattern='(^|[^-[:alnum:]])(error|fatal error|ERROR): |nvcc fatal|Killed|^ *[[:alpha:]]+Error: |No space left'
    line=$(tail -n "+$log_from" "$LOG" | grep -aE "$pattern" | grep -avE 'subprocess-exited|Failed building|Error compiling objects' | head -n 1 || true)
    if [ -n "$line" ]; then echo "$line"; else tail -n 5 "$LOG" | cut -c1-300; fi
    case $line in *Killed*) echo "the machine ran out of memory; fewer compilers at a time: MAX_JOBS=1 tools/setup.sh" ;; esac
}
