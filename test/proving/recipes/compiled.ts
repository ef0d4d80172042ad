/** What compiled programs are made in and run in. */
import { execFile } from 'node:child_process'
import { cp, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { DEBIAN, dockerfileRecipe, type Recipe } from './recipe.js'

const command = promisify(execFile)

/** Where Go is on this host, and which one; nothing where there is none. */
async function hostGo(): Promise<{ root: string; version: string } | undefined> {
  return command('go', ['env', 'GOROOT', 'GOVERSION']).then(
    ({ stdout }) => {
      const [root = '', version = ''] = stdout.trim().split('\n')
      return { root, version }
    },
    () => undefined,
  )
}

/**
 * Its paths and variables are those of the official image, and so are the C compiler and the tools of version control. What
 * a server needs of the standard library is compiled already, or each build of a proof would spend a minute on it.
 */
const golang = dockerfileRecipe({
  base: DEBIAN,
  contents: 'the Go of this host, or Go 1.19 of Debian 12 where it has none, with compiled packages in its cache',
  dockerfile: `FROM ${DEBIAN}
RUN apt-get update \\
 && apt-get install -y --no-install-recommends g++ gcc libc6-dev make pkg-config git ca-certificates curl wget \\
 && rm -rf /var/lib/apt/lists/*
COPY go /usr/local/go
RUN [ -x /usr/local/go/bin/go ] || { apt-get update && apt-get install -y --no-install-recommends golang-1.19-go \\
 && cp -rL /usr/lib/go-1.19/. /usr/local/go && rm -rf /var/lib/apt/lists/*; }
ENV GOTOOLCHAIN=local GOPATH=/go PATH=/go/bin:/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
RUN go version && mkdir -p /go/src /go/bin && chmod -R 1777 /go
RUN for cgo in 0 1; do CGO_ENABLED=$cgo go build net/http html/template encoding/json; done
WORKDIR /go
CMD ["bash"]
`,
  ingredients: async () => [(await hostGo())?.version ?? 'of Debian'],
  async prepare(context) {
    const go = await hostGo()
    await mkdir(join(context, 'go'))
    const tests = join(go?.root ?? '', 'test')
    if (go) await cp(go.root, join(context, 'go'), { recursive: true, filter: (path) => path !== tests })
  },
})

/** Debian's certificates and time zones, three accounts, and a place for temporary files: no shell, no libc. */
const distrolessStatic = dockerfileRecipe({
  base: DEBIAN,
  contents: 'certificates, time zones and accounts, and nothing that can be run',
  dockerfile: `FROM ${DEBIAN} AS build
RUN apt-get update && apt-get install -y --no-install-recommends tzdata netbase && rm -rf /var/lib/apt/lists/*
WORKDIR /root-of-image
RUN mkdir -p etc/ssl/certs usr/share/zoneinfo var/lib home root tmp \\
 && chmod 1777 tmp && chmod 700 root && install -d -o 65532 -g 65532 -m 700 home/nonroot \\
 && cp /etc/ssl/certs/ca-certificates.crt etc/ssl/certs/ && cp -r /usr/share/zoneinfo/. usr/share/zoneinfo \\
 && cp -L /etc/os-release /etc/services /etc/nsswitch.conf etc/ \\
 && printf 'root:x:0:0:root:/root:/sbin/nologin\\nnobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\\n' > etc/passwd \\
 && printf 'root:x:0:\\nnobody:x:65534:\\ntty:x:5:\\nstaff:x:50:\\nnonroot:x:65532:\\n' > etc/group

FROM scratch
COPY --from=build /root-of-image /
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
USER 65532
WORKDIR /home/nonroot
`,
})

export const COMPILED: Readonly<Record<string, Recipe>> = {
  'golang:1.26-bookworm': golang,
  'gcr.io/distroless/static-debian12:nonroot': distrolessStatic,
}
