//! Answers about what is wrong with a key, an account, its money or its request.

use super::{Canned, Sender, answer, with};

/// They all.
pub(super) const ALL: &[Canned] = &[
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
];
