#!/bin/sh
# Two databases on one server: the ledger, which is the truth, and Prefect's own records. Runs once, on an empty volume.
set -eu

for name in passerelle prefect; do
    case $name in
        passerelle) file=/run/secrets/ledger_password ;;
        prefect) file=/run/secrets/prefect_password ;;
    esac
    psql --set=ON_ERROR_STOP=1 --set=name="$name" --set=password="$(cat "$file")" --username postgres <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name";
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
SQL
done
