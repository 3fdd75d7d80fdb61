//! What operating systems and their libraries print in languages other than English, one table an error: Windows speaks
//! the language it was installed in, and so do the C library's messages.
//!
//! Text is brought to lower case in ASCII only, so words begin behind a capital that is not ASCII, and none holds an
//! apostrophe, of which there are several.

/// Connection refused: Windows 10061, `ECONNREFUSED`.
#[rustfmt::skip]
pub(super) const REFUSED: &[&str] = &[
    "积极拒绝", "拒绝连接", "连接被拒绝", "拒绝了连接", "连接被对方拒绝", "拒绝网络连接", "拒绝了网络连接",
    "連線被拒", "拒絕連線", "拒絕網路連線", "接続を拒否", "によって拒否されたため、接続できません",
    "대상 컴퓨터에서 연결을 거부", "연결이 거부",
    "verbindung verweigert", "verweigerte", "verbindungsaufbau abgelehnt", "verbindung abgelehnt",
    "connexion refusée", "cible l'a expressément refusée", "a expressément refusée",
    "conexión rehusada", "conexión denegada", "conexión rechazada", "denegó expresamente dicha conexión",
    "connessione rifiutata", "rifiuto persistente del computer",
    "conexão recusada", "recusou ativamente", "отверг запрос", "соединении отказано", "з'єднанні відмовлено",
    "aktywnie go odmawia", "odmówiono połączenia", "połączenie odrzucone", "etkin olarak reddet", "bağlantı reddedildi",
    "verbinding actief heeft geweigerd", "verbinding is geweigerd", "je aktivně odmítl", "spojení odmítnuto",
    "aktivt nekade", "kết nối bị từ chối",
];

/// Nobody answered: Windows 10060, `ETIMEDOUT` of a connect.
#[rustfmt::skip]
pub(super) const TIMED_OUT: &[&str] = &[
    "连接超时", "没有正确答复", "连接尝试失败", "没有反应", "連線嘗試失敗", "連線逾時", "並未正確回應",
    "接続済みの呼び出し先", "一定の時間を過ぎても正しく応答しなかった", "接続がタイムアウト",
    "연결된 구성원으로부터 응답이 없어", "연결 시간 초과",
    "der verbindungsversuch", "ein verbindungsversuch ist fehlgeschlagen", "nicht richtig reagiert hat",
    "wartezeit für die verbindung ist abgelaufen", "zeitüberschreitung der verbindung",
    "une tentative de connexion a échoué", "connexion terminée par expiration",
    "la parte conectada no respondió", "durante el intento de conexión", "tiempo de conexión agotado",
    "expiró el tiempo de conexión", "risposta non corretta della parte connessa", "connessione scaduta",
    "uma tentativa de conexão falhou", "tempo esgotado para conexão",
    "установить соединение была безуспешной", "ремя ожидания соединения истекло",
    "połączona strona nie odpowiedziała", "upłynął limit czasu połączenia", "bağlı olan taraf belirli bir süre",
    "een verbindingspoging is mislukt",
];

/// An open connection was cut: Windows 10054 and 10053, `ECONNRESET`.
#[rustfmt::skip]
pub(super) const RESET: &[&str] = &[
    "强迫关闭", "连接被重置", "连接重置", "连接已重置", "对方重置", "对方重设", "中止了一个已建立的连接",
    "指定的网络名不再可用", "連線被對方重", "強制關閉", "中止了連線",
    "強制的に切断", "接続が既存", "既存の接続はリモート", "接続が相手からリセット", "ソウトウェアによって中止",
    "강제로 끊겼습니다", "소프트웨어의 의해 중단", "상대편에 의해 끊어짐",
    "zurückgesetzt", "vom remotehost geschlossen", "softwaregesteuert durch den hostcomputer abgebrochen",
    "reset de la connexion", "fermée par l'hôte distant", "connexion existante a dû", "connexion ré-initialisée",
    "abandonnée par un logiciel", "forzado la interrupción de una conexión", "conexión reinicializada",
    "anulado una conexión establecida", "interrotta forzatamente", "connessione interrotta dal corrispondente",
    "cancelamento de uma conexão existente", "conexão fechada pela outra ponta", "anulada pelo software",
    "принудительно разорвал", "разорвал существующее подключение", "разорвала установленное подключение",
    "оединение разорвано другой стороной", "gwałtownie zamknięte przez zdalnego", "połączenie zerwane przez",
    "tarafından zorla kapatıldı", "geforceerd gesloten door de externe host",
];

/// No route: Windows 10051 and 10065, `ENETUNREACH`, `EHOSTUNREACH`.
#[rustfmt::skip]
pub(super) const UNREACHABLE: &[&str] = &[
    "网络不可达", "网络不可用", "主机不可达", "没有到主机的路由", "无法访问的主机", "无法访问的网络",
    "向一个无法连接的网络", "向一个无法连接的主机", "無法連線的網路", "無法連線的主機", "沒有路由可以到達",
    "到達できないネットワーク", "到達できないホスト", "ネットワークに届きません", "ホストへの経路がありません",
    "연결할 수 없는 네트워크", "연결할 수 없는 호스트", "auf ein nicht verfügbares netzwerk",
    "auf einen nicht verfügbaren host", "netzwerk ist nicht erreichbar", "keine route zum zielrechner",
    "réseau impossible à atteindre", "hôte impossible à atteindre", "réseau n'est pas accessible",
    "en una red no accesible", "para un host no accesible", "la red es inaccesible",
    "no existe ninguna ruta hasta", "rete non raggiungibile", "nessun percorso per l'host",
    "rede inacessível", "rede está fora de alcance", "não há rota para o host",
    "для недоступной сети", "для недоступного узла", "еть недоступна", "ет маршрута до узла",
];

/// No such name: Windows 11001, `EAI_NONAME`, .NET's `WebException`.
#[rustfmt::skip]
pub(super) const NAME_NOT_FOUND: &[&str] = &[
    "不知道这样的主机", "未知的名称或服务", "找不到主机", "域名不存在", "未能解析此远程名称", "无法解析此远程名称",
    "无法解析远程名称", "無法解析遠端名稱", "無法識別這台主機", "未知的名稱或服務",
    "ホストが見つかりません", "そのようなホストは不明です", "リモート名を解決できません", "名前またはサービスが不明",
    "알려진 호스트가 없습니다", "원격 이름을 확인할 수 없습니다", "이름 혹은 서비스를 알 수 없습니다",
    "der angegebene host ist unbekannt", "host ist unbekannt", "remotename konnte nicht aufgelöst werden",
    "name oder dienst nicht bekannt", "hôte inconnu", "nom ou service inconnu",
    "le nom distant n'a pas pu être résolu", "nom distant n'a pu être résolu",
    "host desconocido", "no se puede resolver el nombre remoto", "nombre o servicio desconocido",
    "host sconosciuto", "impossibile risolvere il nome remoto", "nome o servizio sconosciuto",
    "host não é conhecido", "nome remoto não pôde ser resolvido", "não foi possível resolver o nome remoto",
    "nome ou serviço desconhecido", "хост неизвестен", "разрешить удаленное имя", "мя или служба не известны",
    "nie można rozpoznać nazwy zdalnej", "nieznana nazwa lub usługa", "uzak ad çözülemedi", "host is onbekend",
    "kan de externe naam niet omzetten",
];

/// The resolver does not answer now: `EAI_AGAIN`.
#[rustfmt::skip]
pub(super) const NO_ANSWER: &[&str] = &[
    "域名解析暂时失败", "名称解析暂时失败", "域名解析超时", "dns 解析超时", "dns解析超时", "暫時無法解析名稱",
    "名前解決に一時的に失敗", "이름 해석에 일시적으로 실패", "temporärer fehler bei der namensauflösung",
    "temporaire dans la résolution du nom", "fallo temporal en la resolución del nombre",
    "errore temporaneo nella risoluzione del nome", "risoluzione temporanea del nome fallita",
    "falha temporária na resolução de nome", "ременный сбой в разрешении имен",
];

/// The system does not let a program use the network: Windows 10013.
#[rustfmt::skip]
pub(super) const FORBIDDEN: &[&str] = &[
    "以一种访问权限不允许的方式做了一个访问套接字的尝试", "嘗試存取通訊端被拒絕", "アクセス許可で禁じられた方法でソケット",
    "액세스 권한에 의해 숨겨진 소켓", "aufgrund der zugriffsrechte des sockets unzulässig",
    "socket de manière interdite par ses autorisations", "acceso a un socket no permitido por sus permisos",
    "soquete de uma maneira que é proibida", "попытка доступа к сокету методом, запрещенным",
    "accedere al socket con modalità non consentite",
];

/// .NET Framework's `Could not create SSL/TLS secure channel.`
#[rustfmt::skip]
pub(super) const NO_SECURE_CHANNEL: &[&str] = &[
    "未能创建 ssl/tls 安全通道", "無法建立 ssl/tls 的安全通道", "無法建立 ssl/tls 安全通道",
    "ssl/tls のセキュリティで保護されているチャネル", "ssl/tls 보안 채널을 만들 수 없습니다",
    "kein geschützter ssl/tls-kanal", "impossible de créer un canal sécurisé ssl/tls",
    "no se puede crear un canal seguro ssl/tls", "impossibile creare un canale sicuro ssl/tls",
    "criar um canal seguro para ssl/tls", "создать защищенный канал ssl/tls",
];

/// .NET's `The SSL connection could not be established`, and a peer that left during the handshake.
#[rustfmt::skip]
pub(super) const HANDSHAKE_FAILED: &[&str] = &[
    "未能建立 ssl 连接", "无法建立 ssl 连接", "無法建立 ssl 連線", "ssl 接続を確立できません", "ssl 연결을 설정할 수 없습니다",
    "die ssl-verbindung konnte nicht hergestellt werden", "établir la connexion ssl",
    "no se pudo establecer la conexión ssl", "impossibile stabilire la connessione ssl",
    "possível estabelecer a conexão ssl", "установить ssl-соединение", "установить соединение ssl",
];
