//! What clients print when a fault is met that brings no answer of the API: texts are all there is to go by.
//!
//! The twin of [`Sign`](super::Sign) for pasted errors and logs. A trace names its cause deep inside and wraps it in
//! ever vaguer words on the way out, so every wording says how near to the cause it stands.

/// A wording. Every non-empty part must match; all words are in lower case.
#[derive(Clone, Copy, Debug)]
pub struct Heard {
    /// How near to the cause these words stand.
    pub depth: Depth,
    /// Any of these stands in the text.
    pub any: &'static [&'static str],
    /// And any of these too.
    pub and: &'static [&'static str],
    /// And none of these.
    pub without: &'static [&'static str],
    /// They stand on an HTML page rather than beside it.
    pub on_page: bool,
}

/// How near to the cause a wording stands, the nearest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// The operating system's, the resolver's, the TLS library's own words.
    Cause,
    /// A client's word for it.
    Symptom,
    /// What an SDK wraps around everything ("Connection error.").
    Wrapper,
}

impl Heard {
    /// Words of the operating system, the resolver, the TLS library.
    #[must_use]
    pub const fn cause(any: &'static [&'static str]) -> Self {
        Self { depth: Depth::Cause, any, and: &[], without: &[], on_page: false }
    }

    /// Words of an HTML page that something on the way sent in the API's place.
    #[must_use]
    pub const fn page(any: &'static [&'static str]) -> Self {
        Self { on_page: true, ..Self::cause(any) }
    }

    /// Words of a client.
    #[must_use]
    pub const fn symptom(any: &'static [&'static str]) -> Self {
        Self { depth: Depth::Symptom, ..Self::cause(any) }
    }

    /// Words that wrap around everything.
    #[must_use]
    pub const fn wrapper(any: &'static [&'static str]) -> Self {
        Self { depth: Depth::Wrapper, ..Self::cause(any) }
    }

    /// And any of these too.
    ///
    /// # Panics
    ///
    /// While compiling, when there is such a list already: this one would take its place.
    #[must_use]
    pub const fn and(mut self, and: &'static [&'static str]) -> Self {
        assert!(self.and.is_empty(), "one list: a second would take the place of the first");
        self.and = and;
        self
    }

    /// And none of these.
    ///
    /// # Panics
    ///
    /// While compiling, when there is such a list already: this one would take its place.
    #[must_use]
    pub const fn but_not(mut self, without: &'static [&'static str]) -> Self {
        assert!(self.without.is_empty(), "one list: a second would take the place of the first");
        self.without = without;
        self
    }

    /// Every word that the wording looks at.
    pub fn words(&self) -> impl Iterator<Item = &'static str> {
        self.any.iter().chain(self.and).chain(self.without).copied()
    }
}
