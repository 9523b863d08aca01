#!/bin/sh
# Starts a Prometheus server that scrapes one address each second, and ends with it.
#   prometheus.sh FOLDER PORT ADDRESS   FOLDER is for its files, PORT its own on the loopback
# Exits with 77 where it is not installed (Debian: the package prometheus).

set -eu
folder=$1
port=$2
address=$3

command -v prometheus > /dev/null && command -v promtool > /dev/null || {
  echo "there is no prometheus and no promtool on the PATH"
  exit 77
}

cat > "$folder/prometheus.yml" << CONFIG
global:
  scrape_interval: 1s
scrape_configs:
  - job_name: quicpool
    static_configs:
      - targets: ['$address']
CONFIG

exec prometheus --config.file="$folder/prometheus.yml" --storage.tsdb.path="$folder/data" \
  --web.listen-address="127.0.0.1:$port" --log.level=warn
