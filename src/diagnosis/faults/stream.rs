//! Faults of a streamed answer.

use crate::diagnosis::{Fault, Fix, Heard, Layer, Owner, Retry, Sign};
use crate::text;

use super::streamed;

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        code: "sse-buffered",
        layer: Layer::Application,
        owner: Owner::Relay,
        title: text!(en: "something buffers the stream", zh: "流式输出被缓冲了"),
        explanation: text!(
            en: "The events were sent one by one and arrive all at once at the end: a proxy in between collects them.",
            zh: "事件本来逐个发出，到达时却在最后一次性涌来：中间有代理在缓冲。",
        ),
        impact: text!(en: "streaming", zh: "流式输出"),
        fixes: &[
            Fix::run(
                text!(en: "In the proxy's nginx", zh: "在代理的 nginx 中设置"),
                "proxy_buffering off; proxy_cache off; proxy_http_version 1.1;",
            ),
            Fix::run(
                text!(en: "Or let the relay send this header", zh: "或者让中转返回这个响应头"),
                "X-Accel-Buffering: no",
            ),
        ],
        told_apart: text!(
            en: "More than nine tenths of the events arrive within 10 ms of the end; straight from the origin they are spread.",
            zh: "九成以上的事件集中在结束前 10 毫秒内到达；直连源站时则是均匀分布。",
        ),
        rivals: &["sse-compressed", "relay-ignores-stream", "slow-first-token"],
        detect: Some(streamed::buffered),
        ..Fault::BASE
    },
    Fault {
        code: "sse-compressed",
        layer: Layer::Application,
        owner: Owner::Relay,
        title: text!(en: "something compresses the stream", zh: "流式输出被压缩了"),
        explanation: text!(
            en: "A proxy compresses the event stream, and compression holds events back until a block is full.",
            zh: "代理压缩了事件流，而压缩会把事件攒满一块才发出。",
        ),
        impact: text!(en: "streaming", zh: "流式输出"),
        fixes: &[
            Fix::advice(text!(
                en: "Exclude text/event-stream from compression in the proxy (nginx: gzip_types without it)",
                zh: "在代理中不要压缩 text/event-stream（nginx：从 gzip_types 中去掉）",
            )),
            Fix::run(
                text!(en: "Or ask for none", zh: "或者在请求中声明不要压缩"),
                "curl -N -H 'Accept-Encoding: identity' {base_url}/chat/completions …",
            ),
        ],
        told_apart: text!(
            en: "Content-Encoding stands on the event stream; with Accept-Encoding: identity the events are spread.",
            zh: "事件流带有 Content-Encoding；用 Accept-Encoding: identity 请求时事件分布正常。",
        ),
        rivals: &["sse-buffered"],
        detect: Some(streamed::compressed),
        ..Fault::BASE
    },
    Fault {
        code: "sse-nonstandard",
        layer: Layer::Application,
        owner: Owner::Relay,
        title: text!(en: "the stream departs from the standard", zh: "流的格式不合规范"),
        explanation: text!(
            en: "The events can be read by a tolerant parser only: no blank after data:, empty choices, no [DONE].",
            zh: "只有宽松的解析器才能读：data: 后没有空格、choices 为空、没有 [DONE] 等。",
        ),
        impact: text!(en: "streaming", zh: "流式输出"),
        fixes: &[Fix::advice(text!(
            en: "Report the deviation to the relay; use a tolerant client",
            zh: "向中转反馈该偏差；换用更宽松的客户端",
        ))],
        told_apart: text!(
            en: "A lenient parser reads it to the end and a strict one fails; finish_reason is there.",
            zh: "宽松解析器能读完整，严格解析器失败；finish_reason 是有的。",
        ),
        rivals: &["stream-truncated", "relay-ignores-stream"],
        detect: Some(streamed::nonstandard),
        signs: &[
            // A client that checks each event against a schema.
            Sign::says(&["type validation failed: value"]).and(&["chat.completion.chunk"]),
        ],
        heard: &[Heard::cause(&[
            "malformed server-sent event",
            "sent too many empty messages",
            "untagged enum responsestreamresult",
            "untagged enum chatcompletionstream",
            "untagged enum streamresult",
            "without a current message",
        ])],
        ..Fault::BASE
    },
    Fault {
        code: "stream-error-event",
        layer: Layer::Application,
        owner: Owner::Provider,
        title: text!(
            en: "the error came inside a stream with status 200",
            zh: "错误出现在状态码 200 的流里",
        ),
        explanation: text!(
            en: "The stream began well and then carried an error event. SDKs show no status for it.",
            zh: "流开始时正常，随后携带了错误事件。SDK 对此不会显示状态码。",
        ),
        impact: text!(en: "streaming", zh: "流式输出"),
        fixes: &[
            Fix::advice(text!(
                en: "Act on the code inside the event, as if it had been the answer",
                zh: "按事件中的错误码处理，就当它是应答本身",
            )),
            Fix::advice(
                text!(en: "Repeat without stream to see the true status", zh: "关闭流式再请求一次，可看到真实状态码"),
            ),
        ],
        told_apart: text!(
            en: "An event named error or response.failed, or a data: line with an error object.",
            zh: "有名为 error 或 response.failed 的事件，或 data: 行中带有 error 对象。",
        ),
        rivals: &["stream-truncated", "service-overloaded"],
        retry: Retry::ByInnerCode,
        heard: &[Heard::symptom(&[
            "event: error",
            "response.failed",
            "received error while streaming",
            "error event in stream",
            "流中返回错误",
        ])],
        detect: Some(streamed::error_event),
        signs: &[Sign::says(&["error occurred during streaming"])],
        ..Fault::BASE
    },
];
