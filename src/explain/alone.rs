//! Texts that are little, and all that was pasted: bodies, notices, a number that stands for words.

use super::tests::assert_told_apart;

/// What is understood where it is pasted alone, and is too little to be looked for in a log.
#[rustfmt::skip]
const ALONE: &[(&[&str], &str)] = &[
    // Bodies that are all there is, codes of gRPC.
    (&["key-invalid", "key-missing", "key-wrong-provider"], "{\"error\":\"Unauthorized\"}"),
    (&["request-invalid"], "{\"error\":\"model is required\"}"),
    (&["unsupported-parameter"], "{\"error\":\"stop_words is not supported by this gateway\"}"),
    (&["key-scope-missing", "model-access-denied"], "vertexai: grpc_status:7, grpc_message: the caller may not do this"),
    // What programs tell their users, in some languages.
    (&["key-missing"], "Bitte prüfen: der API-Schlüssel fehlt"),
    (&["rate-limited-requests"], "Veuillez réessayer plus tard : trop de requêtes vers le serveur"),
    (&["context-length-exceeded"], "お手数ですが、コンテキストが長すぎます。モデルへの会話を短くしてください"),
    (&["quota-exhausted"], "Пожалуйста, пополните счет провайдера: баланс исчерпан"),
    (&["gateway-timeout"], "网关超时，请重试"),
    (&["proxy-auth-required"], "Sorry, please authenticate with your proxy before this request"),
    (&["tls-clock-skew"], "Sorry, your system time does not match that of the server"),
    (&["tcp-refused"], "Please start it first: Ollama is not running"),
    // A relay's words around what its system says.
    (&["relay-upstream-error", "connection-closed-early"], "do request failed: Post \"https://upstream/v1/chat/completions\": EOF upstream error: do request failed"),
    (&["tcp-timeout"], "500 do request failed: Post \"https://up.example/v1/messages\": dial tcp 203.0.113.9:443: i/o timeout"),
    (&["azure-deployment-not-found"], "404: litellm.APIError: AzureException APIError - Resource not found"),
    (&["request-invalid"], "404 This is a chat model and not supported in the v1/completions endpoint."),
    (&["unsupported-parameter", "request-invalid"], "messages.3.cache_control: Extra inputs are not permitted"),
    (&["sse-nonstandard"], "AI_TypeValidationError: Type validation failed: Value: {\"object\":\"chat.completion.chunk\",\"usage\":{}}. Error message: expected array at choices"),
    (&["base-url-duplicated-path"], "When I list the models of my vllm, it logs \"GET /v1//models HTTP/1.1\" 404 Not Found"),
    (&["key-invalid"], "调用模型时出错: 401 Client Error: Unauthorized for url: https://llm.example.com/v1/chat/completions"),
    (&["response-not-json"], "Response body is not valid JSON: error decoding response body for url (https://llm.example.com/v1/models)"),
    (&["server-error"], "500 Internal Server Error {\"error\":\"an error was encountered while running the model: unexpected EOF\"}"),
    (&["request-invalid"], "400 Bad Request {\"error\":\"json: cannot unmarshal string into Go struct field .messages.content of type array\"}"),
    (&["dns-no-answer"], "Could not connect to api.anthropic.com: getaddrinfo EREFUSED"),
    (&["quota-exhausted"], "Acceso al modelo denegado: saldo insuficiente o falta de autorización"),
    (&["server-error"], "サーバーで内部サーバーエラーが発生しました。しばらくお待ちください"),
    (&["rate-limited-requests"], "请求速度过快，服务商限制了访问"),
    (&["key-missing"], "Kein API-Schlüssel im Dienst hinterlegt"),
    (&["base-url-missing-version"], "POST http://127.0.0.1:8000/chat/completions \"HTTP/1.1 404 Not Found\""),
    (&["payload-too-large"], "encountered an error: invalid character '<' looking for beginning of value status: 413 Request Entity Too Large"),
    (&["relay-quota-exhausted"], "Error code: 403 - {'error': {'message': 'The account balance is insufficient', 'code': 'insufficient_user_quota'}}"),
    (&["loopback-in-container"], "localhost and 127.0.0.1 cannot be reached from inside this container"),
    (&["proxy-auth-required"], "could not connect to proxy: proxy.example.com:3128 status code: 407"),
    (&["tcp-refused"], "connect ECONNREFUSED 127.0.0.1:11434. This usually means that Ollama is not running."),
    (&["bad-gateway"], "Bad Gateway"),
    (&["gateway-timeout"], "504 Gateway Time-out"),
    // Numbers that stand for words.
    (&["tcp-timeout", "read-timeout"], "Claude error: Curl failed with exit code 28. See its manual."),
    (&["tls-clock-skew"], "x509: certificate has expired or is not yet valid: current time 2020-01-01T00:00:00Z is before 2025-01-01T00:00:00Z"),
];

#[test]
fn bodies_and_notices_are_understood_alone() {
    assert_told_apart(ALONE);
}
