#!/bin/sh
# An upgrade on one machine, in the order that loses nothing: backup, drain, stop, code, migration, workers, web, resume.
# As root: deploy/upgrade.sh v1.4.0. Done again after any failure it does no harm: what was done already is quick.
# Customers can pay until the web server restarts (a second or two); automatic charges wait for as long as all of it takes.
set -eu

version=${1:?usage: deploy/upgrade.sh VERSION (a tag or a commit)}
home=${SETTLE_HOME:-/opt/settle}
as=${SETTLE_RUN_AS-runuser -u settle --}
# Read as systemd reads it, never run by this shell: a password or an address may hold $, & and blanks.
while IFS= read -r line || [ -n "$line" ]; do
    case $line in [A-Za-z_]*=*) ;; *) continue ;; esac
    value=${line#*=}
    case $value in \"*\") value=${value#\"} value=${value%\"} ;; \'*\') value=${value#\'} value=${value%\'} ;; esac
    export "${line%%=*}=$value"
done <"${SETTLE_ENV:-/etc/settle.env}"
cd "$home"
manage() { $as .venv/bin/python manage.py "$@"; }
said() { printf '\n== %s\n' "$1"; }

said "backup"
manage backup
said "drain: workers take nothing new, what is under way comes to its end"
manage drain --minutes 60 --wait "${SETTLE_WAIT:-120}" --reason "upgrade to $version" || {
    echo "Still under way: see above. Nothing was restarted. Try again in a minute, or let the queues go on: manage.py resume"; exit 1; }
said "stop the workers and the clock; the old web server goes on"
systemctl stop 'settle-worker@*' settle-clock
said "code of $version"
git fetch --quiet --tags
git checkout --quiet "$version"
.venv/bin/python -m pip install --quiet --require-virtualenv -r requirements.txt
said "migration: every release's store works with the web server of the release before"
manage migrate
said "workers and clock, then web"
systemctl start settle.target
systemctl restart settle-web
said "resume"
manage resume
manage status || echo "Something is not well yet: see above, and docs/runbook.md."
