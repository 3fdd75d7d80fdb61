//! Settings that lead to such answers: base URLs and keys.

use crate::diagnosis::diagnose;
use crate::evidence::config::{BadCharacter, UrlDefect};
use crate::evidence::http::KeyWithheld;
use crate::evidence::proxy::Spoken;
use crate::evidence::{Evidence, Failure, FailureKind, Operation, Stage, Status};

use super::{PROVIDER, RELAY, SERVER, codes, json, page, plain, primary};

#[test]
fn a_404_without_a_version_in_the_path_is_the_base_url() {
    let nothing_there = vec![
        page(404, SERVER, "<html><title>404 Not Found</title></html>"),
        plain(404, SERVER, "404 page not found"),
        plain(404, SERVER, ""),
        json(404, SERVER, ("Not Found", "", "")),
        page(200, RELAY, "<!doctype html><html><title>One API</title></html>"),
    ];
    for mut evidence in nothing_there {
        let url = &mut evidence.config.facts.base_url;
        (url.has_version, url.path) = (false, String::new());
        assert_eq!(codes(&evidence), ["base-url-missing-version"]);
    }
    let mut evidence = json(404, SERVER, ("The model `x` does not exist.", "model_not_found", ""));
    evidence.config.facts.base_url.has_version = false;
    assert_eq!(codes(&evidence), ["model-not-found"]);
}

#[test]
fn a_base_url_that_is_no_url_stops_everything() {
    for defect in [
        UrlDefect::Empty,
        UrlDefect::NoScheme,
        UrlDefect::WrongScheme,
        UrlDefect::NoHost,
        UrlDefect::StrayCharacters,
        UrlDefect::BadPort,
        UrlDefect::Unparsable,
    ] {
        let mut evidence = Evidence::default();
        evidence.config.facts.base_url.defect = Some(defect);
        evidence.config.facts.base_url.raw = "“https://relay.test/v1”".to_owned();
        let outcome = diagnose(&evidence);
        assert_eq!(outcome.diagnoses.len(), 1, "{defect:?}");
        assert_eq!(outcome.diagnoses[0].fault.code, "base-url-malformed");
        assert_eq!(outcome.diagnoses[0].finding.stage, Stage::Config);
        if defect == UrlDefect::StrayCharacters {
            let command = outcome.diagnoses[0].fixes[0].command.as_deref();
            assert_eq!(command, Some("export OPENAI_BASE_URL=https://relay.test/v1"));
        }
    }
}

#[test]
fn a_repeated_path_is_stripped() {
    let mut evidence = page(404, SERVER, "<html><title>404</title></html>");
    let url = &mut evidence.config.facts.base_url;
    url.raw = "https://relay.test/v1/chat/completions".to_owned();
    url.duplicated_path = Some("/chat/completions".to_owned());
    let outcome = diagnose(&evidence);
    assert_eq!(outcome.diagnoses[0].fault.code, "base-url-duplicated-path");
    assert_eq!(outcome.diagnoses[0].fixes[0].command.as_deref(), Some("export OPENAI_BASE_URL=https://relay.test/v1"));
    assert_eq!(outcome.diagnoses.len(), 1);
}

#[test]
fn a_redirect_names_the_base_url_it_leads_to() {
    let mut evidence = plain(301, SERVER, "");
    evidence.http.facts.location = Some("https://api.relay.test/v1/models".to_owned());
    evidence.config.facts.machine.os = "windows".to_owned();
    let outcome = diagnose(&evidence);
    assert_eq!(outcome.diagnoses[0].fault.code, "base-url-redirects");
    assert_eq!(
        outcome.diagnoses[0].fixes[0].command.as_deref(),
        Some("$env:OPENAI_BASE_URL = \"https://api.relay.test/v1\"")
    );
}

#[test]
fn a_port_that_speaks_the_other_protocol_is_a_scheme_mismatch() {
    let mut evidence = Evidence::default();
    evidence.target.base_url = "https://relay.test/v1".to_owned();
    evidence.target.port = Some(443);
    evidence.tls.status = Status::Fail;
    evidence.tls.failure = Some(Failure::new(FailureKind::TlsNotTls, Operation::Handshake, "HTTP/1.1 400"));
    evidence.tls.facts.speaks = Some(Spoken::Http);
    assert_eq!(primary(&evidence), "base-url-scheme-mismatch");
    let outcome = diagnose(&evidence);
    assert_eq!(
        outcome.diagnoses[0].fixes[0].command.as_deref(),
        Some("export OPENAI_BASE_URL=http://relay.test:443/v1")
    );
}

#[test]
fn the_key_itself_is_looked_at_before_the_answer() {
    let refused = || {
        json(401, PROVIDER, ("Incorrect API key provided: sk-****wxyz.", "invalid_api_key", "invalid_request_error"))
    };

    let mut quoted = refused();
    if let Some(key) = &mut quoted.config.facts.key {
        key.wrapped_in = Some("\"".to_owned());
        key.bad_characters = vec![BadCharacter { position: 1, code_point: "U+0022".to_owned() }];
    }
    assert_eq!(codes(&quoted), ["key-quoted"]);

    let mut malformed = refused();
    if let Some(key) = &mut malformed.config.facts.key {
        key.bad_characters = vec![BadCharacter { position: 52, code_point: "U+000A".to_owned() }];
        key.sendable = false;
    }
    malformed.http.facts.key_withheld = Some(KeyWithheld::Unsendable);
    assert_eq!(codes(&malformed), ["key-malformed"]);
    // An endpoint that asks for no key answers all the same; the clients do not get that far.
    malformed.http.facts.status = Some(200);
    malformed.api.facts = crate::diagnosis::specimen::healthy().api.facts;
    assert_eq!(codes(&malformed), ["key-malformed"]);

    let mut foreign = refused();
    if let Some(key) = &mut foreign.config.facts.key {
        key.looks_like = vec!["anthropic".to_owned()];
    }
    foreign.config.facts.base_url.provider = Some("openai".to_owned());
    assert_eq!(codes(&foreign), ["key-wrong-provider"]);

    let mut own = refused();
    if let Some(key) = &mut own.config.facts.key {
        key.looks_like = vec!["openai".to_owned()];
    }
    own.config.facts.base_url.provider = Some("openai".to_owned());
    assert_eq!(codes(&own), ["key-invalid"]);
}
