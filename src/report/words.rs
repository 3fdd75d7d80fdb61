//! What the closed sets of the evidence are called in a sentence: failures, reasons, sources, answerers.

use crate::diagnosis::{Confidence, Retry};
use crate::evidence::api::BodyShape;
use crate::evidence::config::RouteKind;
use crate::evidence::dns::{AddressClass, DnsOutcome, DnsSource};
use crate::evidence::http::{Answerer, KeyWithheld};
use crate::evidence::{FailureKind, SkipReason};
use crate::lang::Text;
use crate::text;

use super::VerdictStatus;

/// Why a stage was not tried.
#[must_use]
pub const fn skip(reason: SkipReason) -> Text {
    match reason {
        SkipReason::EarlierStageFailed => text!(en: "an earlier stage failed", zh: "前面的阶段失败，未进行"),
        SkipReason::AddressGiven => text!(en: "the host is an address", zh: "主机就是 IP 地址，无需解析"),
        SkipReason::NoProxy => text!(en: "no proxy applies", zh: "未使用代理"),
        SkipReason::DoneByProxy => text!(en: "the proxy does this for us", zh: "由代理代为完成"),
        SkipReason::PlainHttp => text!(en: "plain http, no TLS", zh: "明文 http，没有 TLS"),
        SkipReason::NotAsked => text!(en: "not asked for", zh: "未要求检查"),
        SkipReason::NeedsDeep => text!(en: "needs --deep", zh: "需要 --deep"),
        SkipReason::CutOff => text!(en: "the run ended in the middle of it", zh: "进行到一半时运行结束"),
        SkipReason::RunEnded => text!(en: "the run ended before it", zh: "运行已结束，未进行"),
        SkipReason::UnusableSettings => text!(en: "the settings are unusable", zh: "配置不可用，未进行"),
    }
}

/// What went wrong, in a few words.
#[must_use]
pub const fn failure(kind: FailureKind) -> Text {
    use FailureKind as K;
    match kind {
        K::UnusableSetting => text!(en: "a setting cannot be used", zh: "配置项不可用"),
        K::DnsNxdomain => text!(en: "the name does not exist (NXDOMAIN)", zh: "域名不存在（NXDOMAIN）"),
        K::DnsNoData => text!(en: "the name has no address", zh: "域名没有地址记录"),
        K::DnsServfail => text!(en: "the resolver failed (SERVFAIL)", zh: "DNS 服务器出错（SERVFAIL）"),
        K::DnsRefused => text!(en: "the resolver refused (REFUSED)", zh: "DNS 服务器拒绝查询（REFUSED）"),
        K::DnsMalformed => text!(en: "the resolver's answer is unusable", zh: "DNS 应答无法使用"),
        K::DnsTimeout => text!(en: "no resolver answered", zh: "没有 DNS 服务器应答"),
        K::DnsNoResolver => text!(en: "no resolver is configured", zh: "没有配置 DNS 服务器"),
        K::ConnectionRefused => text!(en: "connection refused", zh: "连接被拒绝"),
        K::ConnectionReset => text!(en: "connection reset", zh: "连接被重置"),
        K::ConnectionClosed => text!(en: "the peer closed the connection", zh: "对端关闭了连接"),
        K::Timeout => text!(en: "no answer in time", zh: "超时，没有应答"),
        K::HostUnreachable => text!(en: "host unreachable", zh: "主机不可达"),
        K::NetworkUnreachable => text!(en: "network unreachable", zh: "网络不可达"),
        K::PermissionDenied => text!(en: "this machine forbids it", zh: "被本机禁止"),
        K::TooManyOpenFiles => text!(en: "too many open files", zh: "打开的文件过多"),
        K::AddressNotAvailable => text!(en: "no local address of that family", zh: "本机没有该协议族的地址"),
        K::ProxyRefused => text!(en: "the proxy refused the tunnel", zh: "代理拒绝建立隧道"),
        K::ProxyAuthRequired => text!(en: "the proxy wants credentials", zh: "代理要求认证"),
        K::ProxyProtocol => text!(en: "the proxy speaks another protocol", zh: "代理端口使用的是另一种协议"),
        K::TlsAlert => text!(en: "the peer sent a TLS alert", zh: "对端发来 TLS 告警"),
        K::TlsNotTls => text!(en: "the peer does not speak TLS", zh: "对端使用的不是 TLS"),
        K::TlsProtocol => text!(en: "the handshake broke a rule of TLS", zh: "握手违反 TLS 协议"),
        K::TlsUnknownIssuer => text!(en: "certificate of an untrusted issuer", zh: "证书的签发者不受信任"),
        K::TlsWrongName => text!(en: "certificate for another name", zh: "证书的域名不符"),
        K::TlsExpired => text!(en: "certificate expired", zh: "证书已过期"),
        K::TlsNotYetValid => text!(en: "certificate not valid yet", zh: "证书尚未生效"),
        K::TlsBadCertificate => text!(en: "unusable certificate", zh: "证书无法使用"),
        K::HttpMalformed => text!(en: "the answer is not HTTP", zh: "应答不是合法的 HTTP"),
        K::HttpTooLarge => text!(en: "the answer is too large", zh: "应答过大"),
        K::Http2Error => text!(en: "HTTP/2 error", zh: "HTTP/2 错误"),
        K::HttpStatus => text!(en: "the status says that it failed", zh: "状态码表示请求失败"),
        K::ApiError => text!(en: "the API answered with an error", zh: "API 返回错误"),
        K::ApiUnreadable => text!(en: "the answer is not what the API sends", zh: "应答不是 API 应有的内容"),
        K::StreamBroken => text!(en: "the stream broke off", zh: "流式响应中断"),
        K::Interrupted => text!(en: "interrupted", zh: "已中断"),
        K::Unclassified => text!(en: "an unexpected error", zh: "意外的错误"),
    }
}

/// Who sent a response, as the end of "answered by …" / "由…应答".
#[must_use]
pub const fn answerer(who: Answerer) -> Text {
    match who {
        Answerer::ClientProxy => text!(en: "your proxy", zh: "你的代理"),
        Answerer::Interceptor => text!(en: "an interceptor", zh: "中间拦截设备"),
        Answerer::CdnEdge => text!(en: "the CDN's edge", zh: "CDN 边缘节点"),
        Answerer::Provider => text!(en: "the provider", zh: "API 服务商"),
        Answerer::Relay => text!(en: "a relay", zh: "中转服务"),
        Answerer::Azure => text!(en: "Azure OpenAI", zh: "Azure OpenAI"),
        Answerer::Server => text!(en: "a server", zh: "某台服务器"),
    }
}

/// Where the chain's addresses came from, as the end of "from …" / "来自…".
#[must_use]
pub const fn dns_source(source: DnsSource) -> Text {
    match source {
        DnsSource::None => text!(en: "nowhere", zh: "无"),
        DnsSource::HostsFile => text!(en: "the hosts file", zh: "hosts 文件"),
        DnsSource::Nameserver => text!(en: "a nameserver", zh: "系统 DNS 服务器"),
        DnsSource::ResolverFlag => text!(en: "--resolver", zh: "--resolver"),
        DnsSource::System => text!(en: "the system's resolver", zh: "系统解析函数"),
        DnsSource::Localhost => text!(en: "the name localhost", zh: "localhost 的约定"),
    }
}

/// What came of a query.
#[must_use]
pub const fn dns_outcome(outcome: DnsOutcome) -> Text {
    match outcome {
        DnsOutcome::Answer => text!(en: "answer", zh: "有应答"),
        DnsOutcome::NoData => text!(en: "no such record", zh: "没有该类记录"),
        DnsOutcome::Nxdomain => text!(en: "NXDOMAIN", zh: "NXDOMAIN"),
        DnsOutcome::Servfail => text!(en: "SERVFAIL", zh: "SERVFAIL"),
        DnsOutcome::Refused => text!(en: "REFUSED", zh: "REFUSED"),
        DnsOutcome::OtherRcode => text!(en: "another response code", zh: "其他响应码"),
        DnsOutcome::Silent => text!(en: "silent", zh: "没有应答"),
        DnsOutcome::PortUnreachable => text!(en: "nothing listens there", zh: "端口无人监听"),
        DnsOutcome::Unreachable => text!(en: "unreachable", zh: "不可达"),
        DnsOutcome::Broken => text!(en: "the connection broke", zh: "连接中断"),
        DnsOutcome::Malformed => text!(en: "no answer to the question", zh: "应答与查询不符"),
        DnsOutcome::Pending => text!(en: "not waited for", zh: "未等待其结果"),
    }
}

/// What kind of address it is; nothing for an ordinary one.
#[must_use]
pub const fn address_class(class: AddressClass) -> Option<Text> {
    Some(match class {
        AddressClass::Public => return None,
        AddressClass::Private => text!(en: "private", zh: "私有地址"),
        AddressClass::Loopback => text!(en: "loopback", zh: "环回地址"),
        AddressClass::Unspecified => text!(en: "unspecified", zh: "空地址"),
        AddressClass::FakeIp => text!(en: "fake-IP", zh: "fake-IP"),
        AddressClass::Bogon => text!(en: "bogon", zh: "保留地址"),
        AddressClass::KnownForged => text!(en: "known forged", zh: "已知的伪造地址"),
    })
}

/// What a body is.
#[must_use]
pub const fn body_shape(shape: BodyShape) -> Text {
    match shape {
        BodyShape::Empty => text!(en: "an empty body", zh: "空响应体"),
        BodyShape::ModelList => text!(en: "a list of models", zh: "模型列表"),
        BodyShape::ErrorObject | BodyShape::ErrorString | BodyShape::ErrorDetail => {
            text!(en: "an API error", zh: "API 错误")
        }
        BodyShape::OtherJson => text!(en: "JSON that is no API answer", zh: "不是 API 应答的 JSON"),
        BodyShape::Html => text!(en: "a web page (HTML)", zh: "网页（HTML）"),
        BodyShape::Text => text!(en: "plain text", zh: "纯文本"),
        BodyShape::Binary => text!(en: "binary data", zh: "二进制数据"),
        BodyShape::BrokenJson => text!(en: "broken JSON", zh: "损坏的 JSON"),
    }
}

/// Why the key was kept back.
#[must_use]
pub const fn key_withheld(why: KeyWithheld) -> Text {
    match why {
        KeyWithheld::UnverifiedCertificate => {
            text!(en: "key not sent: the certificate does not verify", zh: "证书未通过验证，未发送密钥")
        }
        KeyWithheld::PlainHttp => {
            text!(en: "key not sent: plain http to another machine", zh: "目标是其他机器的明文 http，未发送密钥")
        }
        KeyWithheld::Unsendable => {
            text!(en: "key not sent: it holds characters no header can", zh: "密钥含有不能放入请求头的字符，未发送")
        }
    }
}

/// How the endpoint is reached.
#[must_use]
pub const fn route(kind: RouteKind) -> Text {
    match kind {
        RouteKind::Direct => text!(en: "direct", zh: "直连"),
        RouteKind::Http => text!(en: "HTTP proxy", zh: "HTTP 代理"),
        RouteKind::Https => text!(en: "HTTPS proxy", zh: "HTTPS 代理"),
        RouteKind::Socks5 => text!(en: "SOCKS5 proxy", zh: "SOCKS5 代理"),
        RouteKind::Socks5h => text!(en: "SOCKS5 proxy (it resolves names)", zh: "SOCKS5 代理（由代理解析域名）"),
    }
}

/// The overall state, in one word.
#[must_use]
pub const fn status(status: VerdictStatus) -> Text {
    match status {
        VerdictStatus::Healthy => text!(en: "healthy", zh: "正常"),
        VerdictStatus::Degraded => text!(en: "degraded", zh: "可用但有隐患"),
        VerdictStatus::Faulty => text!(en: "faulty", zh: "故障"),
        VerdictStatus::Inconclusive => text!(en: "inconclusive", zh: "无法下结论"),
    }
}

/// How sure a finding is.
#[must_use]
pub const fn confidence(confidence: Confidence) -> Text {
    match confidence {
        Confidence::Confirmed => text!(en: "confirmed", zh: "已确认"),
        Confidence::Likely => text!(en: "likely", zh: "很可能"),
        Confidence::Possible => text!(en: "possible", zh: "可能"),
    }
}

/// Whether trying again helps, for the name that JSON uses.
#[must_use]
pub fn retry(name: &str) -> Option<Text> {
    Retry::ALL.into_iter().find(|retry| retry.name() == name).map(Retry::title)
}

#[cfg(test)]
mod tests {
    use super::retry;
    use crate::diagnosis::Retry;

    #[test]
    fn every_retry_is_found_by_its_name() {
        for one in Retry::ALL {
            assert_eq!(retry(one.name()), Some(one.title()));
        }
        assert_eq!(retry("perhaps"), None);
    }
}
