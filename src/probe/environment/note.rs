//! What is odd about the settings and no fault, in words.

use crate::config::{Origin, SettingNote, Settings};
use crate::evidence::config::Note;
use crate::lang::Sentence;
use crate::say;

/// Every note on these settings.
#[must_use]
pub fn all(settings: &Settings) -> Vec<Note> {
    let of_settings = settings.notes.iter().map(of);
    let mistyped = settings.environment.mistyped().map(|(found, meant)| {
        let found = crate::evidence::text::line(found, 60);
        note(
            "variable-mistyped",
            say!(
                en: "{found} is set; no program reads it, {meant} was probably meant",
                zh: "设置了 {found}，但没有程序会读取它；想写的可能是 {meant}",
            ),
        )
    });
    of_settings.chain(mistyped).chain(local_through_proxy(settings)).collect()
}

/// Where it works all the same, the proxy is on this machine too, or knows it.
fn local_through_proxy(settings: &Settings) -> Option<Note> {
    let host = settings.endpoint.as_ref().ok()?.host_text();
    let proxy = settings.route.proxy.as_ref().filter(|proxy| matches!(proxy.origin, Origin::Env(_)))?;
    let address = host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    if !address && host != "localhost" {
        return None;
    }
    let origin = &proxy.origin;
    Some(note(
        "local-endpoint-through-proxy",
        say!(
            en: "{host} is this machine, and {origin} sends its requests to a proxy; NO_PROXY={host} lets them go straight",
            zh: "{host} 就是本机，而 {origin} 让请求走了代理；设置 NO_PROXY={host} 可以直连",
        ),
    ))
}

fn of(odd: &SettingNote) -> Note {
    match odd {
        SettingNote::LegacyBaseUrl => note(
            "legacy-base-url-variable",
            say!(
                en: "OPENAI_API_BASE is the old name: current SDKs read OPENAI_BASE_URL and ignore it",
                zh: "OPENAI_API_BASE 是旧变量名：新版 SDK 只读 OPENAI_BASE_URL，会忽略它",
            ),
        ),
        SettingNote::LegacyBaseUrlDiffers => note(
            "legacy-base-url-differs",
            say!(
                en: "OPENAI_API_BASE names another endpoint than the one in use; old clients still go there",
                zh: "OPENAI_API_BASE 指向另一个端点，旧版客户端仍会使用它",
            ),
        ),
        SettingNote::HttpProxyUnderCgi => note(
            "http-proxy-under-cgi",
            say!(
                en: "HTTP_PROXY is ignored because REQUEST_METHOD is set: under CGI anyone may set it (httpoxy)",
                zh: "设置了 REQUEST_METHOD，因此忽略 HTTP_PROXY：在 CGI 下它可能被任何人伪造（httpoxy）",
            ),
        ),
        SettingNote::EmptyKeyVariable(name) => note(
            "key-variable-empty",
            say!(
                en: "{name} is set but empty", zh: "{name} 已设置，但值为空",
            ),
        ),
        SettingNote::UnusableProxyVariable { name, defect } => note(
            "proxy-variable-unusable",
            say!(
                en: "{name} is passed over: {en}", zh: "已忽略 {name}：{zh}", en = defect.title().en, zh = defect.title().zh,
            ),
        ),
    }
}

fn note(code: &str, words: Sentence) -> Note {
    Note { code: code.to_owned(), en: words.en, zh: words.zh }
}
