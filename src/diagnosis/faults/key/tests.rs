//! What is told of settings where nothing else was to be looked at.

use crate::diagnosis::specimen::{codes, healthy};
use crate::evidence::config::BadCharacter;
use crate::evidence::{Evidence, Observation, SkipReason};

/// Evidence of `--only config`.
fn settings_alone() -> Evidence {
    let Evidence { target, config, .. } = healthy();
    Evidence {
        target,
        config,
        dns: Observation::skipped(SkipReason::NotAsked),
        proxy: Observation::skipped(SkipReason::NotAsked),
        tcp: Observation::skipped(SkipReason::NotAsked),
        tls: Observation::skipped(SkipReason::NotAsked),
        http: Observation::skipped(SkipReason::NotAsked),
        api: Observation::skipped(SkipReason::NotAsked),
        stream: Observation::skipped(SkipReason::NotAsked),
        ..Evidence::default()
    }
}

#[test]
fn what_shows_in_the_settings_is_told_where_nothing_else_was_to_be_looked_at() {
    assert_eq!(codes(&settings_alone()), Vec::<&str>::new());
    let mut evidence = settings_alone();
    (evidence.target.key, evidence.config.facts.key) = (None, None);
    assert_eq!(codes(&evidence), ["key-missing"]);
    let mut evidence = settings_alone();
    let key = evidence.config.facts.key.as_mut().expect("the specimen has a key");
    key.wrapped_in = Some("'".to_owned());
    assert_eq!(codes(&evidence), ["key-quoted"]);
    let mut evidence = settings_alone();
    let key = evidence.config.facts.key.as_mut().expect("the specimen has a key");
    key.bad_characters = vec![BadCharacter { position: 25, code_point: "U+200B".to_owned() }];
    assert_eq!(codes(&evidence), ["key-malformed"]);
    let mut evidence = settings_alone();
    let key = evidence.config.facts.key.as_mut().expect("the specimen has a key");
    key.looks_like = vec!["Anthropic".to_owned()];
    assert_eq!(codes(&evidence), ["key-wrong-provider"]);
}

#[test]
fn so_is_a_base_url_that_is_known_to_be_wrong() {
    type Spoil = fn(&mut crate::evidence::config::BaseUrlFacts);
    let spoilt: [(Spoil, &str); 3] = [
        (|url| url.has_version = false, "base-url-missing-version"),
        (|url| url.duplicated_path = Some("/chat/completions".to_owned()), "base-url-duplicated-path"),
        (|url| url.is_website = true, "base-url-not-an-api"),
    ];
    for (spoil, code) in spoilt {
        let mut evidence = settings_alone();
        let url = &mut evidence.config.facts.base_url;
        url.suggestion = Some("https://api.openai.com/v1".to_owned());
        spoil(url);
        assert_eq!(codes(&evidence), [code]);
    }
}
