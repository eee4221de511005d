#!/usr/bin/env bash
# Makes the secrets of the stack in docker/secrets/; what is there is kept, so it may run again at any time.
#
#   docker/make-secrets.sh           make what is missing
#   docker/make-secrets.sh --list    print the names of all secrets and make nothing
#
# The folder is closed to everybody but you (0700). The files in it are readable (0444), because Compose mounts them as
# they are, and each container reads its own as a user of its own; nobody gets past the folder.
set -euo pipefail
umask 077

random=(postgres_password redis_password airflow_admin_password jwt_secret api_secret_key fernet_key
  mongo_keyfile mongo_root_password mongo_password opensearch_admin_password opensearch_password)
composed=(sql_alchemy_conn result_backend broker_url airflow_passwords.json airflow_connections.json)

if [ "${1:-}" = --list ]; then printf '%s\n' "${random[@]}" "${composed[@]}"; exit 0; fi
if [ $# -gt 0 ]; then echo "make-secrets.sh: unknown argument $1; it takes --list or nothing" >&2; exit 2; fi

folder="${KINTSUGI_SECRETS:-$(cd "$(dirname "$0")" && pwd)/secrets}"
mkdir -p "$folder"
chmod 700 "$folder"

bytes() { head -c "$1" /dev/urandom | base64 | tr -d '\n'; }
word() { bytes "$1" | tr '+/' '-_' | tr -d '='; }  # letters, digits, - and _: needs no quoting in any address

keep() {  # keep NAME: write standard input to it in one step
  cat > "$folder/.$1.new"
  chmod 444 "$folder/.$1.new"
  mv -f "$folder/.$1.new" "$folder/$1"
}

secret() { cat "$folder/$1"; }

made=0
for name in "${random[@]}"; do
  if [ -s "$folder/$name" ]; then continue; fi
  case "$name" in
    fernet_key) bytes 32 | tr '+/' '-_' ;;  # 32 bytes, padded: what Fernet asks for
    mongo_keyfile) bytes 720 ;;             # 960 characters of the 1024 that MongoDB takes
    jwt_secret) word 64 ;;
    *) word 24 ;;
  esac | keep "$name"
  made=$((made + 1))
done

# what is put together from the others is written anew each time, so that a changed password reaches it
database="airflow:$(secret postgres_password)@postgres:5432/airflow"
printf 'postgresql+psycopg2://%s' "$database" | keep sql_alchemy_conn
printf 'db+postgresql+psycopg2://%s' "$database" | keep result_backend
printf 'redis://:%s@redis:6379/0' "$(secret redis_password)" | keep broker_url
printf '{"admin": "%s"}' "$(secret airflow_admin_password)" | keep airflow_passwords.json
printf '{"kintsugi_airflow": {"conn_type": "http", "schema": "http", "host": "api-server", "port": 8080, "login": "admin", "password": "%s"}}' \
  "$(secret airflow_admin_password)" | keep airflow_connections.json

echo "$folder: $made made, $((${#random[@]} - made)) kept. The UI's user is admin; its password is in airflow_admin_password."
