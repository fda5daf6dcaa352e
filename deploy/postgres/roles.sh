#!/bin/bash
# Run by the database's image at its first start, or by hand: make the three roles and give them
# their passwords, from OWNER_PASSWORD, APP_PASSWORD and BACKUP_PASSWORD or the files that
# OWNER_PASSWORD_FILE and so on name.
set -eu

password_of() {
    local file="${1}_FILE"
    if [ -n "${!file:-}" ]; then cat "${!file}"; else printf '%s' "${!1:?set $1 or ${1}_FILE}"; fi
}

run_sql() {
    psql -q -v ON_ERROR_STOP=1 -U "${POSTGRES_USER:-postgres}" -d "${POSTGRES_DB:-consumo}" "$@"
}

run_sql --single-transaction -f "${ROLES_SQL:-/consumo/roles.sql}"
for name in owner app backup; do
    run_sql -v role="consumo_$name" -v password="$(password_of "${name^^}_PASSWORD")" <<'SQL'
ALTER ROLE :"role" PASSWORD :'password';
SQL
done
