/** The two nginx images, from Debian's package in the layout of the official ones. */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { alsoKnown, DEBIAN, dockerfileRecipe, type Recipe } from './recipe.js'

/** By their real version: what Debian 12 packages. */
const NGINX = 'nginx:1.22'
const UNPRIVILEGED = 'nginxinc/nginx-unprivileged:1.22'

const FILES: Readonly<Record<string, string>> = {
  'etc/nginx/nginx.conf': `
user  nginx;
worker_processes  auto;

error_log  /var/log/nginx/error.log notice;
pid        /run/nginx.pid;


events {
    worker_connections  1024;
}


http {
    include       /etc/nginx/mime.types;
    default_type  application/octet-stream;

    access_log  /var/log/nginx/access.log;

    sendfile        on;
    keepalive_timeout  65;

    include /etc/nginx/conf.d/*.conf;
}
`,
  'etc/nginx/conf.d/default.conf': `server {
    listen       80;
    server_name  localhost;

    location / {
        root   /usr/share/nginx/html;
        index  index.html index.htm;
    }

    error_page   500 502 503 504  /50x.html;
    location = /50x.html {
        root   /usr/share/nginx/html;
    }
}
`,
  'usr/share/nginx/html/index.html': '<title>Welcome to nginx!</title>\n',
  'usr/share/nginx/html/50x.html': '<title>Error</title>\n',
  'docker-entrypoint.sh': `#!/bin/sh
set -e
if [ "$1" = nginx ]; then
  for script in /docker-entrypoint.d/*.sh; do
    [ ! -x "$script" ] || "$script"
  done
fi
exec "$@"
`,
  'docker-entrypoint.d/20-envsubst-on-templates.sh': `#!/bin/sh
set -e
[ -d /etc/nginx/templates ] || exit 0
defined=$(env | cut -d = -f 1 | sed 's/.*/\${&}/')
find /etc/nginx/templates -name '*.template' | while read -r template; do
  name=\${template#/etc/nginx/templates/}
  envsubst "$defined" < "$template" > "/etc/nginx/conf.d/\${name%.template}"
done
`,
}

/** Debian compiled in other places for bodies in transit; the link leads to where the official image has them. */
const nginx = dockerfileRecipe({
  base: DEBIAN,
  contents: 'nginx 1.22 of Debian 12 with the official configuration and entrypoint',
  dockerfile: `FROM ${DEBIAN}
RUN groupadd --system --gid 101 nginx \\
 && useradd --system --gid nginx --no-create-home --home /nonexistent --shell /bin/false --uid 101 nginx \\
 && apt-get update && apt-get install -y --no-install-recommends nginx gettext-base curl ca-certificates \\
 && rm -rf /var/lib/apt/lists/* /var/lib/nginx /etc/nginx/sites-* /etc/nginx/conf.d/* /usr/share/nginx/html/* \\
 && mkdir /var/cache/nginx && ln -s /var/cache/nginx /var/lib/nginx \\
 && ln -sf /dev/stdout /var/log/nginx/access.log && ln -sf /dev/stderr /var/log/nginx/error.log
COPY root /
ENV NGINX_VERSION=1.22.1
EXPOSE 80
STOPSIGNAL SIGQUIT
ENTRYPOINT ["/docker-entrypoint.sh"]
CMD ["nginx", "-g", "daemon off;"]
`,
  ingredients: async () => Object.entries(FILES).flat(),
  async prepare(context) {
    for (const [path, text] of Object.entries(FILES)) {
      const place = join(context, 'root', path)
      await mkdir(dirname(place), { recursive: true })
      await writeFile(place, text, { mode: path.endsWith('.sh') ? 0o755 : 0o644 })
    }
  },
})

const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  .map((kind) => `    ${kind}_temp_path /tmp/${kind.replace('client_body', 'client')}_temp;\\n`)
  .join('')

/** The same steps as upstream takes from the one image to the other. */
const unprivileged = dockerfileRecipe({
  base: NGINX,
  contents: 'the same, on port 8080 as the user 101',
  dockerfile: `FROM ${NGINX}
RUN sed -i 's/listen       80;/listen       8080;/' /etc/nginx/conf.d/default.conf \\
 && sed -i -e '/^user /d' -e 's,/run/nginx.pid,/tmp/nginx.pid,' -e 's,^http {,http {\\n${TEMPORARY},' /etc/nginx/nginx.conf \\
 && chown -R 101:0 /var/cache/nginx /etc/nginx && chmod -R g+w /var/cache/nginx /etc/nginx
EXPOSE 8080
USER 101
`,
})

export const WEB: Readonly<Record<string, Recipe>> = {
  [NGINX]: nginx,
  [UNPRIVILEGED]: unprivileged,
  // The one that harden writes. There is neither an Alpine nor this version here.
  'nginxinc/nginx-unprivileged:1.30-alpine': alsoKnown(UNPRIVILEGED),
}
