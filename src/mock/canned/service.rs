//! Answers about edges, filters, relays and the service itself.

use super::{Canned, Sender, answer, with};

/// They all.
pub(super) const ALL: &[Canned] = &[
    // Edges and filters.
    with(
        answer(
            "cdn-challenge",
            403,
            Sender::Cloudflare,
            "<!DOCTYPE html><html lang=\"en-US\"><head><title>Just a moment...</title><meta http-equiv=\"Content-Type\" content=\"text/html; charset=UTF-8\"><meta name=\"robots\" content=\"noindex,nofollow\"></head><body><div class=\"main-wrapper\"><noscript><div class=\"h2\"><span id=\"challenge-error-text\">Enable JavaScript and cookies to continue</span></div></noscript></div></body></html>",
        ),
        &[("cf-mitigated", "challenge")],
    ),
    answer(
        "cdn-challenge-blocked",
        403,
        Sender::Cloudflare,
        "<!DOCTYPE html>\n<html class=\"no-js\" lang=\"en-US\"><head><title>Attention Required! | Cloudflare</title></head><body><h1 data-translate=\"block_headline\">Sorry, you have been blocked</h1><h2>You are unable to access openai.com</h2><p>Cloudflare Ray ID: <strong>9a2d41b7bd0f3c11</strong></p></body></html>",
    ),
    answer("waf-blocked-user-agent", 403, Sender::Cloudflare, "error code: 1010"),
    answer(
        "waf-blocked-user-agent-relay",
        403,
        Sender::OneApi,
        r#"{"error":{"message":"Your request was blocked.","type":"upstream_error","code":"403"}}"#,
    ),
    answer(
        "gateway-block-page",
        403,
        Sender::Filter,
        "<!DOCTYPE html><html><head><title>Internet Security by Zscaler</title></head><body><h1>Sorry, you don't have permission to visit this site.</h1><p>Website blocked. You are not allowed to view AI and ML Applications. Your organization has selected Zscaler to protect you from internet threats.</p></body></html>",
    ),
    with(answer("captive-portal", 302, Sender::Portal, ""), &[("location", "http://login.hotel.test/welcome")]),
    answer(
        "forbidden-page",
        403,
        Sender::Nginx,
        "<html>\r\n<head><title>403 Forbidden</title></head>\r\n<body>\r\n<center><h1>403 Forbidden</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n",
    ),
    answer("unauthorized-bare", 401, Sender::Nginx, r#"{"error":"Unauthorized"}"#),
    // Outages.
    answer(
        "unavailable-page",
        503,
        Sender::OpenAi,
        "<html>\r\n<head><title>503 Service Temporarily Unavailable</title></head>\r\n<body>\r\n<center><h1>503 Service Temporarily Unavailable</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n",
    ),
    answer(
        "status-page-major",
        200,
        Sender::Nginx,
        r#"{"page":{"id":"demo","name":"OpenAI","url":"https://status.openai.com"},"status":{"indicator":"major","description":"Partial System Outage"}}"#,
    ),
    answer(
        "status-page-none",
        200,
        Sender::Nginx,
        r#"{"page":{"id":"demo","name":"OpenAI","url":"https://status.openai.com"},"status":{"indicator":"none","description":"All Systems Operational"}}"#,
    ),
    // Relays.
    answer(
        "relay-quota-exhausted",
        403,
        Sender::NewApi,
        r#"{"error":{"message":"预扣费额度失败, 用户剩余额度: ＄0.002310, 需要预扣费额度: ＄0.060000 (request id: 20251112093045123456789AbCdEfGh)","type":"new_api_error","param":"","code":"insufficient_user_quota"}}"#,
    ),
    answer(
        "relay-quota-exhausted-token",
        401,
        Sender::OneApi,
        r#"{"error":{"message":"该令牌额度已用尽 (request id: 2025111209304512345678)","type":"one_api_error"}}"#,
    ),
    answer(
        "key-invalid-relay",
        401,
        Sender::OneApi,
        r#"{"error":{"message":"无效的令牌 (request id: 2025111209304512345678)","type":"one_api_error"}}"#,
    ),
    answer(
        "relay-no-channel",
        503,
        Sender::OneApi,
        r#"{"error":{"message":"当前分组 default 下对于模型 gpt-4o 无可用渠道 (request id: 2025111209304512345678)","type":"one_api_error"}}"#,
    ),
    answer(
        "relay-saturated",
        429,
        Sender::NewApi,
        r#"{"error":{"message":"当前分组上游负载已饱和，请稍后再试 (request id: 20251112093045123456789AbCdEfGh)","type":"new_api_error","param":"429","code":"upstream_saturated"}}"#,
    ),
    answer(
        "relay-cooling-down",
        429,
        Sender::LiteLlm,
        r#"{"error":{"message":"No deployments available for selected model, Try again in 5 seconds. Passed model=gpt-4o. pre-call-checks=False, cooldown_list=['8f2b7c']","type":"None","param":"None","code":"429"}}"#,
    ),
    answer(
        "relay-upstream-error",
        500,
        Sender::NewApi,
        r#"{"error":{"message":"bad response status code 500 (request id: 20251112093045123456789AbCdEfGh)","type":"upstream_error","param":"500","code":"bad_response_status_code"}}"#,
    ),
    answer(
        "relay-upstream-tls",
        502,
        Sender::NewApi,
        r#"{"error":{"message":"Post \"https://upstream.test/v1/chat/completions\": remote error: tls: handshake failure (request id: 20251112093045123456789AbCdEfGh)","type":"new_api_error","param":"","code":"do_request_failed"}}"#,
    ),
    answer(
        "relay-upstream-tls-envoy",
        503,
        Sender::Envoy,
        "upstream connect error or disconnect/reset before headers. retried and the latest reset reason: remote connection failure, transport failure reason: TLS_error:|268435581:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:TLS_error_end",
    ),
    // The service.
    answer(
        "server-error",
        500,
        Sender::OpenAi,
        r#"{"error":{"message":"The server had an error while processing your request. Sorry about that!","type":"server_error","param":null,"code":null}}"#,
    ),
    answer(
        "service-overloaded",
        503,
        Sender::OpenAi,
        r#"{"error":{"message":"The server is overloaded or not ready yet.","type":"service_unavailable_error","param":null,"code":"server_is_overloaded"}}"#,
    ),
    answer(
        "service-overloaded-model",
        429,
        Sender::OpenAi,
        r#"{"error":{"message":"That model is currently overloaded with other requests. You can retry your request, or contact us through our help center at help.openai.com if the error persists.","type":"server_error","param":null,"code":null}}"#,
    ),
    answer(
        "service-overloaded-engine",
        429,
        Sender::FastApi,
        r#"{"error":{"message":"The engine is currently overloaded, please try again later","type":"engine_overloaded_error"}}"#,
    ),
    answer(
        "bad-gateway",
        502,
        Sender::Nginx,
        "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx/1.26.2</center>\r\n</body>\r\n</html>\r\n",
    ),
    answer(
        "bad-gateway-edge",
        502,
        Sender::Cloudflare,
        "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n",
    ),
    answer(
        "gateway-timeout",
        504,
        Sender::Nginx,
        "<html>\r\n<head><title>504 Gateway Time-out</title></head>\r\n<body>\r\n<center><h1>504 Gateway Time-out</h1></center>\r\n<hr><center>nginx/1.26.2</center>\r\n</body>\r\n</html>\r\n",
    ),
    with(
        answer("gateway-timeout-envoy", 504, Sender::Envoy, "upstream request timeout"),
        &[("x-envoy-upstream-service-time", "1990")],
    ),
    answer("gateway-timeout-edge", 524, Sender::Cloudflare, "error code: 524"),
    answer(
        "cdn-origin-unreachable",
        521,
        Sender::Cloudflare,
        "<!DOCTYPE html>\n<html class=\"no-js\" lang=\"en-US\"><head><title>relay.test | 521: Web server is down</title></head><body><h1><span>Web server is down</span><span>Error code 521</span></h1><p>Cloudflare Ray ID: 9a2d41b7bd0f3c11</p></body></html>",
    ),
    answer("cdn-origin-unreachable-520", 520, Sender::Cloudflare, "error code: 520"),
];
