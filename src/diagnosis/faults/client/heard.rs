//! What clients print when their WebSocket is refused or their pool is dry.

use crate::diagnosis::Heard;

/// Statuses that say more than that there is no WebSocket.
const TOLD: &[&str] = &["401", "429"];

#[rustfmt::skip]
pub(super) const WEBSOCKET: &[Heard] = &[
    Heard::cause(&["426 upgrade required", "upgrade required"]).and(&["websocket", "wss://", "ws://"]),
    // Words that only WebSocket libraries say.
    Heard::cause(&[
        "unexpected server response: 4", "unexpected server response: 5", "unexpected server response: 2",
        "unexpected server response: 3", "wsserverhandshakeerror", "when status code '101' was expected",
        "websocketbadstatusexception", "websockethandshakeexception", "handshake status 4", "handshake status 5",
        "error during websocket handshake", "websocket: bad handshake", "server rejected websocket connection",
        "invalidstatuscode: server rejected", "invalidstatus: server rejected", "expected http 101 response",
        "websocket upgrade failed", "websocket upgrade rejected", "failed to upgrade to websocket",
        "websocket handshake failed", "websocket connection failed", "not a websocket handshake",
        "websocket protocol error: handshake", "invalid upgrade header", "invalid sec-websocket-accept",
        "tungstenite: http error", "websocket error: http error", "to websocket: http error",
        "websocket connect failed: http",
    ])
    .but_not(TOLD),
    Heard::cause(&["websocket connection to"]).and(&["failed", "error", "refused"]).but_not(TOLD),
];

#[rustfmt::skip]
pub(super) const POOL: &[Heard] = &[
    Heard::cause(&[
        "lacked sufficient buffer space", "缓冲区空间不足或队列已满", "finch was unable to provide a connection",
        "pending for more than the configured timeout", "connection pool shut down", "too many files open",
    ]),
    Heard::cause(&[
        "too many open files", "pooltimeout", "errno 24]", "os error 24)", "emfile", "enfile", "und_err_pool",
        "timeout waiting for connection from pool", "connection pool is full and", "connection pool timeout",
        "connection pool exhausted", "connection pool is exhausted", "maximum number of connections reached",
        "连接池已满", "连接池耗尽", "pool timeout", "connectionpooltimeout", "pending acquire queue",
        "poolacquirependinglimit", "poolacquiretimeout", "acquire operation took longer",
        "cannot assign requested address", "can't assign requested address", "eaddrnotavail", "winerror 10048",
        "only one usage of each socket address", "winerror 10055", "no buffer space available",
        "通常每个套接字地址", "打开的文件过多",
    ])
    .but_not(&[
        "queuepool", "sqlalchemy", "hikari", "bind on address", "address already in use", "inotify", "postgres",
        "mysql", "mongodb", "redis", "database", "git:", "webpack", "vite", "watch",
    ]),
];
