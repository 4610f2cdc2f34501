#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs test programs and adds up their counts, which each prints on its last line.
passed=0
failed=0
output=$(mktemp) || exit 1
trap 'rm -f "$output"' EXIT
for program in "$@"; do
	"$program" >"$output" 2>&1
	status=$?
	sed '/^[0-9]* passed, [0-9]* failed$/d' "$output"
	counts=$(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' "$output")
	if [ -z "$counts" ] || { [ $status -ne 0 ] && [ "${counts#* }" = 0 ]; }; then
		echo "not ok - $program ended with status $status"
		counts="0 1"
	fi
	passed=$((passed + ${counts% *}))
	failed=$((failed + ${counts#* }))
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
