//! Pastes of clouds' SDKs, proxies, resolvers and unusual clients, and the faults that each may be said to show.

use super::tests::assert_told_apart;

#[rustfmt::skip]
pub(super) const CLIENTS: &[(&[&str], &str)] = &[
    // A browser's extension, Go on Windows, an editor's server.
    (&["rate-limited-requests", "quota-exhausted"], "Failed to load response from ChatGPT:\n(429)"),
    (&["tcp-timeout", "dns-poisoned"], "dial tcp 203.0.113.7:443: connectex: A connection attempt failed"),
    (&["request-invalid", "model-access-denied"], "error: [AskController] Error handling request 400 Provider is not allowed"),
    (&["azure-deployment-not-found"], "openai.NotFoundError: No valid deployments to route to. Please look at the endpoint."),
    (&["rate-limited-requests", "quota-exhausted"], "tenacity.RetryError: RetryError[<Future at 0x7f01 state=finished raised RateLimitError>]"),
    (&["key-invalid"], "RetryError[<Future at 0x7f02 state=finished raised AuthenticationError>]"),
    (&["key-invalid"], "! OPENAI_API_KEY is not valid.\nGenerate one at https://platform.openai.com/account/api-keys"),
    (&["tcp-refused"], "ERROR [routers.ollama] Connection error: Cannot connect to host localhost:11434 ssl:default"),
    // What Google counts, by its name.
    (&["rate-limited-requests"], "429 Quota exceeded for aiplatform.googleapis.com/online_prediction_requests_per_minute_per_base_model with base model: gemini-x. Please ask for more."),
    (&["rate-limited-tokens"], "code RESOURCE_EXHAUSTED: Quota exceeded for aiplatform.googleapis.com/generate_content_input_tokens_per_minute_per_base_model with base model: gemini-x"),
    (&["rate-limited-tokens"], "OpenAI answered: Rate limit reached for tokens. Limit: 90000 / min. Current: 91200 / min."),
    // Where nothing but a frame or a word tells the phase.
    (&["read-timeout"], "  File \"/app/venv/lib/python3.12/site-packages/httpcore/_backends/sync.py\", line 126, in read\n    return self._sock.recv(max_bytes)\nTimeoutError: timed out"),
    (&["tls-handshake-timeout"], "WebClientRequestException: handshake timed out after 8000ms"),
    (&["connection-closed-early"], "I/O error on POST request for \"https://api.openai.com/v1/embeddings\": Unexpected end of file from server"),
    (&["connection-closed-early"], "chat.go:31: openai CreateChatCompletion err: EOF"),
    // A proxy fails for every address alike.
    (&["proxy-exit-dead", "proxy-unreachable"], "HTTPSConnectionPool(host='notes.example.org', port=443): Max retries exceeded with url: /bot/latest.json (Caused by ProxyError('Cannot connect to proxy.', RemoteDisconnected('Remote end closed connection without response')))"),
    (&["read-timeout"], "LLM error: model server timeout, http://127.0.0.1:8000 is not responding"),
    (&["base-url-malformed"], "something went wrong: URL constructor: relay is not a valid URL."),
    (&["endpoint-not-found"], "status: 404 {\"timestamp\":1753000000000,\"status\":404,\"error\":\"Not Found\",\"path\":\"/beta/chat\"}"),
    (&["gateway-timeout"], "生成失败\n请求失败: 504"),
    (&["key-invalid"], "llm api status code not 200, code is 401"),
    (&["billing-inactive"], "stream disconnected before completion: this project is at its enforced spend limit"),
    // What .NET and the clouds' SDKs say.
    (&["tls-handshake-reset"], "HttpRequestException: The SSL connection could not be established, see inner exception.\n ---> System.IO.IOException: An existing connection was forcibly closed by the remote host."),
    (&["tls-handshake-refused"], "AuthenticationException: Authentication failed because the remote party sent a TLS alert: 'HandshakeFailure'."),
    (&["key-missing"], "google.auth.exceptions.DefaultCredentialsError: no credentials found, vertexai init"),
    (&["payload-too-large"], "{\"level\":\"error\",\"msg\":\"RequestTooLarge: Error code: 413 - {'error': {'type': 'request_too_large', 'message': 'It exceeds the maximum size'}}\"}"),
    // Clients of Elixir, of Codex; resolvers, proxies and systems that say it in their own way.
    (&["connection-closed-early"], "** (Mint.TransportError) socket closed\n    (req 0.5.0) lib/req.ex:996: Req.request!/2\n    (my_llm 0.1.0) lib/my_llm/openai.ex:12: MyLlm.OpenAI.chat/1"),
    (&["base-url-scheme-mismatch"], "{\"error\": {\"code\": 403, \"message\": \"SSL is required to perform this operation.\", \"status\": \"PERMISSION_DENIED\"}}"),
    (&["loopback-through-proxy"], "httpx.HTTPStatusError: Server error '500 Internal Privoxy Error' for url 'http://localhost:11434/api/generate'"),
    (&["proxy-unreachable"], "proxy(http://127.0.0.1:7890/) intercepts 'https://auth.openai.com/'\nconnect error for 127.0.0.1:7890:\nConnection refused (os error 61)"),
    (&["proxy-scheme-wrong"], "ValueError: Proxy protocol must be either 'http' or 'https', but got 'sock'."),
    (&["dns-no-answer"], "openai: dial tcp: lookup api.openai.com on 10.0.0.2: read udp"),
    (&["connection-pool-exhausted"], "openai client: too many files open"),
    (&["local-firewall"], "Connection error: macOS Local Network Privacy denies it, llm at 192.168.1.9:11434"),
    // Keys, prices and paths in the words of more providers and relays.
    (&["key-quoted"], "Error code: 401 - {'error': {'message': 'Incorrect API key provided: \"sk-proj*****************abc\". You can find your API key at https://platform.openai.com/account/api-keys.', 'code': 'invalid_api_key'}}"),
    (&["relay-quota-exhausted"], "401 {'error': {'code': '', 'message': '[sk-aaa***bbb] Token count has been exhausted token.RemainCount = 0', 'type': 'some_api_error'}}"),
    (&["rate-limited-tokens"], "TPM (Tokens Per Minute) limit of the model doubao-x is exceeded. Please try again later"),
    (&["model-not-found"], "unexpected status 404 Not Found: failed while handling endpoint /responses; cause: Function 'abc': Not found for account 'def', url: http://127.0.0.1:15721/v1/responses"),
    (&["endpoint-not-found"], "Unknown request URL: POST /openai/v1/completions. Please check the URL for typos"),
    (&["content-filtered"], "Error from provider (x): Upstream request failed: [data_inspection_failed] <400> Input text data may contain inappropriate content."),
    (&["context-length-exceeded"], "HTTP 500\n{\"error\":{\"message\":\"openai complete: 400 Bad Request {\\\"message\\\":\\\"Слишком длинный запрос: 99000 токенов\\\"}\"}}"),
    (&["rate-limited-requests"], "Exception: Can not parse returned response. Raw data:\nopenai: HTTP Error 429: Too Many Requests"),
    (&["waf-blocked-user-agent"], "{\"title\": \"Error 1010: Access denied\", \"status\": 403, \"type\": \"https://developers.cloudflare.com/\"}"),
    (&["read-timeout"], "litellm.APIConnectionError: APIConnectionError: OpenAIException - timed out\nRetrying in 0.5 seconds..."),
    (&["endpoint-not-found"], "[Translation failed] HTTP Error - NotFound"),
    (&["server-error"], "Error: failed to start a llama runner"),
    (&["request-invalid"], "Error code: 400 - {'error': {'message': \"Invalid 'input[0].image_url': 'abc' is not a valid URL.\", 'type': 'invalid_request_error', 'param': 'input', 'code': 'invalid_value'}}"),
    (&["key-invalid"], "Incorrect API key provided: sk-proj*****abc. You can find your API key at https://platform.openai.com/account/api-keys."),
    // Bodies that were not read, by serde's reasons, and pages for the origin's owner.
    (&["request-not-json"], "Failed to parse the request body as JSON: EOF while parsing an object at line 3 column 0"),
    (&["request-invalid"], "Failed to parse the request body as JSON: messages[4]: missing field `content` at line 1 column 90"),
    (&["cdn-origin-unreachable"], "\"A 523 error means that Cloudflare could not reach your host web server. Please contact your hosting provider.\""),
    // A router of which every deployment is at its limit.
    (&["relay-cooling-down", "rate-limited-requests"], "RateLimitError: No deployments available for selected model. Passed model=small. Deployments={'a1': {'current_rpm': 3, 'rpm_limit': 3}}"),
    // Go's name of a status, with which a proxy refused or failed to connect.
    (&["proxy-connect-denied"], "chat: Post \"https://api.openai.com/v1/chat/completions\": Forbidden"),
    (&["proxy-exit-dead"], "chat: Post \"https://api.openai.com/v1/chat/completions\": Bad Gateway"),
    (&["response-not-json"], "json: cannot unmarshal number into Go value of type openai.ErrorResponse"),
    (&["tcp-timeout"], "Faraday::ConnectionFailed (execution expired)"),
    // MiniMax answers 200, and the code stands beside.
    (&["rate-limited-requests"], "{\"base_resp\":{\"status_code\":1002,\"status_msg\":\"slow\"}}"),
    (&["request-invalid"], "{\"base_resp\": {\"status_code\": 2013, \"status_msg\": \"params\"}}"),
    // Types that stand for one status each.
    (&["key-scope-missing", "model-access-denied"], "{\"error\":{\"message\":\"odd\",\"type\":\"permission_error\"}}"),
    (&["rate-limited-requests"], "{\"error\":{\"message\":\"odd\",\"type\":\"rate_limit_reached_error\"}}"),
    (&["server-error"], "{\"error\":{\"message\":\"odd\",\"status\":\"INTERNAL\"}}"),
    // Lines of a relay's and of nginx's log.
    (&["service-overloaded"], "[GIN] 2025/01/01 - 12:00:00 | 503 | 403.5ms | 10.0.0.1 | POST     \"/v1/chat/completions\""),
    (&["payload-too-large"], "[error] 9#9: *4 client intended to send too large body: 2097152 bytes, request: \"POST /v1/embeddings HTTP/1.1\""),
    // A resolver's own answer beside the client's.
    (&["dns-no-answer"], "Could not resolve host: api.openai.com\n$ nslookup api.openai.com\n** server can't find api.openai.com: SERVFAIL"),
    (&["dns-name-not-found"], "Could not resolve host: api.openai.com\n$ nslookup api.openai.com\n** server can't find api.openai.com: NXDOMAIN"),
    (&["tcp-timeout"], "{\"error\":{\"code\":\"exception\",\"message\":\"connect relay.example.com:443 timeout after 15 seconds\"}}"),
    // A status about the size says more than what a message may mean.
    (&["payload-too-large"], "Error: 413 {\"error\":{\"type\":\"too_large\",\"message\":\"the request exceeds what is allowed here\"}}"),
    // Why a certificate was refused, in rustls' and OpenSSL's rarer words.
    (&["tls-certificate-untrusted"], "error sending request for url (https://relay.example.com/v1/models)\nclient error (Connect)\ninvalid peer certificate: Other(OtherError(\"certificate is not standards compliant: -67901\"))"),
    (&["tls-certificate-untrusted"], "ssl.SSLError: [SSL: EE_KEY_TOO_SMALL] ee key too small (_ssl.c:3900)"),
    (&["tls-version-unsupported"], "requests.exceptions.SSLError: [SSL: UNSAFE_LEGACY_RENEGOTIATION_DISABLED] unsafe legacy renegotiation disabled"),
    // Dart's Dio, and a call that nobody answered in LiteLLM's list of what cools down.
    (&["read-timeout"], "Unhandled Exception: DioError [DioErrorType.receiveTimeout]: Receiving data timeout[9000ms]"),
    (&["tls-certificate-untrusted"], "DioException [bad certificate]: The certificate of the response is not approved."),
    (&["connection-failed"], "cooldown models: [('b4', {'exception_received': 'litellm.APIError: APIError: OpenAIException - Connection error.', 'status_code': '500', 'cooldown_time': 5})]"),
    // LiteLLM's own keys, and an Ollama that lost its runner.
    (&["litellm-key-unknown", "key-invalid"], "litellm.proxy._types.ProxyException: Authentication Error, Invalid proxy server token passed. key=sk-, not found in db"),
    (&["server-error"], "ollama._types.ResponseError: do load request: Post \"http://127.0.0.1:40000/load\": EOF (status code: 500)"),
    // Vercel's status, whatever is said of a gateway around it, and a timer of a client's own.
    (&["gateway-timeout"], "the request failed because of **504: GATEWAY_TIMEOUT**"),
    (&["read-timeout"], "{\"message\":\"ChatGPT timed out waiting for response\"}"),
    // Who answered, by what was being connected to.
    (&["azure-key-or-endpoint-invalid"], "I get a **401 status code (no body)** error when trying to connect to Azure OpenAI"),
    (&["content-type-unsupported"], "{\"error\":{\"message\":\"1 error: Unsupported Media Type: Only 'application/json' is allowed\",\"type\":\"Bad Request\",\"code\":400}}"),
    (&["cdn-challenge"], "<!DOCTYPE html><head><title>Access denied</title><link rel=\"stylesheet\" href=\"/cdn-cgi/styles/errors.css\" media=\"screen\" />"),
    (&["stream-truncated"], "知识库问答报错：peer closed connection without sending complete message body (incomplete chunked read)"),
];

#[test]
fn pastes_of_unusual_clients_are_told_apart() {
    assert_told_apart(CLIENTS);
}
