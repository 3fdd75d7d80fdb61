//! What a working endpoint offers beside its list of models, what it says to a wrong key, and what settings that were
//! not used would have led to.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::evidence::api::BodyShape;
use crate::evidence::config::{KeyRef, Sourced};
use crate::evidence::{Failure, FailureKind, Ms, Stage};

use super::Tried;

/// Requests that cost nothing, to an endpoint that works.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EndpointsFacts {
    /// A path that nobody serves: what it answers proves nothing.
    pub nonsense: Option<Tried>,
    /// Empty `POST chat/completions`.
    pub chat: Vec<Tried>,
    /// Empty `POST responses`.
    pub responses: Vec<Tried>,
    /// `GET models` with a key that is surely wrong; empty where no key is in use.
    pub wrong_key: Vec<Tried>,
    /// `GET models` as usual, in turns with that.
    pub usual: Vec<Tried>,
}

/// Base URLs and keys that weaker sources name, tried in place of those in use.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OtherSettingsFacts {
    /// Each and what came of it.
    pub settings: Vec<OtherSettings>,
    /// The settings in use, tried again beside them.
    pub usual: Vec<OtherAnswer>,
}

/// Settings in which one value comes from a weaker source.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OtherSettings {
    /// The other base URL; null where only the key differs.
    pub base_url: Option<Sourced>,
    /// The other key; null where it is the same, or none was sent.
    pub key: Option<KeyRef>,
    /// What came of each try.
    pub answers: Vec<OtherAnswer>,
}

/// What came of the chain with other settings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OtherAnswer {
    /// The stage that failed; null when none did.
    pub failed: Option<Stage>,
    /// How it failed.
    pub kind: Option<FailureKind>,
    /// Whether the key was sent.
    pub key_sent: bool,
    /// Status; null when no response came.
    pub status: Option<u16>,
    /// What the body is.
    pub shape: BodyShape,
    /// Time that it took.
    pub duration_ms: Ms,
    /// Why it failed.
    pub failure: Option<Failure>,
}

impl OtherAnswer {
    /// Whether the API listed its models, or did anything else that is no error.
    #[must_use]
    pub fn works(&self) -> bool {
        self.failed.is_none() && self.status.is_some_and(|status| (200..300).contains(&status))
    }
}
