//! What does an endpoint that works offer beside its list of models, and what does it say to a wrong key? Requests
//! that cannot be billed: empty ones are refused by whoever reads them, and so is a key that nobody has.

use crate::evidence::Evidence;
use crate::evidence::experiment::{Change, EndpointsFacts, Tried};
use crate::probe::Run;
use crate::probe::tls::Trust;

use super::request::{Request, send};
use super::{REPETITIONS, join_all};

/// How often each is asked; what a server lacks it lacks each time.
const TURNS: usize = 2;

pub(super) async fn run(run: &Run, trust: &Trust, evidence: &Evidence) -> EndpointsFacts {
    let mut facts =
        EndpointsFacts { nonsense: ask(run, trust, evidence, "no-such-endpoint").await, ..EndpointsFacts::default() };
    for _ in 0..TURNS {
        let (chat, responses) =
            tokio::join!(ask(run, trust, evidence, "chat/completions"), ask(run, trust, evidence, "responses"));
        facts.chat.extend(chat);
        facts.responses.extend(responses);
    }
    if evidence.http.facts.key_sent {
        wrong_key(run, trust, evidence, &mut facts).await;
    }
    facts
}

async fn ask(run: &Run, trust: &Trust, evidence: &Evidence, path: &str) -> Option<Tried> {
    Some(send(run, trust, evidence, &Request::empty_post(run, path)?).await)
}

/// A wrong key and the usual one, in turns; once, where the answer is what it should be.
async fn wrong_key(run: &Run, trust: &Trust, evidence: &Evidence, facts: &mut EndpointsFacts) {
    for _ in 0..REPETITIONS {
        let turn = [Change::WrongKey, Change::Nothing].into_iter().filter_map(|change| Request::changed(run, change));
        let sent = turn.map(|request| async move { send(run, trust, evidence, &request).await });
        let mut answers = join_all(sent).await.into_iter();
        facts.wrong_key.extend(answers.next());
        facts.usual.extend(answers.next());
        if facts.wrong_key.last().is_some_and(|tried| tried.succeeded() || tried.has_status(&[400, 401, 403])) {
            return;
        }
    }
}
