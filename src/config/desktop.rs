//! The proxies that a desktop's own settings name (GNOME's dconf, KDE's kioslaverc), read from their files: nothing is run.
//! Browsers go by them; curl, Python, Node.js and Go do not on Linux, and neither does this tool.
//!
//! What macOS and Windows keep is not read: Python and reqwest honour it there, and no test of ours could show it.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use etcetera::BaseStrategy;

use super::{Origin, Proxy};

/// No settings of a desktop are longer.
const MOST_BYTES: u64 = 4 << 20;

/// The proxies of a desktop, by what they are for.
#[derive(Clone, Debug, Default)]
pub struct Desktop {
    /// For `https` URLs.
    pub https: Option<Proxy>,
    /// For `http` URLs.
    pub http: Option<Proxy>,
    /// For all.
    pub socks: Option<Proxy>,
}

impl Desktop {
    /// What this user's desktop has, if it has one.
    #[must_use]
    pub fn load() -> Self {
        if cfg!(any(windows, target_os = "macos")) {
            return Self::default();
        }
        let Ok(strategy) = etcetera::choose_base_strategy() else { return Self::default() };
        let folder = strategy.config_dir();
        let (kde, gnome) = (folder.join("kioslaverc"), folder.join("dconf").join("user"));
        let of_kde = || read(&kde).and_then(|bytes| Self::of_kde(&String::from_utf8_lossy(&bytes), &kde));
        let of_gnome = || read(&gnome).and_then(|bytes| Self::of_gnome(&bytes, &gnome));
        of_gnome().or_else(of_kde).unwrap_or_default()
    }

    /// Those that a browser would take for such URLs, the first choice first.
    pub fn choose(&self, tls: bool) -> impl Iterator<Item = &Proxy> {
        let first = if tls { &self.https } else { &self.http };
        first.iter().chain(&self.socks)
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Proxy> {
        self.https.iter().chain(&self.http).chain(&self.socks)
    }

    /// `[Proxy Settings]` of `kioslaverc`, where `ProxyType=1` is "manual": `httpsProxy=http://127.0.0.1 7890`.
    fn of_kde(text: &str, path: &Path) -> Option<Self> {
        let section = text.split("[Proxy Settings]").nth(1)?.split("\n[").next()?;
        let value = |key: &str| {
            section.lines().find_map(|line| line.strip_prefix(key)?.trim_start().strip_prefix('=')).map(str::trim)
        };
        if value("ProxyType") != Some("1") {
            return None;
        }
        let proxy = |key: &str, scheme: &str| {
            let written = value(key)?.replace(' ', ":");
            let (_, rest) = written.split_once("://").unwrap_or(("", &written));
            named(&format!("{scheme}://{rest}"), path, key)
        };
        Some(Self {
            https: proxy("httpsProxy", "http"),
            http: proxy("httpProxy", "http"),
            socks: proxy("socksProxy", "socks5h"),
        })
    }

    /// `/system/proxy/` of dconf, where the mode is "manual".
    fn of_gnome(bytes: &[u8], path: &Path) -> Option<Self> {
        let database = Database::open(bytes)?;
        if database.text("/system/proxy/mode").as_deref() != Some("manual") {
            return None;
        }
        let proxy = |kind: &str, scheme: &str| {
            let host = database.text(&format!("/system/proxy/{kind}/host")).filter(|host| !host.is_empty())?;
            let port = database.number(&format!("/system/proxy/{kind}/port"))?;
            named(&format!("{scheme}://{host}:{port}"), path, &format!("/system/proxy/{kind}"))
        };
        Some(Self { https: proxy("https", "http"), http: proxy("http", "http"), socks: proxy("socks", "socks5h") })
    }
}

fn read(path: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(MOST_BYTES).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

fn named(written: &str, path: &Path, key: &str) -> Option<Proxy> {
    Proxy::parse(written, Origin::File { path: path.to_owned(), key: key.to_owned() }).ok()
}

/// A `GVDB` file, as `gvdb-format.h` of `GLib` has it: a header, then a hash table of items whose keys are the rest of their
/// parents' keys and whose values are serialized variants. It is searched, not hashed into.
struct Database<'a> {
    bytes: &'a [u8],
    items: &'a [u8],
}

const HEADER: usize = 24;
const ITEM: usize = 24;
/// No key lies deeper; a file whose parents go round in a circle would have no end.
const DEEPEST: usize = 32;

impl<'a> Database<'a> {
    fn open(bytes: &'a [u8]) -> Option<Self> {
        if bytes.get(..8)? != b"GVariant" || bytes.len() < HEADER {
            return None;
        }
        let table = bytes.get(word(bytes, 16)?..word(bytes, 20)?)?;
        let bloom = (word(table, 0)? & 0x07ff_ffff).checked_mul(4)?;
        let buckets = word(table, 4)?.checked_mul(4)?;
        let items = table.get(8usize.checked_add(bloom)?.checked_add(buckets)?..)?;
        Some(Self { bytes, items })
    }

    fn item(&self, index: usize) -> Option<&'a [u8]> {
        let start = index.checked_mul(ITEM)?;
        self.items.get(start..start.checked_add(ITEM)?)
    }

    /// The whole key of an item.
    fn key(&self, index: usize) -> Option<Vec<u8>> {
        let mut parts = Vec::new();
        let mut next = Some(index);
        while let Some(index) = next {
            let item = self.item(index)?;
            let (start, size) = (word(item, 8)?, usize::from(u16::from_le_bytes([item[12], item[13]])));
            parts.push(self.bytes.get(start..start.checked_add(size)?)?);
            if parts.len() > DEEPEST {
                return None;
            }
            let parent = word(item, 4)?;
            next = (parent != 0xffff_ffff).then_some(parent);
        }
        Some(parts.into_iter().rev().flatten().copied().collect())
    }

    /// The bytes of a value of that type, a single letter.
    fn value(&self, key: &str, kind: u8) -> Option<&'a [u8]> {
        let found = |index: &usize| self.key(*index).is_some_and(|found| found == key.as_bytes());
        let item = self.item((0..self.items.len() / ITEM).find(found)?)?;
        let value = self.bytes.get(word(item, 16)?..word(item, 20)?).filter(|_| item[14] == b'v')?;
        // A variant holds its child, a zero, and the child's type.
        value.strip_suffix(&[kind])?.strip_suffix(&[0])
    }

    fn text(&self, key: &str) -> Option<String> {
        let text = self.value(key, b's')?.strip_suffix(&[0])?;
        std::str::from_utf8(text).ok().map(str::to_owned)
    }

    fn number(&self, key: &str) -> Option<i32> {
        Some(i32::from_le_bytes(self.value(key, b'i')?.try_into().ok()?))
    }
}

fn word(bytes: &[u8], at: usize) -> Option<usize> {
    let word = bytes.get(at..at.checked_add(4)?)?;
    usize::try_from(u32::from_le_bytes(word.try_into().ok()?)).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What `dconf compile` makes of a manual proxy: HTTPS at 127.0.0.1:7890, SOCKS at 10.0.0.9:1080.
    const DCONF: &str = "4756617269616e7400000000000000001800000038010000000000280a00000000000000020000000200000003000000040000000400\
        000005000000060000000700000008000000d4b50200ffffffff3801000001004c003c010000400100005e31bcef0600000040010000\
        040076004801000051010000609b294b090000005101000004007600580100005e010000cb908cdd060000005e01000006004c006401\
        00006c01000029ede8ff030000006c01000004007600700100007b010000e837d592000000007b01000007004c008401000088010000\
        1922f931050000008801000006004c00900100009c0100001050edff030000009c01000004007600a0010000a60100007938254b0900\
        0000a601000004007600b0010000bc0100001bb447c406000000bc01000006004c00c4010000cc0100002f000000050000006d6f6465\
        000000006d616e75616c000073706f7274000000d21e00000069736f636b732f0400000007000000686f737431302e302e302e390000\
        7373797374656d2f00000600000070726f78792f0000090000000100000003000000706f7274380400000069686f7374000000000000\
        3132372e302e302e3100007368747470732f00000800000002000000";

    fn dconf() -> Vec<u8> {
        DCONF
            .as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }

    fn shown(desktop: Option<Desktop>, tls: bool) -> Vec<String> {
        desktop.unwrap_or_default().choose(tls).map(|proxy| proxy.display.clone()).collect()
    }

    #[test]
    fn the_proxy_of_gnome_is_read_from_its_database() {
        let read = || Desktop::of_gnome(&dconf(), Path::new("/home/me/.config/dconf/user"));
        assert_eq!(shown(read(), true), ["http://127.0.0.1:7890", "socks5h://10.0.0.9:1080"]);
        assert_eq!(shown(read(), false), ["socks5h://10.0.0.9:1080"]);
        let origin = read().unwrap().https.unwrap().origin.to_string();
        assert_eq!(origin, "/home/me/.config/dconf/user: /system/proxy/https");
        let mut off = dconf();
        let at = off.windows(6).position(|bytes| bytes == b"manual").unwrap();
        off[at..at + 6].copy_from_slice(b"nobody");
        assert!(Desktop::of_gnome(&off, Path::new("x")).is_none(), "it is switched off");
    }

    #[test]
    fn the_proxy_of_kde_is_read_from_its_file() {
        let manual = "[$Version]\nupdate_info=x\n\n[Proxy Settings]\nProxyType=1\nhttpProxy=http://10.0.0.1 8080\nhttpsProxy=http://10.0.0.1:8443\nsocksProxy=\n\n[Other]\nhttpsProxy=http://no 1\n";
        let read = |text: &str| Desktop::of_kde(text, Path::new("kioslaverc"));
        assert_eq!(shown(read(manual), true), ["http://10.0.0.1:8443"]);
        assert_eq!(shown(read(manual), false), ["http://10.0.0.1:8080"]);
        assert!(read(&manual.replace("ProxyType=1", "ProxyType=0")).is_none());
        assert!(read("[Other]\nProxyType=1\n").is_none());
    }

    proptest! {
        #[test]
        fn no_file_is_too_broken(at in 0usize..2_000, value in any::<u8>(), length in 0usize..900) {
            let mut bytes = dconf();
            if let Some(byte) = bytes.get_mut(at) {
                *byte = value;
            }
            bytes.truncate(length);
            let _ = Desktop::of_gnome(&bytes, Path::new("user"));
        }
    }
}
