//! What an endpoint offers beside its list of models, and how it refuses a key that is surely wrong.

use crate::diagnosis::experiment::server;
use crate::diagnosis::fault::{Confidence, Finding};
use crate::diagnosis::reading;
use crate::evidence::experiment::{BaseUrlTrialFacts, EndpointsFacts, ExperimentFacts, Tried};
use crate::evidence::{Evidence, Stage, text};
use crate::{say, text};

use super::ENOUGH;
use super::request::base_url;

fn endpoints(evidence: &Evidence) -> Option<&EndpointsFacts> {
    evidence.experiments.iter().find_map(|one| match &one.facts {
        ExperimentFacts::Endpoints(facts) => Some(&**facts),
        _ => None,
    })
}

/// An API that took the key and refused the empty body.
fn refuses_the_body(tried: &Tried) -> bool {
    tried.is_error() && tried.has_status(&[400, 422])
}

/// Whether an empty completion at the base URL in use reached an API that took the key and refused the body.
pub(in super::super) fn chat_is_there(facts: &BaseUrlTrialFacts) -> bool {
    let anything = facts.nonsense.as_ref().is_some_and(refuses_the_body);
    facts.chat.as_ref().is_some_and(refuses_the_body) && !anything
}

pub(in super::super) fn responses_unsupported(evidence: &Evidence) -> Option<Finding> {
    if let Some(facts) = base_url(evidence) {
        let responses = facts.responses.as_ref().filter(|tried| tried.has_status(&[404, 405, 501]))?;
        return chat_is_there(facts)
            .then(|| unsupported(Confidence::Likely, facts.chat.as_ref(), std::slice::from_ref(responses)));
    }
    let facts = endpoints(evidence)?;
    // Who offers Chat Completions alone says so in its documentation; a relay that stands for OpenAI should have both.
    let by_design = reading::is_known_provider(evidence) && !reading::is_openai(evidence);
    let anything = facts.nonsense.as_ref().is_some_and(refuses_the_body);
    if by_design || anything || facts.chat.is_empty() || !facts.chat.iter().all(refuses_the_body) {
        return None;
    }
    let absent = |tried: &Tried| tried.has_status(&[404, 405, 501]);
    let fails = |tried: &Tried| tried.has_status(&[500, 503]);
    let (first, repeated) = (facts.responses.first()?, facts.responses.len() > 1);
    let confidence = match () {
        () if repeated && facts.responses.iter().all(absent) => Confidence::Confirmed,
        // Some relays crash on what they do not know; so may one that knows it.
        () if repeated && facts.responses.iter().all(fails) => Confidence::Likely,
        () => return None,
    };
    let same = facts.nonsense.as_ref().filter(|nonsense| nonsense.status == first.status && absent(nonsense));
    let found = unsupported(confidence, facts.chat.first(), &facts.responses);
    Some(match same {
        Some(nonsense) => found.because(say!(
            en: "a path that nobody serves is answered alike ({status})", zh: "对根本不存在的路径也是同样的应答（{status}）",
            status = server::status(nonsense),
        )),
        None => found,
    })
}

fn unsupported(confidence: Confidence, chat: Option<&Tried>, responses: &[Tried]) -> Finding {
    let chat = chat.map(server::status).unwrap_or_default();
    let refused: Vec<String> = responses.iter().map(server::status).collect();
    let refused = refused.join(", ");
    let found = Finding::degraded(Stage::Api, confidence).because(say!(
        en: "an empty POST to chat/completions is refused for its content ({chat}), one to responses finds nothing there ({refused})",
        zh: "空的 POST chat/completions 因内容被拒（{chat}），而 POST responses 找不到接口（{refused}）",
    ));
    found.not(
        "base-url-missing-version",
        text!(en: "chat/completions is there under the same base URL", zh: "同一 base URL 下 chat/completions 存在"),
    )
}

/// A key that nobody has, and the answer that is none of 401 or 403.
pub(in super::super) fn wrong_key_rewritten(evidence: &Evidence) -> Option<Finding> {
    let facts = endpoints(evidence)?;
    let rewritten = |tried: &Tried| {
        tried.has_status(&[424, 429]) || tried.status.is_some_and(|status| status >= 500) || is_hidden_error(tried)
    };
    let (wrong, usual) = (&facts.wrong_key, &facts.usual);
    if wrong.len() < ENOUGH || !wrong.iter().all(rewritten) || !usual.iter().all(Tried::succeeded) {
        return None;
    }
    let (first, count) = (wrong.first()?, wrong.len());
    let (status, said) = (server::status(first), text::mask_keys(&text::line(&first.said, 120)));
    Some(
        Finding::degraded(Stage::Api, Confidence::Confirmed)
            .because(say!(
                en: "a key that nobody has was answered {status} {count} of {count} times ({said}), where an honest endpoint says 401",
                zh: "用一个不存在的密钥请求 {count} 次，都返回 {status}（{said}），而正常的端点应返回 401",
            ))
            .because(say!(
                en: "with the usual key the same request succeeded {count} of {count} times in between",
                zh: "其间用平常的密钥发送同样的请求，{count} 次全部成功",
            ))
            .not(
                "service-overloaded",
                text!(en: "requests with the usual key pass at the same time", zh: "同一时间用平常密钥的请求全部通过"),
            ),
    )
}

/// An error with a status that says success.
fn is_hidden_error(tried: &Tried) -> bool {
    tried.is_error() && tried.status.is_some_and(|status| status < 300)
}
#[cfg(test)]
mod tests {
    use crate::diagnosis::specimen::{codes, healthy};
    use crate::diagnosis::{Health, diagnose};
    use crate::evidence::api::BodyShape;
    use crate::evidence::experiment::{EndpointsFacts, Experiment, ExperimentFacts, Tried};
    use crate::evidence::{Evidence, Ms};

    fn tried(status: u16, shape: BodyShape) -> Tried {
        Tried { status: Some(status), shape, ..Tried::default() }
    }

    fn relay(facts: EndpointsFacts) -> Evidence {
        let mut evidence = healthy();
        evidence.config.facts.base_url.provider = None;
        let facts = ExperimentFacts::Endpoints(Box::new(facts));
        evidence.experiments.push(Experiment { facts, duration_ms: Ms(90.0) });
        evidence
    }

    fn offers(chat: u16, responses: [u16; 2]) -> EndpointsFacts {
        let error = BodyShape::ErrorObject;
        EndpointsFacts {
            nonsense: Some(tried(404, error)),
            chat: vec![tried(chat, error); 2],
            responses: responses.map(|status| tried(status, error)).to_vec(),
            ..EndpointsFacts::default()
        }
    }

    #[test]
    fn what_a_relay_lacks_while_it_chats_is_named() {
        for lacking in [[404, 404], [405, 405], [500, 500]] {
            assert_eq!(codes(&relay(offers(400, lacking))), ["responses-api-unsupported"], "{lacking:?}");
        }
        for there in [[400, 400], [401, 401], [403, 403], [500, 400], [404, 400], [429, 429]] {
            assert!(codes(&relay(offers(400, there))).is_empty(), "{there:?}");
        }
        // Chat completions that are not there either, or not for this key, leave nothing to compare with.
        for chat in [404, 401, 200] {
            assert!(codes(&relay(offers(chat, [404, 404]))).is_empty(), "{chat}");
        }
        // Who refuses every path alike tells nothing, and who never promised it lacks nothing.
        let nothing = EndpointsFacts { nonsense: Some(tried(400, BodyShape::ErrorObject)), ..offers(400, [404, 404]) };
        assert!(codes(&relay(nothing)).is_empty());
        let mut other = relay(offers(400, [404, 404]));
        other.config.facts.base_url.provider = Some("deepseek".to_owned());
        assert!(codes(&other).is_empty());
    }

    fn keys(wrong: &[(u16, BodyShape)], usual: u16) -> EndpointsFacts {
        EndpointsFacts {
            wrong_key: wrong.iter().map(|(status, shape)| tried(*status, *shape)).collect(),
            usual: vec![tried(usual, BodyShape::ModelList); wrong.len()],
            ..EndpointsFacts::default()
        }
    }

    #[test]
    fn a_wrong_key_shows_who_rewrites_statuses() {
        use BodyShape::{ErrorObject, ModelList};
        for status in [500, 503, 429, 424, 200] {
            let evidence = relay(keys(&[(status, ErrorObject); 3], 200));
            assert_eq!(codes(&evidence), ["relay-status-rewritten"], "{status}");
            assert_eq!(diagnose(&evidence).health, Health::Degraded);
        }
        // An honest refusal, a list that is open to everybody, and failures that do not depend on the key.
        for status in [401, 403, 400] {
            assert!(codes(&relay(keys(&[(status, ErrorObject); 3], 200))).is_empty(), "{status}");
        }
        assert!(codes(&relay(keys(&[(200, ModelList); 3], 200))).is_empty());
        assert!(codes(&relay(keys(&[(500, ErrorObject); 3], 500))).is_empty());
        assert!(codes(&relay(keys(&[(500, ErrorObject); 2], 200))).is_empty(), "twice may be chance");
    }
}
