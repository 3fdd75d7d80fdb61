//! What is compared beyond the chain: how a completion streamed, and what the experiments answered.

use crate::diagnosis::experiment;
use crate::evidence::experiment::ExperimentFacts;
use crate::evidence::stream::StreamEnd;
use crate::evidence::{Evidence, Stage, StreamFacts};
use crate::lang::Text;
use crate::text;

use super::{Difference, Found, Weight};

/// How the completion of `--deep` streamed.
pub(super) fn stream(a: &Evidence, b: &Evidence, found: &mut Found) {
    if !found.stage(Stage::Stream, &a.stream, &b.stream) {
        return;
    }
    let (one, other) = (&a.stream.facts, &b.stream.facts);
    found.decisive(("stream", "status", text!(en: "status", zh: "状态码")), one.status, other.status);
    let form = ("stream", "content-type", text!(en: "content type", zh: "内容类型"));
    found.decisive(form, one.content_type.as_ref(), other.content_type.as_ref());
    let encoding = ("stream", "content-encoding", text!(en: "compression", zh: "压缩方式"));
    found.decisive(encoding, one.content_encoding.as_ref(), other.content_encoding.as_ref());
    let lang = found.lang;
    let ended = |facts: &StreamFacts| Some(end(facts.ended).of(lang));
    found.decisive(("stream", "ended", text!(en: "how the stream ends", zh: "流如何结束")), ended(one), ended(other));
    let closing = |facts: &StreamFacts| {
        facts.done.then_some("data: [DONE]").or(facts.single_json.then_some("JSON")).map(str::to_owned)
    };
    found.decisive(("stream", "closing", text!(en: "closing event", zh: "结束事件")), closing(one), closing(other));
    let at_once = |facts: &StreamFacts| {
        (facts.events > 2 && facts.burst == facts.events).then(|| text!(en: "yes", zh: "是").of(lang))
    };
    let burst = ("stream", "burst", text!(en: "all events at once", zh: "所有事件一次到齐"));
    found.decisive(burst, at_once(one), at_once(other));
    let deviations = |facts: &StreamFacts| (!facts.deviations.is_empty()).then(|| facts.deviations.join(", "));
    let format = ("stream", "deviations", text!(en: "departures from the format", zh: "不符合格式之处"));
    found.decisive(format, deviations(one), deviations(other));
    let error = |facts: &StreamFacts| {
        facts.error.as_ref().map(|error| error.code.clone().or_else(|| error.kind.clone()).unwrap_or_default())
    };
    found.decisive(("stream", "error", text!(en: "error code", zh: "错误码")), error(one), error(other));
    let token = ("stream", "first-content", text!(en: "time to the first token", zh: "首个 token 耗时"));
    found.time(token, one.first_content_ms, other.first_content_ms);
    let gap = ("stream", "longest-gap", text!(en: "longest pause", zh: "最长停顿"));
    found.time(gap, one.longest_gap_ms, other.longest_gap_ms);
    found.minor(("stream", "model", text!(en: "model", zh: "模型")), named(&one.model), named(&other.model));
}

fn named(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

const fn end(how: StreamEnd) -> Text {
    match how {
        StreamEnd::NotBegun => text!(en: "it did not begin", zh: "没有开始"),
        StreamEnd::Complete => text!(en: "the server ended it", zh: "服务器正常结束"),
        StreamEnd::Closed => text!(en: "the connection closed in the middle", zh: "中途连接关闭"),
        StreamEnd::Reset => text!(en: "the connection was reset", zh: "连接被重置"),
        StreamEnd::Stalled => text!(en: "nothing more came", zh: "之后再无数据"),
        StreamEnd::TooLong => text!(en: "it was longer than was read", zh: "超过读取上限"),
    }
}

/// What every experiment answered. One that only one of the two needed follows from what is told above; those that count
/// chance never come out quite the same.
pub(super) fn experiments(a: &Evidence, b: &Evidence, found: &mut Found) {
    let lang = found.lang;
    let mut seen: Vec<String> = Vec::new();
    for one in a.experiments.iter().chain(&b.experiments) {
        let name = name(&one.facts);
        if seen.contains(&name) {
            continue;
        }
        let answer = |evidence: &Evidence| {
            let same = evidence.experiments.iter().find(|other| self::name(&other.facts) == name)?;
            Some(experiment::answer(&same.facts).of(lang).to_owned())
        };
        let (left, right) = (answer(a), answer(b));
        if left != right {
            let both = left.is_some() && right.is_some();
            let by_chance = matches!(one.facts, ExperimentFacts::Loss(_));
            found.differences.push(Difference {
                at: "experiment".to_owned(),
                what: name.clone(),
                weight: if both && !by_chance { Weight::Decisive } else { Weight::Minor },
                a: left,
                b: right,
                title: title(&name),
            });
        }
        seen.push(name);
    }
}

/// Its name in the document.
fn name(facts: &ExperimentFacts) -> String {
    let tagged = serde_json::to_value(facts).unwrap_or_default();
    tagged["name"].as_str().unwrap_or_default().to_owned()
}

/// What an experiment compares; one that has no words of its own yet is an experiment all the same.
fn title(name: &str) -> Text {
    match name {
        "server-name" => text!(en: "by server name", zh: "按域名对比"),
        "hello-size" => text!(en: "by size of packets", zh: "按数据包大小对比"),
        "control-hosts" => text!(en: "unrelated hosts", zh: "无关主机"),
        "loss" => text!(en: "loss", zh: "丢包"),
        "hello-hop" => text!(en: "the hop that cuts the name", zh: "切断域名的那一跳"),
        "refusal" => text!(en: "who refuses", zh: "谁拒绝了连接"),
        _ => text!(en: "comparison", zh: "对比实验"),
    }
}

#[cfg(test)]
mod tests {
    use crate::evidence::experiment::{ControlHost, ControlHostsFacts, Experiment, ExperimentFacts};
    use crate::evidence::stream::StreamEnd;
    use crate::evidence::{Evidence, Ms, Observation};
    use crate::lang::Lang;
    use crate::report::diff::{DiffReport, Named, Weight};
    use crate::report::fixture::{healthy, report};

    fn asked(connected: bool) -> Evidence {
        let mut evidence = healthy();
        let address = "1.1.1.1:443".parse().unwrap();
        let host = ControlHost { address, connected, duration_ms: Ms(30.0), failure: None };
        let facts = ExperimentFacts::ControlHosts(ControlHostsFacts { hosts: vec![host] });
        evidence.experiments = vec![Experiment { facts, duration_ms: Ms(30.0) }];
        evidence
    }

    fn first(a: &Evidence, b: &Evidence) -> Option<(String, String, Weight)> {
        let (a, b) = (report(a, Lang::En), report(b, Lang::En));
        let diff = DiffReport::new(Named { file: "a", report: &a }, Named { file: "b", report: &b }, Lang::En);
        diff.first.map(|first| (first.at, first.what, first.weight))
    }

    #[test]
    fn an_experiment_that_came_out_otherwise_decides_and_one_that_was_not_needed_does_not() {
        let named = |weight| Some(("experiment".to_owned(), "control-hosts".to_owned(), weight));
        assert_eq!(first(&asked(true), &asked(false)), named(Weight::Decisive));
        assert_eq!(first(&asked(true), &healthy()), named(Weight::Minor));
        assert_eq!(first(&asked(true), &asked(true)), None);
    }

    #[test]
    fn streams_are_compared_where_both_were_asked_for() {
        let streamed = |change: fn(&mut crate::evidence::StreamFacts)| {
            let mut evidence = healthy();
            let mut facts = crate::evidence::StreamFacts {
                status: Some(200),
                events: 9,
                burst: 1,
                done: true,
                ended: StreamEnd::Complete,
                ..Default::default()
            };
            change(&mut facts);
            evidence.stream = Observation::ended(Ms(90.0), Ms(900.0), facts, None);
            evidence
        };
        let good = streamed(|_| {});
        let what = |b: &Evidence| first(&good, b).map(|(at, what, _)| format!("{at} {what}"));
        assert_eq!(what(&streamed(|_| {})), None);
        assert_eq!(what(&streamed(|facts| facts.ended = StreamEnd::Reset)).as_deref(), Some("stream ended"));
        assert_eq!(what(&streamed(|facts| facts.burst = 9)).as_deref(), Some("stream burst"));
        let gzip = streamed(|facts| facts.content_encoding = Some("gzip".to_owned()));
        assert_eq!(what(&gzip).as_deref(), Some("stream content-encoding"));
        assert_eq!(what(&healthy()).as_deref(), Some("stream skipped"));
    }
}
