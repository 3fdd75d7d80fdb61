//! A relay's words about what stands behind it, where a client prints nothing else of its answer.

use crate::diagnosis::Heard;

#[rustfmt::skip]
pub(super) const UPSTREAM: &[Heard] = &[
    Heard::symptom(&[
        "bad response status code", "bad_response_status_code", "provider returned error", "upstream error:",
        "upstream_error", "upstream service error", "upstream request failed", "upstream api error",
        "error from provider", "上游返回错误", "上游服务返回", "上游接口错误", "上游报错", "上游响应",
    ])
    .but_not(&["nginx", "prematurely closed"]),
];
