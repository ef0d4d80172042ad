#!/bin/sh
mkdir -p www

page() {
  echo "<title>$WEATHER_TITLE</title>"
  echo "<p>$(date): it rains</p>"
}

page > www/index.html
httpd -p "$WEATHER_PORT" -h www
echo "the weather is served on $WEATHER_PORT"

while true; do
  page > www/index.html
  sleep 60
done
