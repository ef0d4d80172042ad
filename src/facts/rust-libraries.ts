/**
 * Crates that are linked with libraries of the system, and the packages of Debian that hold those. The crates' own
 * documentation; package names: packages.debian.org for bookworm and trixie.
 */

/** Bindings that bring their library along, serve the build alone, or speak to the kernel, to other systems or to a browser alone. */
const SELF_CONTAINED =
  /^(clang|windows|core-foundation|security-framework|fsevent|js|web|inotify|linux-raw|kqueue|zstd|aws-lc(-fips)?|jemalloc|tikv-jemalloc|libmimalloc|snmalloc|rdkafka|librocksdb|onig|cloudflare-zlib|libz-ng|io-uring|wasm-bindgen|wasi|winapi-\w+|objc|dirs|ittapi|nu-ansi|oid-registry|brotli|blake3|psm|lz4|xxhash|cc|libbpf|ring|boring|ntapi|hermit|sdl|libdeflate|mozjpeg|secp256k1|rquickjs|mlua)[-_]sys$/

/** Names of bindings, and the package in each release. */
const PACKAGES: Readonly<Partial<Record<string, { readonly bookworm: string; readonly trixie: string }>>> = {
  'openssl-sys': { bookworm: 'libssl3', trixie: 'libssl3t64' },
  'pq-sys': { bookworm: 'libpq5', trixie: 'libpq5' },
  'mysqlclient-sys': { bookworm: 'libmariadb3', trixie: 'libmariadb3' },
  'libz-sys': { bookworm: 'zlib1g', trixie: 'zlib1g' },
  'bzip2-sys': { bookworm: 'libbz2-1.0', trixie: 'libbz2-1.0' },
  'lzma-sys': { bookworm: 'liblzma5', trixie: 'liblzma5' },
  'libsqlite3-sys': { bookworm: 'libsqlite3-0', trixie: 'libsqlite3-0' },
}

/** What a binding needs of a release: a package, nothing, or what nobody here knows. */
export function librariesOf(crate: string, release: string): { readonly package?: string } | undefined {
  if (SELF_CONTAINED.test(crate)) return {}
  const known = Object.hasOwn(PACKAGES, crate) ? PACKAGES[crate] : undefined
  if (!known || (release !== 'bookworm' && release !== 'trixie')) return undefined
  return { package: known[release] }
}

/**
 * The release of Debian that a tag of the Rust image without one was built on for all of its life. Releases of Rust, and
 * of Debian, by date; those at the change are left out.
 */
export function rustRelease(tag: string): string | undefined {
  const minor = Number(/^1\.(\d+)(\.\d+)?(-slim)?$/.exec(tag)?.[1])
  if (minor >= 90) return 'trixie'
  return minor >= 72 && minor <= 87 ? 'bookworm' : undefined
}
