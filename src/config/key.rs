//! The API key, in a type that cannot be printed.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// An API key. `Debug` and reports show its last four characters at the most.
#[derive(Clone)]
pub struct ApiKey(SecretString);

impl ApiKey {
    /// Takes a key as it was written.
    #[must_use]
    pub fn new(raw: impl Into<String>) -> Self {
        Self(SecretString::from(raw.into()))
    }

    /// The key itself, for the one header it belongs in and for striking it out of texts.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// The last four characters of a key long enough that they give nothing away; empty otherwise.
    #[must_use]
    pub fn tail(&self) -> String {
        let key = self.expose();
        let count = key.chars().count();
        if count < 12 { String::new() } else { key.chars().skip(count - 4).collect() }
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKey(…{})", self.tail())
    }
}

impl PartialEq for ApiKey {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for ApiKey {}
