//! Answers of OpenAI, its edge, Azure, relays and gateways to requests that go wrong, by name, with the words and the
//! headers that they send.

/// Who sends an answer; it decides the headers that stand in every one of theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// The API itself, seen through its edge.
    OpenAi,
    /// The edge alone.
    Cloudflare,
    /// Azure's gateway in front of the model.
    Azure,
    /// one-api, the older relay.
    OneApi,
    /// new-api, the newer relay.
    NewApi,
    /// `LiteLLM`'s proxy.
    LiteLlm,
    /// A `FastAPI` server such as vLLM.
    FastApi,
    /// A gateway on the user's side or the relay's.
    Nginx,
    /// Envoy, as service meshes put it in front of relays.
    Envoy,
    /// A web filter.
    Filter,
    /// A network's sign-in page.
    Portal,
}

impl Sender {
    /// The headers of all its answers.
    #[must_use]
    pub const fn headers(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::OpenAi => &[
                ("x-request-id", "req_7d1f0c2b9a8e4f53b6c7d8e9f0a1b2c3"),
                ("openai-version", "2020-10-01"),
                ("openai-organization", "user-demo"),
                ("openai-processing-ms", "12"),
                ("x-content-type-options", "nosniff"),
                ("strict-transport-security", "max-age=31536000; includeSubDomains; preload"),
                ("cf-cache-status", "DYNAMIC"),
                ("server", "cloudflare"),
                ("cf-ray", "9a2d41b7bd0f3c11-FRA"),
                ("alt-svc", "h3=\":443\"; ma=86400"),
            ],
            Self::Cloudflare => &[
                ("server", "cloudflare"),
                ("cf-ray", "9a2d41b7bd0f3c11-FRA"),
                ("cache-control", "private, max-age=0, no-store, no-cache, must-revalidate"),
            ],
            Self::Azure => &[
                ("apim-request-id", "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"),
                ("x-ms-region", "Sweden Central"),
                ("strict-transport-security", "max-age=31536000; includeSubDomains; preload"),
            ],
            Self::OneApi => &[("x-oneapi-request-id", "2025111209304512345678"), ("server", "nginx")],
            Self::NewApi => &[
                ("x-oneapi-request-id", "20251112093045123456789AbCdEfGh"),
                ("x-new-api-version", "v0.9.21"),
                ("server", "nginx"),
            ],
            Self::LiteLlm => &[
                ("x-litellm-version", "1.79.1"),
                ("x-litellm-call-id", "4c6f0f53-1c5f-4a1f-9a51-0e8f6f1d2c3b"),
                ("server", "uvicorn"),
            ],
            Self::FastApi => &[("server", "uvicorn")],
            Self::Nginx => &[("server", "nginx/1.26.2")],
            Self::Envoy => &[("server", "envoy")],
            Self::Portal => &[("cache-control", "no-store")],
            Self::Filter => &[("server", "Zscaler/6.2"), ("cache-control", "no-cache")],
        }
    }
}

/// One answer.
#[derive(Clone, Copy, Debug)]
pub struct Canned {
    /// Its name; the code of a fault, with a suffix where a fault has several faces.
    pub name: &'static str,
    /// Status.
    pub status: u16,
    /// Who sends it.
    pub sender: Sender,
    /// Headers of this answer alone.
    pub headers: &'static [(&'static str, &'static str)],
    /// Body: JSON if it begins with a brace, HTML if with `<`, text otherwise.
    pub body: &'static str,
}

impl Canned {
    /// The `Content-Type` that goes with the body.
    #[must_use]
    pub fn content_type(&self) -> &'static str {
        match self.body.as_bytes().first() {
            Some(b'{') => "application/json",
            Some(b'<') => "text/html; charset=UTF-8",
            _ => "text/plain; charset=UTF-8",
        }
    }
}

/// The answer of that name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Canned> {
    CANNED.iter().find(|canned| canned.name == name)
}

const fn answer(name: &'static str, status: u16, sender: Sender, body: &'static str) -> Canned {
    Canned { name, status, sender, headers: &[], body }
}

const fn with(canned: Canned, headers: &'static [(&'static str, &'static str)]) -> Canned {
    Canned { headers, ..canned }
}

/// Every answer.
pub const CANNED: &[Canned] = &[
    // Keys and accounts.
    answer(
        "key-missing",
        401,
        Sender::OpenAi,
        r#"{"error":{"message":"You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY), or as the password field (with blank username) if you're accessing the API from your browser and are prompted for a username and password. You can obtain an API key from https://platform.openai.com/account/api-keys.","type":"invalid_request_error","param":null,"code":null}}"#,
    ),
    answer(
        "key-scope-missing",
        403,
        Sender::OpenAi,
        r#"{"error":{"message":"You have insufficient permissions for this operation. Missing scopes: api.model.read. Check that you have the correct role in your organization (Reader, Writer, Owner) and project (Member, Owner), and if you're using a restricted API key, that it has the necessary scopes.","type":"invalid_request_error","param":null,"code":"missing_scope"}}"#,
    ),
    answer(
        "key-scope-missing-bare",
        401,
        Sender::OpenAi,
        r#"{"error":"You have insufficient permissions for this operation. Missing scopes: model.request"}"#,
    ),
    answer(
        "key-session-invalidated",
        401,
        Sender::OpenAi,
        r#"{"error":{"message":"Your authentication token has been invalidated. Please try signing in again.","type":"invalid_request_error","param":null,"code":"token_invalidated"}}"#,
    ),
    answer(
        "litellm-key-unknown",
        401,
        Sender::LiteLlm,
        r#"{"error":{"message":"Authentication Error, Invalid proxy server token passed. Received API Key = sk-...2c3d, Key Hash (Token) =8f2b7c. Unable to find token in cache or `LiteLLM_VerificationTokenTable`","type":"token_not_found_in_db","param":"key","code":"401"}}"#,
    ),
    answer(
        "organization-mismatch",
        401,
        Sender::OpenAi,
        r#"{"error":{"message":"OpenAI-Organization header should match organization for API key","type":"invalid_request_error","param":null,"code":"mismatched_organization"}}"#,
    ),
    answer(
        "organization-mismatch-null",
        400,
        Sender::OpenAi,
        r#"{"error":{"message":"no such organization : null","type":"invalid_request_error","param":null,"code":null}}"#,
    ),
    answer(
        "organization-membership-missing",
        401,
        Sender::OpenAi,
        r#"{"error":{"message":"You must be a member of an organization to use the API. Please contact us through our help center at help.openai.com.","type":"invalid_request_error","param":null,"code":null}}"#,
    ),
    answer(
        "organization-unverified",
        404,
        Sender::OpenAi,
        r#"{"error":{"message":"Your organization must be verified to use the model `gpt-image-1`. Please go to: https://platform.openai.com/settings/organization/general and click on Verify Organization. If you just verified, it can take up to 15 minutes for access to propagate.","type":"invalid_request_error","param":"model","code":"model_not_found"}}"#,
    ),
    answer(
        "organization-unverified-stream",
        400,
        Sender::OpenAi,
        r#"{"error":{"message":"Your organization must be verified to stream this model. Please go to: https://platform.openai.com/settings/organization/general and click on Verify Organization.","type":"invalid_request_error","param":"stream","code":"unsupported_value"}}"#,
    ),
    answer(
        "account-deactivated",
        401,
        Sender::OpenAi,
        r#"{"error":{"message":"The OpenAI account associated with this API key has been deactivated. If you are the owner of this account and you need help, reach out to us through our help center at help.openai.com.","type":"invalid_request_error","param":null,"code":"account_deactivated"}}"#,
    ),
    answer(
        "ip-not-allowlisted",
        401,
        Sender::OpenAi,
        r#"{"error":{"message":"Your IP address is not authorized to access this project. IP not authorized.","type":"invalid_request_error","param":null,"code":"ip_not_authorized"}}"#,
    ),
    answer(
        "ip-not-allowlisted-relay",
        403,
        Sender::NewApi,
        r#"{"error":{"code":"1220","message":"您的IP地址没有接口访问权限","type":"new_api_error"}}"#,
    ),
    answer(
        "region-unsupported",
        403,
        Sender::OpenAi,
        r#"{"error":{"code":"unsupported_country_region_territory","message":"Country, region, or territory not supported","param":null,"type":"request_forbidden"}}"#,
    ),
    answer(
        "regional-hostname-required",
        401,
        Sender::OpenAi,
        r#"{"error":{"message":"Attempted to access resource with incorrect regional hostname. Please make your request to eu.api.openai.com.","type":"invalid_request_error","param":null,"code":"incorrect_hostname"}}"#,
    ),
    // Money and limits.
    answer(
        "quota-exhausted",
        429,
        Sender::OpenAi,
        r#"{"error":{"message":"You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}"#,
    ),
    answer(
        "quota-exhausted-balance",
        402,
        Sender::FastApi,
        r#"{"error":{"message":"Insufficient Balance","type":"unknown_error","param":null,"code":"invalid_request_error"}}"#,
    ),
    answer(
        "billing-inactive",
        429,
        Sender::OpenAi,
        r#"{"error":{"message":"Your account is not active, please check your billing details on our website.","type":"billing_not_active","param":null,"code":"billing_not_active"}}"#,
    ),
    answer(
        "billing-inactive-hard-limit",
        400,
        Sender::OpenAi,
        r#"{"error":{"message":"Billing hard limit has been reached","type":"invalid_request_error","param":null,"code":"billing_hard_limit_reached"}}"#,
    ),
    with(
        answer(
            "rate-limited-requests",
            429,
            Sender::OpenAi,
            r#"{"error":{"message":"Rate limit reached for gpt-4o-mini in organization org-demo on requests per min (RPM): Limit 3, Used 3, Requested 1. Please try again in 20s. Visit https://platform.openai.com/account/rate-limits to learn more.","type":"requests","param":null,"code":"rate_limit_exceeded"}}"#,
        ),
        &[
            ("retry-after", "20"),
            ("retry-after-ms", "20000"),
            ("x-ratelimit-limit-requests", "3"),
            ("x-ratelimit-remaining-requests", "0"),
            ("x-ratelimit-reset-requests", "20s"),
            ("x-ratelimit-limit-tokens", "60000"),
            ("x-ratelimit-remaining-tokens", "59000"),
            ("x-ratelimit-reset-tokens", "1s"),
        ],
    ),
    with(
        answer(
            "rate-limited-tokens",
            429,
            Sender::OpenAi,
            r#"{"error":{"message":"Rate limit reached for gpt-4o in organization org-demo on tokens per min (TPM): Limit 30000, Used 29460, Requested 5448. Please try again in 9.816s. Visit https://platform.openai.com/account/rate-limits to learn more.","type":"tokens","param":null,"code":"rate_limit_exceeded"}}"#,
        ),
        &[
            ("retry-after-ms", "9816"),
            ("retry-after", "10"),
            ("x-ratelimit-limit-requests", "500"),
            ("x-ratelimit-remaining-requests", "499"),
            ("x-ratelimit-reset-requests", "120ms"),
            ("x-ratelimit-limit-tokens", "30000"),
            ("x-ratelimit-remaining-tokens", "540"),
            ("x-ratelimit-reset-tokens", "58.92s"),
        ],
    ),
    with(
        answer(
            "rate-limited-requests-azure",
            429,
            Sender::Azure,
            r#"{"error":{"code":"429","message":"Requests to the ChatCompletions_Create Operation under Azure OpenAI API version 2024-10-21 have exceeded call rate limit of your current OpenAI S0 pricing tier. Please retry after 54 seconds. Please go here: https://aka.ms/oai/quotaincrease if you would like to further increase the default rate limit."}}"#,
        ),
        &[("retry-after", "54"), ("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-reset-requests", "54")],
    ),
    with(
        answer(
            "rate-limited-tokens-azure",
            429,
            Sender::Azure,
            r#"{"error":{"code":"429","message":"Requests to the ChatCompletions_Create Operation under Azure OpenAI API version 2024-10-21 have exceeded token rate limit of your current OpenAI S0 pricing tier. Please retry after 6 seconds."}}"#,
        ),
        &[("retry-after", "6"), ("x-ratelimit-remaining-tokens", "0"), ("x-ratelimit-reset-tokens", "6")],
    ),
    answer(
        "request-exceeds-token-limit",
        429,
        Sender::OpenAi,
        r#"{"error":{"message":"Request too large for gpt-4o in organization org-demo on tokens per min (TPM): Limit 30000, Requested 61337. The input or output tokens must be reduced in order to run successfully. Visit https://platform.openai.com/account/rate-limits to learn more.","type":"tokens","param":null,"code":"rate_limit_exceeded"}}"#,
    ),
    // Models and what a request holds.
    answer(
        "model-not-found",
        404,
        Sender::OpenAi,
        r#"{"error":{"message":"The model `gpt-5-mini-preview` does not exist or you do not have access to it.","type":"invalid_request_error","param":null,"code":"model_not_found"}}"#,
    ),
    answer(
        "model-access-denied",
        403,
        Sender::OpenAi,
        r#"{"error":{"message":"Project `proj_demo` does not have access to model `gpt-4o`","type":"invalid_request_error","param":null,"code":"model_not_found"}}"#,
    ),
    answer(
        "context-length-exceeded",
        400,
        Sender::OpenAi,
        r#"{"error":{"message":"This model's maximum context length is 128000 tokens. However, your messages resulted in 140339 tokens. Please reduce the length of the messages.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}"#,
    ),
    answer(
        "unsupported-parameter",
        400,
        Sender::OpenAi,
        r#"{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.","type":"invalid_request_error","param":"max_tokens","code":"unsupported_parameter"}}"#,
    ),
    answer(
        "unsupported-parameter-value",
        400,
        Sender::OpenAi,
        r#"{"error":{"message":"Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is supported.","type":"invalid_request_error","param":"temperature","code":"unsupported_value"}}"#,
    ),
    answer(
        "request-invalid",
        422,
        Sender::FastApi,
        r#"{"detail":[{"type":"missing","loc":["body","messages"],"msg":"Field required","input":{"model":"m"}}]}"#,
    ),
    answer(
        "request-invalid-type",
        400,
        Sender::OpenAi,
        r#"{"error":{"message":"Invalid type for 'messages': expected an array of objects, but got a string instead.","type":"invalid_request_error","param":"messages","code":"invalid_type"}}"#,
    ),
    answer(
        "request-not-json",
        400,
        Sender::OpenAi,
        r#"{"error":{"message":"We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.)","type":"invalid_request_error","param":null,"code":null}}"#,
    ),
    answer(
        "content-type-unsupported",
        400,
        Sender::OpenAi,
        r#"{"error":{"message":"Unsupported content type: 'application/json; charset=utf-8'. This API method only accepts 'application/json' requests, but you specified the header 'Content-Type: application/json; charset=utf-8'. Please try again with a supported content type.","type":"invalid_request_error","param":null,"code":"unsupported_content_type"}}"#,
    ),
    answer(
        "content-type-unsupported-flask",
        415,
        Sender::FastApi,
        r#"{"error":{"message":"Unsupported Media Type: Only 'application/json' is allowed","type":"UnsupportedMediaType","param":null,"code":415}}"#,
    ),
    answer(
        "content-filtered",
        400,
        Sender::Azure,
        r#"{"error":{"message":"The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your prompt and retry.","type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation","content_filter_result":{"violence":{"filtered":true,"severity":"high"}}}}}"#,
    ),
    answer(
        "payload-too-large",
        413,
        Sender::Nginx,
        "<html>\r\n<head><title>413 Request Entity Too Large</title></head>\r\n<body>\r\n<center><h1>413 Request Entity Too Large</h1></center>\r\n<hr><center>nginx/1.26.2</center>\r\n</body>\r\n</html>\r\n",
    ),
    // Where the request went.
    answer(
        "endpoint-not-found",
        404,
        Sender::Nginx,
        "<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n<center><h1>404 Not Found</h1></center>\r\n<hr><center>nginx/1.26.2</center>\r\n</body>\r\n</html>\r\n",
    ),
    answer("endpoint-not-found-fastapi", 404, Sender::FastApi, r#"{"detail":"Not Found"}"#),
    answer(
        "method-not-allowed",
        405,
        Sender::Nginx,
        "<html>\r\n<head><title>405 Not Allowed</title></head>\r\n<body>\r\n<center><h1>405 Not Allowed</h1></center>\r\n<hr><center>nginx/1.26.2</center>\r\n</body>\r\n</html>\r\n",
    ),
    answer(
        "base-url-not-an-api",
        200,
        Sender::Nginx,
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Acme AI Gateway: sign in</title></head><body><div id=\"app\"></div><script src=\"/assets/index.js\"></script></body></html>\n",
    ),
    with(
        answer(
            "base-url-redirects",
            301,
            Sender::Nginx,
            "<html>\r\n<head><title>301 Moved Permanently</title></head>\r\n<body>\r\n<center><h1>301 Moved Permanently</h1></center>\r\n<hr><center>nginx/1.26.2</center>\r\n</body>\r\n</html>\r\n",
        ),
        &[("location", "https://api.moved.test/v1/models")],
    ),
    answer("response-not-json", 200, Sender::FastApi, "pong"),
    answer("response-not-json-broken", 200, Sender::FastApi, r#"{"object":"list","data":[{"id":"#),
    // Azure.
    answer(
        "azure-deployment-not-found",
        404,
        Sender::Azure,
        r#"{"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again."}}"#,
    ),
    answer(
        "azure-deployment-not-found-path",
        404,
        Sender::Azure,
        r#"{"error":{"code":"404","message":"Resource not found"}}"#,
    ),
    answer(
        "azure-key-or-endpoint-invalid",
        401,
        Sender::Azure,
        r#"{"error":{"code":"401","message":"Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource."}}"#,
    ),
    answer(
        "azure-network-rules",
        403,
        Sender::Azure,
        r#"{"error":{"code":"403","message":"Access denied due to Virtual Network/Firewall rules."}}"#,
    ),
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

#[cfg(test)]
mod tests {
    use super::CANNED;

    #[test]
    fn names_are_unique_and_json_bodies_parse() {
        let mut names: Vec<_> = CANNED.iter().map(|canned| canned.name).collect();
        names.sort_unstable();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all);
        for canned in CANNED.iter().filter(|canned| canned.body.starts_with('{')) {
            let parsed = serde_json::from_str::<serde_json::Value>(canned.body);
            assert_eq!(parsed.is_ok(), !canned.name.ends_with("-broken"), "{}", canned.name);
        }
    }
}
