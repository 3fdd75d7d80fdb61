//! The key without what was copied along with it, and a request without the headers that say whose it is.

use crate::config::Sourced;
use crate::evidence::remedy::RemedyName;

use super::Remedy;

pub(super) const TRIMMED_KEY: Remedy = Remedy {
    name: RemedyName::TrimmedKey,
    cures: &["key-quoted", "key-malformed"],
    ways: |scene, ways| {
        let mut settings = scene.settings();
        let Some(key) = settings.key.take() else { return };
        let Some(clean) = key.value.cleaned() else { return };
        // What the endpoint says of either is struck out.
        settings.withheld.push(key.value);
        let origin = key.origin.to_string();
        settings.key = Some(Sourced::new(clean, key.origin));
        ways.set("", Some(origin), settings);
    },
};

pub(super) const NO_ORGANIZATION: Remedy = Remedy {
    name: RemedyName::NoOrganization,
    cures: &["organization-mismatch", "organization-membership-missing"],
    ways: |scene, ways| {
        let mut settings = scene.settings();
        let named = [settings.organization.take(), settings.project.take()];
        let origins: Vec<String> = named.into_iter().flatten().map(|header| header.origin.to_string()).collect();
        if !origins.is_empty() {
            ways.set("", Some(origins.join(" ")), settings);
        }
    },
};
