//! The chain's last step under `--deep`: one streamed completion.

use crate::evidence::{Evidence, Observation, SkipReason, Stage, StreamFacts};

use super::{Chain, Event};
use crate::probe::stream;

impl Chain<'_> {
    /// One streamed completion over a connection of its own, when it was asked for and the key may be sent.
    pub(super) async fn stream(&mut self, evidence: &mut Evidence, watch: &mut (dyn FnMut(Event<'_>) + Send)) {
        let Some(model) = self.plan.deep.clone() else {
            evidence.stream = Observation::skipped(SkipReason::NeedsDeep);
            return;
        };
        if !self.plan.wants(Stage::Stream) {
            evidence.stream = Observation::skipped(SkipReason::NotAsked);
            return;
        }
        let works = evidence.api.passed() && !evidence.tls.failed();
        let Some(model) = model.or_else(|| chat_model(&evidence.api.facts.first_models)).filter(|_| works) else {
            evidence.stream = Observation::skipped(SkipReason::EarlierStageFailed);
            return;
        };
        watch(Event::Begins(Stage::Stream));
        let Some(first) = self.complete(&model, true, evidence).await else { return };
        let again = stream::refuses_usage(&first.facts);
        let second = if again { self.complete(&model, false, evidence).await } else { None };
        evidence.stream = second.unwrap_or(first);
        watch(Event::Ended(Stage::Stream, evidence));
    }

    async fn complete(
        &mut self,
        model: &str,
        with_usage: bool,
        evidence: &Evidence,
    ) -> Option<Observation<StreamFacts>> {
        // The second way is the first one again: what it shows on the way is known and not written down twice.
        let mut again = evidence.clone();
        let mut unwatched = |_: Event<'_>| {};
        let settled = (self.lookup.take(), self.race.take());
        let way = self.reach(&mut again, &mut unwatched).await;
        (self.lookup, self.race) = settled;
        let (ready, handle, allowed, forwarded) = self.secure(way?, &mut again, &mut unwatched).await?;
        if allowed.is_err() || forwarded {
            return None;
        }
        Some(stream::complete(self.run, model, ready, handle.as_ref(), with_usage).await)
    }
}

/// The first listed model that chats: a name that says otherwise (embeddings, speech, images) is passed over.
fn chat_model(models: &[String]) -> Option<String> {
    const OTHER: &[&str] = &[
        "embed",
        "whisper",
        "tts",
        "dall-e",
        "image",
        "audio",
        "realtime",
        "moderation",
        "transcribe",
        "babbage",
        "davinci",
        "instruct",
        "search",
        "sora",
        "rerank",
        "bge",
        "ocr",
    ];
    let chats = |model: &&String| !OTHER.iter().any(|part| model.to_lowercase().contains(part));
    models.iter().find(chats).cloned()
}
