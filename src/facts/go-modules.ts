/**
 * Go modules whose programs need more of an image than themselves. Read in the modules' own documentation; `c` modules
 * in their cgo directives.
 */

/** What the C code of a module is linked with: the C library alone, the C++ library too, or libraries of the system. */
export type Linked = 'c' | 'c++' | 'system'

const WITH_C: Readonly<Record<string, Linked>> = {
  'github.com/mattn/go-sqlite3': 'c',
  'github.com/mutecomm/go-sqlcipher': 'c',
  // Brings librdkafka as a static library.
  'github.com/confluentinc/confluent-kafka-go': 'c',
  'gopkg.in/confluentinc/confluent-kafka-go.v1': 'c',
  'github.com/DataDog/zstd': 'c',
  'github.com/valyala/gozstd': 'c',
  'github.com/chai2010/webp': 'c',
  'github.com/miekg/pkcs11': 'c',
  'github.com/marcboeker/go-duckdb': 'c++',
  'github.com/duckdb/duckdb-go': 'c++',
  'rogchap.com/v8go': 'c++',
  'github.com/google/gopacket/pcap': 'system',
  'github.com/gopacket/gopacket/pcap': 'system',
  'github.com/libgit2/git2go': 'system',
  'github.com/webview/webview': 'system',
  'github.com/tecbot/gorocksdb': 'system',
  'github.com/linxGnu/grocksdb': 'system',
  'golang.org/x/mobile': 'system',
  'github.com/h2non/bimg': 'system',
  'github.com/davidbyttow/govips': 'system',
  'gocv.io/x/gocv': 'system',
  'github.com/pebbe/zmq4': 'system',
  'github.com/godror/godror': 'system',
  'gopkg.in/gographics/imagick.v2': 'system',
  'gopkg.in/gographics/imagick.v3': 'system',
  'github.com/otiai10/gosseract': 'system',
  'github.com/kolesa-team/go-webp': 'system',
  'github.com/hajimehoshi/ebiten': 'system',
  'github.com/veandco/go-sdl2': 'system',
  'github.com/go-gl': 'system',
  'fyne.io/fyne': 'system',
  'github.com/msteinert/pam': 'system',
  'github.com/coreos/go-systemd/v22/sdjournal': 'system',
  'github.com/yalue/onnxruntime_go': 'system',
}

/** What a module's code starts at run time, and so must be in the image. */
const STARTS: Readonly<Record<string, string>> = {
  'github.com/chromedp/chromedp': 'Chrome',
  'github.com/go-rod/rod': 'Chrome',
  'github.com/playwright-community/playwright-go': 'browsers',
  'github.com/tebeka/selenium': 'browsers',
  'github.com/u2takey/ffmpeg-go': 'ffmpeg',
  'github.com/xfrr/goffmpeg': 'ffmpeg',
  'github.com/SebastiaanKlippert/go-wkhtmltopdf': 'wkhtmltopdf',
  'github.com/hashicorp/go-plugin': 'plug-ins',
  'github.com/bitfield/script': 'other programs',
  'github.com/go-cmd/cmd': 'other programs',
  'github.com/codeskyblue/go-sh': 'other programs',
}

/** Frameworks that look for folders by a name which no code of the program mentions. */
const BY_CONVENTION: readonly string[] = [
  'github.com/beego/beego',
  'github.com/astaxie/beego',
  'github.com/revel/revel',
  'github.com/gobuffalo/buffalo',
  'github.com/gogf/gf',
  'github.com/goravel/framework',
]

/** Modules that keep files of their own, where the program says. */
const KEEPS_FILES: readonly string[] = [
  'github.com/mattn/go-sqlite3',
  'github.com/mutecomm/go-sqlcipher',
  'modernc.org/sqlite',
  'github.com/glebarez/sqlite',
  'github.com/glebarez/go-sqlite',
  'github.com/ncruces/go-sqlite3',
  'gorm.io/driver/sqlite',
  'github.com/marcboeker/go-duckdb',
  'github.com/duckdb/duckdb-go',
  'go.etcd.io/bbolt',
  'github.com/boltdb/bolt',
  'github.com/dgraph-io/badger',
  'github.com/syndtr/goleveldb',
  'github.com/cockroachdb/pebble',
  'github.com/blevesearch/bleve',
  'gopkg.in/natefinch/lumberjack.v2',
  'github.com/lestrrat-go/file-rotatelogs',
  'github.com/pocketbase/pocketbase',
]

/** Whether a module, or a package, belongs to what a name stands for: itself, or what lies below it. */
function belongs(path: string, name: string): boolean {
  return path === name || path.startsWith(`${name}/`)
}

/** What the C code of a module or package is linked with; `undefined` for one that is not known to have any. */
export function linkedBy(path: string): Linked | undefined {
  return Object.entries(WITH_C).find(([name]) => belongs(path, name))?.[1]
}

/** What a module or package starts at run time. */
export function startedBy(path: string): string | undefined {
  return Object.entries(STARTS).find(([name]) => belongs(path, name))?.[1]
}

/** The framework that a package is of, if it finds its files by convention. */
export function looksByConvention(path: string): string | undefined {
  return BY_CONVENTION.find((name) => belongs(path, name))
}

/** The module that a package is of, if it keeps files. */
export function keepsFiles(path: string): string | undefined {
  return KEEPS_FILES.find((name) => belongs(path, name))
}

/** Whether a package reads `.env` or a file that is named without its ending. */
export function readsSettings(path: string): 'environment' | 'any-ending' | undefined {
  if (belongs(path, 'github.com/joho/godotenv')) return 'environment'
  return belongs(path, 'github.com/spf13/viper') ? 'any-ending' : undefined
}
