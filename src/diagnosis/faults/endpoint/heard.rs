//! What clients print of an answer that is none of an API's, and a server's words for a path it does not know.

use crate::diagnosis::Heard;

#[rustfmt::skip]
pub(super) const NOT_FOUND: &[Heard] = &[
    Heard::cause(&["embeddings not supported", "/compact not supported"]),
    Heard::cause(&["completions not found, verify", "not found, verify your api base"]),
    Heard::cause(&[
        "cannot post /chat", "cannot post /v1", "cannot post /api", "cannot post /completions",
        "cannot post /responses", "cannot get /v1", "cannot get /models", "cannot post /embeddings",
        "cannot post /openai", "unexpected endpoint or method", "filenotfoundexception: http",
    ])
    .but_not(&["/v1/v1"]),
    // FastAPI's, where the client keeps the status to itself.
    Heard::symptom(&[
        "\"detail\":\"not found\"", "\"detail\": \"not found\"", "'detail': 'not found'",
        "the resource you are requesting could not be found",
    ]),
];

#[rustfmt::skip]
pub(super) const NOT_JSON: &[Heard] = &[
    Heard::cause(&["failed deserialization of"]).and(&["async_openai", "openai", "llm"]),
    Heard::cause(&[
        "failed to process successful response", "emptyresponsebodyerror", "empty response body",
        "invalid header value: \"text/html", "response could not be serialized, input data was nil",
        "\"... is not valid json", "response body is not valid json", "can not parse returned response",
        "into go value of type openai.",
    ]),
    Heard::cause(&[
        "unexpected token '<'", "unexpected token <", "unexpected token \"<\"", "unexpected token '<', \"<!doctype",
        "invalid character '<' looking for beginning of value", "'<' is an invalid start of a value",
        "unexpected character encountered while parsing value: <", "unexpected character ('<'",
        "unrecognized token '<'", "unexpected token at '<", "unexpected character '<'",
        "unexpected identifier \"html\"", "<!doctype \"... is not valid json",
        "no suitable httpmessageconverter found for response type", "unexpected character (at character 1)",
        "unexpected character (at line 1, character 1)", "expected begin_object but was string",
        "expected begin_array but was string", "use jsonreader.setlenient", "jsonreader.setlenient(true)",
        "malformedjsonexception", "parse error: expected http/", "hpe_invalid_constant",
        "invalid http version parsed", "malformed http response", "with unexpected mimetype",
        "'str' object has no attribute 'choices'", "'str' object has no attribute 'data'",
        "'str' object has no attribute 'model_dump'", "string indices must be integers, not 'str' (choices)",
        "failed to deserialize api response", "invalid content-type: text/html",
        "content-type: text/html, expected", "expected json, got text/html", "expected json but",
        "expected json response", "returned html instead of json", "received html instead of json",
        "html instead of json", "failed to deserialize the json response", "code=-1015",
        "nsurlerrordomain error -1015", "nsurlerror -1015", "code=-1016", "nsurlerrordomain error -1016",
        "nsurlerror -1016", "code=-1017", "nsurlerrordomain error -1017", "nsurlerror -1017",
        "cannot parse response", "got html instead", "received an html", "returned an html",
        "json.parse: unexpected character at line 1 column 1", "http code 200 from api (",
        "' looking for beginning of value", "in json at position 0", "unexpected token 'd', \"data:",
        "unexpected token 'e', \"event:", "unexpected token 'i', \"internal", "返回了 html", "返回了html",
        "返回的不是 json", "返回的不是json", "返回内容不是 json", "不是有效的 json", "非 json 格式", "非json格式",
    ])
    .but_not(&["tool_call", "function call", "outputparser", "output parser"]),
    Heard::symptom(&[
        "language model did not provide any assistant messages", "could not parse http response",
        "failed to parse http response", "unable to parse http response", "failed to parse api response",
        "failed to parse the api response", "malformed json in response", "invalid json response body",
        "invalid json response", "unserializableresponse", "jsondeserialize(error(", "http code 200 from api",
        "looking for beginning of value", "response is not valid json", "response was not valid json",
        "parse json response", "parsing json response", "decode json response", "json response body",
        "parse the json response", "解析 json 响应", "解析响应失败", "响应解析失败", "解析返回", "json 解析失败",
        "json decode error", "unable to get json response",
    ]),
    Heard::cause(&["content-type", "content type", "contenttype", "mime type", "mimetype"])
        .and(&[
            "invalid: text/html", "got text/html", "got: text/html", "unexpected content type: text",
            "received text/html", "was text/html", "unexpected content-type: text", "but was: text/html",
            "instead of json", "not application/json",
        ]),
    // Blank lines that keep a connection alive, and nothing after them.
    Heard::symptom(&["expecting value: line"]).and(&["api call failed", "received response -", "apiresponse [200"]),
    // Swift's SDKs, where an error came instead of an answer.
    Heard::symptom(&["decodingerror.keynotfound", "keynotfound(codingkeys(stringvalue"])
        .and(&["stringvalue: \"choices\"", "stringvalue: \"object\"", "chatresult", "chatcompletion", "openai"]),
    // What stands behind a status that Go's and nginx's servers write as plain text: `404 page not found`.
    Heard::symptom(&["token p in json at position 4", "token n in json at position 4", "after json at position 4"]),
    Heard::symptom(&["in json at position 0"])
        .and(&["\"status\":\"fail\"", "openai", "completions", "api request"]),
    Heard::symptom(&[
        "expecting value: line 1 column 1", "expected value at line 1 column 1", "unexpected end of json input",
        "syntax error, unexpected end of file, json", "does not contain any json tokens",
        "no content to map due to end-of-input",
    ])
    .and(&[
        "chatgpt", "chatcompletion", "createcompletion", "chatmodel", "requests", "httpx", "aiohttp", "openai",
        "response.json", "resp.json", "res.json", "reqwest", "fetch", "api", "[done]", "revchatgpt",
    ])
    .but_not(&["json.loads(completion", "output parser", "outputparser", "tool_call", "function call"]),
];
