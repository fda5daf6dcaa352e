#!/bin/sh
# Write what depends on where this runs, then become nginx.
#   API_ADDRESS   where the API is (default backend:5000); looked up anew while it runs
#   TLS_CERT, TLS_KEY   files; with both, port 3443 speaks TLS and port 3000 only redirects
set -eu

if [ "${1:-}" = probe ]; then
    exec bash -c 'exec 3<>/dev/tcp/127.0.0.1/3001
        printf "GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n" >&3
        read -r line <&3; case $line in *" 200 "*) exit 0 ;; *) exit 1 ;; esac'
fi

mkdir -p /tmp/nginx
name_server=$(awk '$1 == "nameserver" { print ($2 ~ /:/ ? "[" $2 "]" : $2); exit }' /etc/resolv.conf)
include='include /etc/nginx/consumo/site.conf;'
api="set \$api http://${API_ADDRESS:-backend:5000};"
{
    echo "resolver ${name_server:-127.0.0.11} valid=5s;"
    echo "server { listen 127.0.0.1:3001; location = /healthz { access_log off; return 200; } }"
    if [ -n "${TLS_CERT:-}" ] && [ -n "${TLS_KEY:-}" ]; then
        echo 'server { listen 3000; listen [::]:3000; location /api/ { return 403; } location / { return 308 https://$host$request_uri; } }'
        echo 'server { listen 3443 ssl; listen [::]:3443 ssl;'
        echo "ssl_certificate $TLS_CERT; ssl_certificate_key $TLS_KEY;"
        echo 'ssl_protocols TLSv1.2 TLSv1.3; ssl_session_cache shared:tls:10m;'
        echo 'set $transport "max-age=63072000; includeSubDomains";'
        echo "$api $include }"
    else
        echo "server { listen 3000; listen [::]:3000; set \$transport \"\"; $api $include }"
    fi
} >/tmp/nginx/service.conf
exec nginx -c /etc/nginx/consumo/nginx.conf -g 'daemon off;'
