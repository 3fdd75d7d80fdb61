//! Answers about a request that went to the wrong place, and Azure's ways of saying so.

use super::{Canned, Sender, answer, with};

/// They all.
pub(super) const ALL: &[Canned] = &[
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
];
