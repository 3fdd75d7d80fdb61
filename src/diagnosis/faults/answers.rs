//! A table of answers as endpoints really send them, and the fault that each one shows.

mod settings;

use crate::diagnosis::diagnose;
use crate::evidence::api::{ApiError, BodyShape};
use crate::evidence::config::{KeyFacts, KeyRef, Sourced};
use crate::evidence::http::Answerer;
use crate::evidence::{Evidence, Failure, FailureKind, Operation, Status};

/// A key was sent to an endpoint with a right path, and this came back.
fn answered(status: u16, who: Option<Answerer>) -> Evidence {
    let mut evidence = Evidence::default();
    evidence.target.base_url = "https://relay.test/v1".to_owned();
    evidence.target.host = Some("relay.test".to_owned());
    evidence.target.port = Some(443);
    evidence.target.key = Some(KeyRef { origin: "OPENAI_API_KEY".to_owned(), tail: "wxyz".to_owned() });
    let url = &mut evidence.config.facts.base_url;
    url.raw = "https://relay.test/v1".to_owned();
    url.origin = "OPENAI_BASE_URL".to_owned();
    url.scheme = "https".to_owned();
    url.path = "/v1".to_owned();
    url.has_version = true;
    evidence.config.facts.key = Some(KeyFacts {
        origin: "OPENAI_API_KEY".to_owned(),
        tail: "wxyz".to_owned(),
        length: 51,
        sendable: true,
        header: "authorization-bearer".to_owned(),
        ..KeyFacts::default()
    });
    evidence.http.status = if status < 400 { Status::Pass } else { Status::Fail };
    evidence.http.skip_reason = None;
    evidence.http.facts.status = Some(status);
    evidence.http.facts.url = "https://relay.test/v1/models".to_owned();
    evidence.http.facts.key_sent = true;
    evidence.http.facts.answered_by = who;
    evidence.tls.facts.trusted = true;
    evidence
}

/// The answer was an error object; `parts` are message, code, type.
fn json(status: u16, who: Option<Answerer>, parts: (&str, &str, &str)) -> Evidence {
    let mut evidence = answered(status, who);
    let (message, code, kind) = parts;
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    evidence.http.facts.content_type = Some("application/json".to_owned());
    evidence.api.facts.shape = BodyShape::ErrorObject;
    evidence.api.facts.error =
        Some(ApiError { message: message.to_owned(), code: some(code), kind: some(kind), ..ApiError::default() });
    evidence
}

/// The answer was a page.
fn page(status: u16, who: Option<Answerer>, body: &str) -> Evidence {
    let mut evidence = answered(status, who);
    evidence.http.facts.content_type = Some("text/html".to_owned());
    evidence.http.facts.body = body.to_owned();
    evidence.http.facts.title =
        body.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>")).map(|(title, _)| title.to_owned());
    evidence.api.facts.shape = BodyShape::Html;
    evidence
}

/// The answer was plain text.
fn plain(status: u16, who: Option<Answerer>, body: &str) -> Evidence {
    let mut evidence = answered(status, who);
    evidence.http.facts.content_type = Some("text/plain".to_owned());
    evidence.http.facts.body = body.to_owned();
    evidence.api.facts.shape = if body.is_empty() { BodyShape::Empty } else { BodyShape::Text };
    evidence
}

fn codes(evidence: &Evidence) -> Vec<&'static str> {
    diagnose(evidence).diagnoses.iter().map(|diagnosis| diagnosis.fault.code).collect()
}

fn primary(evidence: &Evidence) -> &'static str {
    codes(evidence).first().copied().unwrap_or("none")
}

const PROVIDER: Option<Answerer> = Some(Answerer::Provider);
const EDGE: Option<Answerer> = Some(Answerer::CdnEdge);
const RELAY: Option<Answerer> = Some(Answerer::Relay);
const AZURE: Option<Answerer> = Some(Answerer::Azure);
const SERVER: Option<Answerer> = Some(Answerer::Server);

type Row = (u16, Option<Answerer>, (&'static str, &'static str, &'static str), &'static str);

#[rustfmt::skip]
const JSON: &[Row] = &[
    // 400
    (400, PROVIDER, ("This model's maximum context length is 8192 tokens. However, your messages resulted in 8227 tokens. Please reduce the length of the messages.", "context_length_exceeded", "invalid_request_error"), "context-length-exceeded"),
    (400, RELAY, ("This model's maximum context length is 4097 tokens, however you requested 5000 tokens (4000 in your prompt; 1000 for the completion). Please reduce your prompt; or completion length.", "", "invalid_request_error"), "context-length-exceeded"),
    (400, RELAY, ("prompt is too long: 210000 tokens > 200000 maximum", "", "invalid_request_error"), "context-length-exceeded"),
    (400, SERVER, ("the request exceeds the available context size, try increasing it", "400", "exceed_context_size_error"), "context-length-exceeded"),
    (400, PROVIDER, ("Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.", "unsupported_parameter", "invalid_request_error"), "unsupported-parameter"),
    (400, PROVIDER, ("Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is supported.", "unsupported_value", "invalid_request_error"), "unsupported-parameter"),
    (400, PROVIDER, ("Unrecognized request argument supplied: functions", "", "invalid_request_error"), "unsupported-parameter"),
    (400, RELAY, ("litellm.UnsupportedParamsError: anthropic does not support parameters: {'logprobs': True}, for model=claude. To drop these, set `litellm.drop_params=True`", "400", ""), "unsupported-parameter"),
    (400, PROVIDER, ("Your organization must be verified to stream this model. Please go to: https://platform.openai.com/settings/organization/general and click on Verify Organization.", "unsupported_value", "invalid_request_error"), "organization-unverified"),
    (404, PROVIDER, ("Your organization must be verified to use the model `o3`. Please go to: https://platform.openai.com/settings/organization/general and click on Verify Organization.", "model_not_found", "invalid_request_error"), "organization-unverified"),
    (400, PROVIDER, ("We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly.)", "", "invalid_request_error"), "request-not-json"),
    (400, PROVIDER, ("Billing hard limit has been reached", "billing_hard_limit_reached", "invalid_request_error"), "billing-inactive"),
    (400, PROVIDER, ("no such organization : null", "", "invalid_request_error"), "organization-mismatch"),
    (400, PROVIDER, ("Unsupported content type: 'application/json; charset=utf-8'. This API method only accepts 'application/json' requests", "unsupported_content_type", "invalid_request_error"), "content-type-unsupported"),
    (400, PROVIDER, ("Missing required parameter: 'messages'.", "missing_required_parameter", "invalid_request_error"), "request-invalid"),
    (400, PROVIDER, ("Invalid value: 'developr'. Supported values are: 'system', 'assistant'.", "invalid_value", "invalid_request_error"), "request-invalid"),
    (400, PROVIDER, ("Invalid prompt: your prompt was flagged as potentially violating our usage policy.", "invalid_prompt", "invalid_request_error"), "content-filtered"),
    (400, PROVIDER, ("Your request was rejected as a result of our safety system.", "content_policy_violation", "invalid_request_error"), "content-filtered"),
    (400, AZURE, ("The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your prompt and retry.", "content_filter", ""), "content-filtered"),
    (400, SERVER, ("Content Exists Risk", "invalid_request_error", "invalid_request_error"), "content-filtered"),
    (400, SERVER, ("User location is not supported for the API use.", "400", "FAILED_PRECONDITION"), "region-unsupported"),
    (400, SERVER, ("API key not valid. Please pass a valid API key.", "400", "INVALID_ARGUMENT"), "key-invalid"),
    (400, SERVER, ("Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.", "", "invalid_request_error"), "quota-exhausted"),
    (400, SERVER, ("Model Not Exist", "invalid_request_error", "invalid_request_error"), "model-not-found"),
    (400, SERVER, ("The model `mixtral-8x7b-32768` has been decommissioned and is no longer supported.", "model_decommissioned", "invalid_request_error"), "model-not-found"),
    (400, RELAY, ("/chat/completions: Invalid model name passed in model=gpt-9. Call `/v1/models` to view available models for your key.", "400", "None"), "model-not-found"),
    (400, RELAY, ("Budget has been exceeded! Current cost: 10.2, Max budget: 10.0", "400", "budget_exceeded"), "relay-quota-exhausted"),
    // 401
    (401, PROVIDER, ("Incorrect API key provided: sk-ab************wxyz. You can find your API key at https://platform.openai.com/account/api-keys.", "invalid_api_key", "invalid_request_error"), "key-invalid"),
    (401, PROVIDER, ("", "", "invalid_request_error"), "key-invalid"),
    (401, PROVIDER, ("You must be a member of an organization to use the API", "", "invalid_request_error"), "organization-membership-missing"),
    (401, PROVIDER, ("Your IP address is not authorized to access this project.", "ip_not_authorized", "invalid_request_error"), "ip-not-allowlisted"),
    (401, PROVIDER, ("This key is associated with a deactivated account. If you feel this is an error, contact us.", "account_deactivated", "invalid_request_error"), "account-deactivated"),
    (401, RELAY, ("Your OpenAI account has been deactivated, please check your email for more information.", "", "requests"), "account-deactivated"),
    (401, PROVIDER, ("The OpenAI account associated with this API key has been deactivated.", "account_deactivated", "invalid_request_error"), "account-deactivated"),
    (401, PROVIDER, ("OpenAI-Organization header should match organization for API key", "mismatched_organization", "invalid_request_error"), "organization-mismatch"),
    (401, PROVIDER, ("You have insufficient permissions for this operation. Missing scopes: model.request. Check that you have the correct role in your organization.", "", "invalid_request_error"), "key-scope-missing"),
    (401, PROVIDER, ("Your authentication token has been invalidated. Please try signing in again.", "token_invalidated", "invalid_request_error"), "key-session-invalidated"),
    (401, PROVIDER, ("Provided authentication token is expired. Please try signing in again.", "token_expired", ""), "key-session-invalidated"),
    (401, PROVIDER, ("You must use the regional hostname eu.api.openai.com for this project.", "incorrect_hostname", "invalid_request_error"), "regional-hostname-required"),
    (401, RELAY, ("Authentication Error, Invalid proxy server token passed. Received API Key = sk-...wxyz, Key Hash (Token) =88dc. Unable to find token in cache or `LiteLLM_VerificationTokenTable`", "401", "token_not_found_in_db"), "litellm-key-unknown"),
    (401, RELAY, ("无效的令牌 (request id: 20240903132633756782166AeCxdlyd)", "", "one_api_error"), "key-invalid"),
    (401, RELAY, ("该令牌状态不可用", "", "new_api_error"), "key-invalid"),
    (401, RELAY, ("该令牌额度已用尽 TokenStatusExhausted[sk-xxx]", "", "new_api_error"), "relay-quota-exhausted"),
    (401, SERVER, ("Authentication Fails, Your api key: ****wxyz is invalid", "invalid_request_error", "authentication_error"), "key-invalid"),
    (401, SERVER, ("Invalid Authentication", "", "invalid_authentication_error"), "key-invalid"),
    (401, SERVER, ("invalid x-api-key", "", "authentication_error"), "key-invalid"),
    (401, AZURE, ("Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource.", "401", ""), "azure-key-or-endpoint-invalid"),
    (401, AZURE, ("Principal does not have access to API/Operation.", "PermissionDenied", ""), "key-scope-missing"),
    // 402
    (402, SERVER, ("Insufficient Balance", "invalid_request_error", "unknown_error"), "quota-exhausted"),
    (402, RELAY, ("This request requires more credits, or fewer max_tokens. You requested up to 65536 tokens, but can only afford 1000.", "402", ""), "quota-exhausted"),
    (402, SERVER, ("?", "", ""), "quota-exhausted"),
    // 403
    (403, EDGE, ("Country, region, or territory not supported", "unsupported_country_region_territory", "request_forbidden"), "region-unsupported"),
    (403, PROVIDER, ("Project `proj_abc` does not have access to model `gpt-4.1`", "model_not_found", "invalid_request_error"), "model-access-denied"),
    (403, PROVIDER, ("You are not allowed to sample from this model", "", "invalid_request_error"), "model-access-denied"),
    (403, PROVIDER, ("The OpenAI API can only be accessed over HTTPS. Ensure the URL starts with 'https://'", "", "invalid_request_error"), "base-url-scheme-mismatch"),
    (403, RELAY, ("用户额度不足, 剩余额度: ＄0.000000", "insufficient_user_quota", "new_api_error"), "relay-quota-exhausted"),
    (403, RELAY, ("预扣费额度失败, 用户剩余额度: ＄0.206574, 需要预扣费额度: ＄24.314868", "", "new_api_error"), "relay-quota-exhausted"),
    (403, RELAY, ("token quota is not enough, token remain quota: $0.1, need quota: $0.5", "pre_consume_token_quota_failed", "new_api_error"), "relay-quota-exhausted"),
    (403, RELAY, ("该令牌无权使用模型：gpt-4o", "", "one_api_error"), "model-access-denied"),
    (403, RELAY, ("您的IP地址没有接口访问权限", "1220", ""), "ip-not-allowlisted"),
    (403, RELAY, ("用户已被封禁", "", "one_api_error"), "account-deactivated"),
    (403, SERVER, ("Your account has insufficient balance, please recharge", "30001", ""), "quota-exhausted"),
    (403, AZURE, ("Access denied due to Virtual Network/Firewall rules.", "403", ""), "azure-network-rules"),
    (403, AZURE, ("Public access is disabled. Please configure private endpoint.", "403", ""), "azure-network-rules"),
    (403, AZURE, ("A Virtual Network is configured for this resource. Please use the correct endpoint for making requests.", "AccessDenied", ""), "azure-network-rules"),
    (403, RELAY, ("This model is not available in your region.", "403", ""), "region-unsupported"),
    (403, SERVER, ("Forbidden", "", ""), "key-scope-missing"),
    // 404
    (404, PROVIDER, ("The model `gtp-4` does not exist or you do not have access to it.", "model_not_found", "invalid_request_error"), "model-not-found"),
    (404, SERVER, ("model \"llama3\" not found, try pulling it first", "", "api_error"), "model-not-found"),
    (404, SERVER, ("The model `x` does not exist.", "404", "NotFoundError"), "model-not-found"),
    (404, SERVER, ("models/gemini-x is not found for API version v1beta, or is not supported for generateContent.", "404", "NOT_FOUND"), "model-not-found"),
    (404, RELAY, ("No endpoints found for foo/bar.", "404", ""), "model-not-found"),
    (404, PROVIDER, ("Invalid URL (POST /v1/v1/chat/completions)", "", "invalid_request_error"), "base-url-duplicated-path"),
    (404, PROVIDER, ("Unknown request URL: POST /chat/completions. Please check the URL for typos", "unknown_url", "invalid_request_error"), "base-url-missing-version"),
    (404, PROVIDER, ("Invalid URL (GET /v1/modls)", "", "invalid_request_error"), "endpoint-not-found"),
    (404, PROVIDER, ("This is a chat model and not supported in the v1/completions endpoint. Did you mean to use v1/chat/completions?", "", "invalid_request_error"), "request-invalid"),
    (404, AZURE, ("The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again.", "DeploymentNotFound", ""), "azure-deployment-not-found"),
    (404, AZURE, ("Resource not found", "404", ""), "azure-deployment-not-found"),
    (405, SERVER, ("Method Not Allowed", "", ""), "method-not-allowed"),
    (408, AZURE, ("The operation was timeout.", "Timeout", ""), "gateway-timeout"),
    (408, RELAY, ("APITimeoutError - Request timed out.", "408", ""), "gateway-timeout"),
    (413, SERVER, ("Max 50KB allowed", "", ""), "payload-too-large"),
    (413, SERVER, ("Request too large for model `llama` in organization `org_x` service tier `on_demand` on tokens per minute (TPM): Limit 6000, Requested 7000, please reduce your message size and try again.", "rate_limit_exceeded", "tokens"), "request-exceeds-token-limit"),
    (422, SERVER, ("body → messages → 1 → role: Input should be 'user' or 'assistant'", "", "literal_error"), "request-invalid"),
    (422, SERVER, ("Field required", "", "missing"), "request-invalid"),
    // 429
    (429, PROVIDER, ("Rate limit reached for gpt-4o-mini in organization org-x on requests per min (RPM): Limit 3, Used 3, Requested 1. Please try again in 20s.", "rate_limit_exceeded", "requests"), "rate-limited-requests"),
    (429, PROVIDER, ("Rate limit reached for gpt-4 in organization org-x on tokens per min (TPM): Limit 10000, Used 8554, Requested 3082. Please try again in 9.816s.", "rate_limit_exceeded", "tokens"), "rate-limited-tokens"),
    (429, PROVIDER, ("Rate limit reached for 10KTPM-200RPM in organization org-x on tokens per min. Limit: 10000 / min. Please try again in 6ms.", "", "tokens"), "rate-limited-tokens"),
    (429, PROVIDER, ("Rate limit reached for default-global-with-image-limits in organization org-x on requests per min. Limit: 60.000000 / min. Current: 70.000000 / min.", "", "requests"), "rate-limited-requests"),
    (429, PROVIDER, ("Request too large for gpt-4o in organization org-x on tokens per min (TPM): Limit 30000, Requested 61337. The input or output tokens must be reduced in order to run successfully.", "rate_limit_exceeded", "tokens"), "request-exceeds-token-limit"),
    (429, PROVIDER, ("You exceeded your current quota, please check your plan and billing details.", "insufficient_quota", "insufficient_quota"), "quota-exhausted"),
    (429, PROVIDER, ("You exceeded your current quota, please check your plan and billing details.", "", "insufficient_quota"), "quota-exhausted"),
    (429, PROVIDER, ("", "organization_spend_limit_exceeded", "insufficient_quota"), "quota-exhausted"),
    (429, PROVIDER, ("Your account is not active, please check your billing details on our website.", "billing_not_active", "billing_not_active"), "billing-inactive"),
    (429, PROVIDER, ("The rate of requests rose too quickly.", "slow_down", "rate_limit_error"), "rate-limited-requests"),
    (429, PROVIDER, ("That model is currently overloaded with other requests. You can retry your request.", "", "server_error"), "service-overloaded"),
    (429, SERVER, ("The engine is currently overloaded, please try again later", "", "engine_overloaded_error"), "service-overloaded"),
    (429, AZURE, ("The system is currently experiencing high demand and cannot process your request.", "429", ""), "service-overloaded"),
    (429, AZURE, ("Requests to the ChatCompletions_Create Operation under Azure OpenAI API version 2024-02-01 have exceeded token rate limit of your current OpenAI S0 pricing tier. Please retry after 54 seconds.", "429", ""), "rate-limited-tokens"),
    (429, AZURE, ("Requests to the ChatCompletions_Create Operation under Azure OpenAI API version 2024-02-01 have exceeded call rate limit of your current OpenAI S0 pricing tier. Please retry after 6 seconds.", "429", ""), "rate-limited-requests"),
    (429, RELAY, ("当前分组上游负载已饱和，请稍后再试 (request id: 20250423020142736330894dLoIRrS6)", "", "new_api_error"), "relay-saturated"),
    (429, RELAY, ("No deployments available for selected model, Try again in 5 seconds. Passed model=gpt-4o. pre-call-checks=False, cooldown_list=['abc']", "429", "None"), "relay-cooling-down"),
    (429, RELAY, ("Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 free model requests per day", "429", ""), "rate-limited-requests"),
    (429, SERVER, ("This request would exceed your organization's rate limit of 40,000 input tokens per minute.", "", "rate_limit_error"), "rate-limited-tokens"),
    (429, SERVER, ("Rate limit reached for RPM", "rpm_rate_limit_exceeded", "rate_limit_exceeded"), "rate-limited-requests"),
    (429, SERVER, ("您当前使用该API的并发数过高，请降低并发，或联系客服增加限额。", "1302", ""), "rate-limited-requests"),
    (429, SERVER, ("您的账户已欠费，请充值后重试", "1113", ""), "quota-exhausted"),
    // 5xx
    (500, PROVIDER, ("The server had an error while processing your request. Sorry about that!", "", "server_error"), "server-error"),
    (500, RELAY, ("openai_error", "bad_response_status_code", "upstream_error"), "relay-upstream-error"),
    (502, EDGE, ("Bad gateway.", "502", "cf_bad_gateway"), "bad-gateway"),
    (503, PROVIDER, ("The server is overloaded or not ready yet.", "", "server_error"), "service-overloaded"),
    (503, PROVIDER, ("Our servers are currently overloaded. Please try again later.", "server_is_overloaded", "service_unavailable_error"), "service-overloaded"),
    (503, RELAY, ("当前分组 default 下对于模型 gpt-4o-mini 无可用渠道 (request id: 2025)", "", "v_api_error"), "relay-no-channel"),
    (503, RELAY, ("当前分组 svip 下对于模型  无可用渠道", "", "one_api_error"), "relay-no-channel"),
    (503, RELAY, ("No available channel for model gpt-5 under group default (distributor)", "model_not_found", "new_api_error"), "relay-no-channel"),
    (504, SERVER, ("An error occurred with your deployment", "504", ""), "gateway-timeout"),
    (504, RELAY, ("litellm.Timeout: APITimeoutError - Request timed out. Error_str: Request timed out. - timeout value=60.0", "", ""), "gateway-timeout"),
    (524, EDGE, ("Gateway timeout.", "524", "cf_gateway_timeout"), "gateway-timeout"),
    (529, SERVER, ("Overloaded", "", "overloaded_error"), "service-overloaded"),
];

#[test]
fn json_answers_are_told_apart() {
    let wrong: Vec<String> = JSON
        .iter()
        .map(|(status, who, parts, expected)| (json(*status, *who, *parts), parts, status, expected))
        .filter(|(evidence, _, _, expected)| primary(evidence) != **expected)
        .map(|(evidence, parts, status, expected)| {
            format!("{status} {parts:?}: expected {expected}, found {:?}", codes(&evidence))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

const NGINX_413: &str =
    "<html><head><title>413 Request Entity Too Large</title></head><body><hr><center>nginx</center></body></html>";

#[rustfmt::skip]
const PAGES: &[(u16, Option<Answerer>, &str, &str)] = &[
    (403, EDGE, "<!DOCTYPE html><html><head><title>Just a moment...</title></head></html>", "cdn-challenge"),
    (403, EDGE, "<!DOCTYPE html><html><head><title>Attention Required! | Cloudflare</title></head></html>", "cdn-challenge"),
    (403, EDGE, "<html><title>Access denied | relay.test used Cloudflare to restrict access</title></html>", "cdn-challenge"),
    (403, EDGE, "<html><body>blank</body></html>", "cdn-challenge"),
    (403, SERVER, "<html><head><title>403 Forbidden</title></head><body><center>nginx</center></body></html>", "waf-blocked-user-agent"),
    (404, SERVER, "<html><head><title>404 Not Found</title></head><body><center>nginx</center></body></html>", "endpoint-not-found"),
    (405, SERVER, "<html><head><title>405 Not Allowed</title></head><body><center>nginx/1.18.0</center></body></html>", "method-not-allowed"),
    (413, SERVER, NGINX_413, "payload-too-large"),
    (400, SERVER, "<html><title>400 The plain HTTP request was sent to HTTPS port</title><body><center>The plain HTTP request was sent to HTTPS port</center></body></html>", "base-url-scheme-mismatch"),
    (500, SERVER, "<html><title>500 Internal Server Error</title></html>", "server-error"),
    (502, SERVER, "<html><head><title>502 Bad Gateway</title></head><body><center>nginx</center></body></html>", "bad-gateway"),
    (502, EDGE, "<html><head><title>relay.test | 502: Bad gateway</title></head></html>", "bad-gateway"),
    (503, SERVER, "<html><head><title>503 Service Temporarily Unavailable</title></head></html>", "service-overloaded"),
    (504, SERVER, "<html><head><title>504 Gateway Time-out</title></head><body><center>nginx</center></body></html>", "gateway-timeout"),
    (520, EDGE, "<html><head><title>relay.test | 520: Web server is returning an unknown error</title></head></html>", "cdn-origin-unreachable"),
    (521, EDGE, "<html><head><title>relay.test | 521: Web server is down</title></head></html>", "cdn-origin-unreachable"),
    (522, EDGE, "<html><head><title>relay.test | 522: Connection timed out</title></head></html>", "cdn-origin-unreachable"),
    (524, EDGE, "<html><head><title>relay.test | 524: A timeout occurred</title></head></html>", "gateway-timeout"),
    (525, EDGE, "<html><head><title>relay.test | 525: SSL handshake failed</title></head></html>", "cdn-origin-unreachable"),
    (526, EDGE, "<html><head><title>relay.test | 526: Invalid SSL certificate</title></head></html>", "cdn-origin-unreachable"),
    (200, SERVER, "<!DOCTYPE html><html><head><title>New API</title></head></html>", "base-url-not-an-api"),
];

#[test]
fn pages_are_told_apart() {
    let wrong: Vec<String> = PAGES
        .iter()
        .map(|(status, who, body, expected)| (page(*status, *who, body), status, body, expected))
        .filter(|(evidence, _, _, expected)| primary(evidence) != **expected)
        .map(|(evidence, status, body, expected)| {
            format!("{status} {body}: expected {expected}, found {:?}", codes(&evidence))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn plain_texts_are_told_apart() {
    for (status, who, body, expected) in [
        (403, EDGE, "error code: 1010", "waf-blocked-user-agent"),
        (403, EDGE, "error code: 1020", "cdn-challenge"),
        (520, EDGE, "error code: 520", "cdn-origin-unreachable"),
        (404, SERVER, "404 page not found", "endpoint-not-found"),
        (404, SERVER, "", "endpoint-not-found"),
        (401, SERVER, "Unauthorized", "key-invalid"),
        (403, SERVER, "", "key-scope-missing"),
        (400, SERVER, "Client sent an HTTP request to an HTTPS server.", "base-url-scheme-mismatch"),
        (503, SERVER, "", "service-overloaded"),
        (500, SERVER, "Internal Server Error", "server-error"),
        (502, RELAY, "error code: 502", "bad-gateway"),
        (415, SERVER, "", "content-type-unsupported"),
        (426, SERVER, "Upgrade Required", "websocket-blocked"),
        (200, SERVER, "ok", "response-not-json"),
        (204, SERVER, "", "response-not-json"),
        // Statuses that say nothing but their class.
        (301, SERVER, "", "base-url-redirects"),
        (304, SERVER, "", "response-not-json"),
        (431, SERVER, "Request Header Fields Too Large", "request-invalid"),
        (451, SERVER, "", "request-invalid"),
        (598, SERVER, "", "server-error"),
        (999, SERVER, "Request denied", "response-not-json"),
    ] {
        let evidence = plain(status, who, body);
        assert_eq!(primary(&evidence), expected, "{status} {body}: {:?}", codes(&evidence));
    }
}

#[test]
fn a_key_that_was_sent_and_did_not_arrive_was_stripped() {
    let said = (
        "You didn't provide an API key. You need to provide your API key in an Authorization header.",
        "",
        "invalid_request_error",
    );
    assert_eq!(codes(&json(401, PROVIDER, said)), ["auth-header-stripped"]);

    let mut without = json(401, PROVIDER, said);
    without.http.facts.key_sent = false;
    without.target.key = None;
    without.config.facts.key = None;
    assert_eq!(codes(&without), ["key-missing"]);

    let mut working = answered(200, SERVER);
    working.api.facts.shape = BodyShape::ModelList;
    working.target.key = None;
    working.config.facts.key = None;
    assert!(codes(&working).is_empty());
}

#[test]
fn a_dead_network_does_not_hide_that_there_is_no_key() {
    let mut evidence = Evidence::default();
    evidence.config.facts.base_url.provider = Some("openai".to_owned());
    assert_eq!(codes(&evidence), ["key-missing"]);
    // An endpoint nobody knows may need no key.
    evidence.config.facts.base_url.provider = None;
    assert!(codes(&evidence).is_empty());
}

#[test]
fn other_sources_are_named_when_the_request_is_refused() {
    let mut evidence = json(401, PROVIDER, ("Incorrect API key provided: sk-****wxyz.", "invalid_api_key", ""));
    evidence.config.facts.base_url.shadowed =
        vec![Sourced { value: "https://other.test/v1".to_owned(), origin: "OPENAI_API_BASE".to_owned() }];
    assert_eq!(codes(&evidence), ["key-invalid", "env-shadows-config"]);
}

#[test]
fn an_error_with_status_200_is_an_error() {
    let evidence = json(200, RELAY, ("用户额度不足", "insufficient_user_quota", "new_api_error"));
    assert_eq!(codes(&evidence), ["relay-quota-exhausted", "relay-status-rewritten"]);
}

#[test]
fn findings_name_what_decided_and_mask_the_key() {
    let mut evidence = json(
        429,
        PROVIDER,
        (
            "You exceeded your current quota, please check your plan and billing details.",
            "insufficient_quota",
            "insufficient_quota",
        ),
    );
    evidence.api.facts.request_id = Some("req_0123".to_owned());
    evidence.http.facts.answered_by_signs = vec!["openai-version".to_owned()];
    let outcome = diagnose(&evidence);
    let finding = &outcome.diagnoses[0].finding;
    let said = finding.evidence.iter().map(|sentence| sentence.en.as_str()).collect::<Vec<_>>().join("\n");
    for part in ["429", "insufficient_quota", "req_0123", "openai-version"] {
        assert!(said.contains(part), "{part} is not in {said}");
    }
    assert_eq!(finding.ruled_out[0].fault, "rate-limited-requests");

    let evidence = json(401, PROVIDER, ("Incorrect API key provided: sk-proj-ab********wxyz.", "invalid_api_key", ""));
    let said = format!("{:?}", diagnose(&evidence).diagnoses[0].finding.evidence);
    assert!(said.contains("[key …wxyz]") && !said.contains("sk-proj-ab"), "{said}");
}

#[test]
fn numbers_of_the_answer_become_fixes() {
    let mut evidence = json(
        429,
        PROVIDER,
        (
            "Rate limit reached for gpt-4 in organization org-x on tokens per min (TPM): Limit 10000, Used 8554, Requested 3082. Please try again in 9.816s.",
            "rate_limit_exceeded",
            "tokens",
        ),
    );
    evidence.api.facts.retry_after_s = Some(9.816);
    let outcome = diagnose(&evidence);
    assert!(outcome.diagnoses[0].fixes[0].text.en.starts_with("Wait 9.816 s"));
    assert!(outcome.diagnoses[0].finding.evidence.iter().any(|sentence| sentence.en.contains("8554 of 10000")));

    let mut evidence = json(
        404,
        PROVIDER,
        ("The model `gtp-4o` does not exist or you do not have access to it.", "model_not_found", ""),
    );
    evidence.api.facts.first_models = vec!["o3".to_owned(), "gpt-4o".to_owned(), "dall-e-3".to_owned()];
    assert!(diagnose(&evidence).diagnoses[0].fixes[0].text.en.ends_with("gpt-4o"));
}

#[test]
fn a_process_without_descriptors_is_its_own_fault() {
    let mut evidence = Evidence::default();
    evidence.tcp.status = Status::Fail;
    evidence.tcp.failure =
        Some(Failure::new(FailureKind::TooManyOpenFiles, Operation::Connect, "Too many open files (os error 24)"));
    assert_eq!(primary(&evidence), "connection-pool-exhausted");
}
