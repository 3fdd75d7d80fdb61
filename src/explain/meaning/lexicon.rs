//! The words of each group, in the languages that people paste in.
//!
//! Text is brought to lower case in ASCII only; words of Cyrillic are looked for without their first letter.

use super::Group;

macro_rules! groups {
    ($($name:ident = $words:expr;)*) => {
        groups!(@bits 0; $($name)*);
        /// The words of each group.
        #[rustfmt::skip]
        pub(super) const GROUPS: &[(Group, &[&str])] = &[$(($name, $words)),*];
    };
    (@bits $bit:expr; $name:ident $($rest:ident)*) => {
        pub(super) const $name: Group = 1 << ($bit);
        groups!(@bits $bit + 1; $($rest)*);
    };
    (@bits $bit:expr;) => {};
}

// Words of ASCII letters begin where a word begins; what ends in a blank or is short ends there too.
groups! {
    KEY = &[
        "api key", "api-key", "api_key", "apikey", "api token", "access token", "auth token", "bearer",
        "credential", "secret key", "user key", "key ", "authentication", "authorization header", "密钥", "令牌", "凭证",
        "clé api", "clave de api", "api-schlüssel", "apiキー", "api 키", "api キー", "アクセストークン", "認証情報", "api키",
        "clé d'api", "clé openai", "api schlüssel", "api-ключ", "ключ api", "ключа api", "ключ openai",
        "люч openai", "люч api", "clave api", "clave de la api", "chave de api", "chave da api", "chave api",
        "chiave api", "this key", "your key", "the key", "身份验证", "default key", "apitoken", "api keys", "金鑰",
    ];
    MODEL = &[
        "model", "deployment", "engine ", "模型", "modèle", "modelo", "modell", "モデル", "모델", "модел", "modello",
    ];
    MONEY = &[
        "quota", "credit", "balance", "billing", "budget", "funds", "spend", "spending", "usage limit", "prepaid",
        "payment", "额度", "余额", "欠费", "配额", "账单", "費用", "crédit", "saldo", "guthaben", "points", "クォータ", "残高",
        "クレジット", "利用枠", "할당량", "잔액", "크레딧", "solde", "kontingent", "квот", "баланс", "кредит", "cuota", "cota ",
        "crédito", "积分", "套餐", "資金", "средства", "credits", "abonnementkontingent", "средств", "费用限制", "费用", "cota",
        "équilibre", "your capacity", "利用制限", "課金",
    ];
    RATE = &[
        "rate limit", "rate-limit", "ratelimit", "too many requests", "requests per", "throttl", "tpm ", "rpm ",
        "qps ", "rps ", "concurren", "slow down", "too fast", "频率", "限流", "并发", "速率", "频繁", "请求过多", "请求数限制",
        "too frequent", "rate limited", "request limit", "リクエストが多すぎ", "レート制限", "頻繁", "요청이 너무 많", "속도 제한", "요청 한도",
        "trop de requêtes", "trop fréquent", "limite de débit", "zu viele anfragen", "zu häufig", "ratenlimit",
        "anfragelimit", "слишком много запросов", "слишком част", "частота запросов", "demasiadas solicitudes",
        "demasiado frecuente", "límite de velocidad", "límite de tasa", "muitas solicitações", "muitas requisições",
        "muito frequente", "limite de taxa", "速度限制", "请求速率", "过于频繁", "請求過多", "лимит запросов", "请求数量", "請求數量",
        "使用量制限", "nutzungslimit", "предел использования", "limite massimo di richieste", "istek limiti",
        "límite de uso", "limite d'utilisation", "使用限制",
    ];
    TOKENS = &[
        "token", "context length", "context window", "context size", "context", "prompt", "input", "上下文", "输入",
        "the length", "content exceeds", "message is too long", "消息", "长度", "コンテンツ", "長さ", "콘텐츠", "길이", "contenu",
        "longueur", "inhalt", "länge", "длин", "contenido", "longitud", "conteúdo", "комте", "контекст", "kontext",
        "contexte", "contexto", "コンテキスト", "컨텍스트", "context limit", "conversation", "会話", "konversation",
        "kontextlimit", "token count", "コンテキスト長", "длина контекста", "токен",
    ];
    REGION = &[
        "country", "countries", "region", "territory", "location", "地区", "国家", "区域", "your ip", "vpn", "お住まいの地域",
        "地域", "지역", "국가", "위치", "région", "pays ", "emplacement", "localisation", "standort", "регион", "стран",
        "местополож", "región", "país", "ubicación", "geográfic", "região", "localização", "current location",
    ];
    UPSTREAM = &[
        "upstream", "provider", "backend", "channel", "上游", "渠道", "アップストリーム", "상위 서버", "업스트림", "amont", "вышестоящ",
        "ascendente",
    ];
    STREAM = &[
        "stream", "chunk", "sse ", "response body", "流式", "数据流", "streaming", "ストリーム", "스트림",
        "response interrupted", "响应传输",
    ];
    CONTENT = &[
        "content", "safety", "policy", "policies", "moderation", "guideline", "prompt", "内容", "安全", "敏感",
        "responsible ai", "response was", "コンテンツ", "콘텐츠",
    ];
    PARAMETER = &[
        "parameter", "argument", "field", "property", "参数", "字段", "schema", "role", "tool", "function",
        "temperature", "max_tokens", "messages", "response_format", "attribute", "option", "header", "request body",
        "请求体", "请求参数",
    ];
    REQUEST = &[
        "request is", "request body", "your request", "request was", "请求", "the request", "this request",
        "request failed", "request data", "リクエスト", "요청", "requête", "demande", "anfrage", "запрос", "solicitud",
        "petición", "solicitação", "requisição", "請求", "request too large", "payload", "attachments",
    ];
    ACCOUNT = &["account", "organization", "organisation", "workspace", "账号", "账户", "帐号", "帐户", "用户"];
    PATH = &[
        "url", "endpoint", "route", "path", "uri", "接口", "路径", "页面", "page or resource", "页面或资源", "ページ", "페이지",
        "page ou", "seite oder", "страниц", "página", "адрес запроса", "anfrageadresse", "adresse de demande",
        "アドレス", "요청 주소", "url solicitada",
    ];
    REACH = &[
        "connect", "reach", "contact", "communicat", "network", "send request", "sending request", "连接", "网络", "访问",
        "fetch", "接続", "ネットワーク", "연결", "네트워크", "connexion", "connecter", "réseau", "joindre", "verbindung",
        "verbinden", "netzwerk", "подключ", "соединен", "conexión", "conectar", "conexão", "sending http request",
    ];
    CONNECTING = &[
        "connect to", "connecting", "connect timeout", "connection to", "连接到", "建立连接", "连接 ", "接続タイムアウト", "连接超时",
    ];
    SERVER = &[
        "server", "service", "system", "api ", "服务", "系统", "服务器", "サーバー", "서버", "서비스", "serveur", "dienst",
        "сервер", "сервис", "servidor", "servicio", "serviço",
    ];
    CERTIFICATE = &[
        "certificate", "证书", "zertifikat", "certificat", "certificado", "証明書", "인증서", "сертификат", "zertifikats",
    ];
    CALL = &[
        "request", "call", "api ", "model", "llm", "response", "reply", "generation", "completion", "upstream",
        "server", "service", "provider", "请求", "调用", "接口", "模型", "响应", "等待", "回复", "服务", "上游", "对话", "inference",
        "anfrage", "demande", "запрос", "solicitud", "requisição", "リクエスト", "요청", "読み込み", "чтения",
    ];
    WRONG = &[
        "invalid", "incorrect", "wrong", "bad ", "not valid", "isn't valid", "is not correct", "rejected",
        "revoked", "expired", "malformed", "unrecognized", "not recognized", "not accepted", "check your",
        "unauthorized", "inválid", "invalide", "ungültig", "无效", "错误", "不正确", "失效", "过期", "不合法", "有误", "非法",
        "verification failed", "验证失败", "认证失败", "鉴权失败", "authentication failed", "無効", "正しくない", "間違", "誤り", "잘못",
        "유효하지", "무효", "non valide", "falsch", "неверн", "еверн", "недейств", "еправильн", "no válid", "incorret",
        "non valid", "확인하세요", "格式不正确", "isn't correct", "正しくありません",
    ];
    MISSING = &[
        "missing", "not provided", "not set", "required", "must provide", "didn't provide", "did not provide",
        "is empty", "not configured", "no api key", "not found in", "please provide", "please set", "please enter",
        "please add", "please configure", "no key", "isn't set", "未提供", "缺少", "缺失", "未设置", "未配置", "未填写", "为空",
        "请填写", "请设置", "请输入", "请配置", "没有提供", "no key found", "must specify", "must have a valid", "空です", "が空", "未設定",
        "設定されていません", "提供されていない", "入力してください", "追加してください", "비어", "설정되지", "est vide", "manquant", "veuillez ajouter",
        "non fourni", "ist leer", "fehlt", "nicht gesetzt", "fügen sie", "пуст", "отсутств", "не указан",
        "добавьте", "не задан", "vacía", "vacío", "añad", "vazia", "ausente", "adicione", "请求缺少", "設定されていない",
        "no base url", "no api base", "credentials were not", "requires an api key", "requires a key", "请填入",
        "填入了正确", "kein api-schlüssel", "no se proporcionó", "aucune clé", "入力されていません", "non è stata fornita",
        "api key found",
    ];
    UNKNOWN = &[
        "not found", "does not exist", "doesn't exist", "do not exist", "unknown", "no such", "could not find",
        "cannot find", "can't find", "couldn't find", "not supported", "unsupported", "not available",
        "unavailable", "isn't available", "not exist", "invalid", "no longer", "deprecated", "retired",
        "decommissioned", "not a valid", "not loaded", "not installed", "not recognized", "pull ", "不存在", "未找到",
        "找不到", "不支持", "已下线", "无效", "没有找到", "不可用", "introuvable", "no encontrado", "nicht gefunden",
        "could not be found", "cannot be found", "can not be found", "may not exist", "is not valid for", "見つかりません",
        "存在しません", "찾을 수 없", "존재하지", "n'existe pas", "existiert nicht", "не найден", "не существует",
        "no se encontró", "no encontrad", "no existe", "não encontrad", "não existe", "cannot find the",
        "does not support the request method", "does not support this", "見つからない", "is not valid for chat",
        "見つからないか", "無効",
    ];
    DENIED = &[
        "access", "permission", "not allowed", "not authorized", "not enabled", "not entitled", "not permitted",
        "denied", "plan", "subscription", "tier", "upgrade", "forbidden", "权限", "无权", "未开通", "未授权", "开通", "拒绝",
        "拒绝了您的请求", "권한", "permiso", "разрешен", "berechtigung", "autorisation", "拒绝访问",
    ];
    NEGATED = &[
        "not ", "no ", "don't", "doesn't", "cannot", "can't", "lack", "without", "only", "denied", "need",
        "require", "insufficient", "forbidden", "无", "没有", "未", "不", "仅", "需要",
    ];
    SPENT = &[
        "exceed", "insufficient", "exhausted", "ran out", "run out", "running out", "out of", "not enough",
        "doesn't have", "don't have", "no ", "depleted", "reached", "used up", "too low", "is low", "negative",
        "hit your", "hit the", "over ", "overdue", "zero", "add ", "top up", "purchase", "buy ", "recharge", "不足",
        "用尽", "用完", "超出", "耗尽", "超限", "超过", "欠费", "充值", "已达", "上限", "不够", "has been reached", "has reached",
        "limit reached", "超過", "使い果た", "上限に達", "達しました", "초과", "부족", "소진", "도달", "atteint", "dépassé", "épuisé",
        "insuffisant", "aufgebraucht", "überschritten", "erschöpft", "erreicht", "nicht ausreichend", "исчерпан",
        "превышен", "недостаточ", "достигнут", "agotad", "insuficiente", "superad", "alcanzad", "excedid",
        "esgotad", "atingid", "check you have", "check your plan", "закончились", "已用完", "不足して", "überschrittenes",
        "превышено", "excedió", "superado", "ultrapassou", "已经超出", "aşıldı", "raggiunto", "超過しました", "制限に達",
        "превысили", "overschritten", "unzureichend", "недостаточн", "exhausted your", "引っかか",
    ];
    LONG = &[
        "too long", "too large", "too many tokens", "exceed", "maximum", "longer than", "greater than",
        "larger than", "limit", "overflow", "too big", "超过", "过长", "超出", "太长", "上限", "最大", "not enough context",
        "ran out of room", "超え", "長すぎ", "너무 깁", "dépasse", "trop long", "überschreitet", "zu lang", "превыша",
        "слишком длин", "excede", "supera", "demasiado larg", "muito long", "overschreitet", "超えました",
        "kontextlimit des modells überschritten", "too long, exceeding", "überschritten", "превышена максимальная",
        "максимальная длина", "при пределе",
    ];
    CLOSED = &[
        "not supported", "unsupported", "not available", "unavailable", "restricted", "blocked", "not allowed",
        "forbidden", "may not be supported", "isn't supported", "not be available", "prohibited", "不支持", "不可用",
        "限制", "禁止", "does not support this", "サポートしていません", "利用できません", "対応していません", "制限", "지원하지", "사용할 수 없", "제한",
        "pas pris en charge", "non pris en charge", "pas disponible", "indisponible", "ne prend pas en charge",
        "nicht unterstützt", "nicht verfügbar", "не поддержива", "недоступ", "no es compatible", "no disponible",
        "no está disponible", "não é compatível", "não suportad", "não disponível", "not avaiable",
    ];
    FAILED = &[
        "could not", "couldn't", "cannot", "can't", "unable", "fail", "error", "lost", "unreachable",
        "not reachable", "not responding", "no response", "problem", "trouble", "refused", "broken", "无法", "失败",
        "错误", "异常", "中断", "不通", "出错", "issue", "失敗", "エラー", "できません", "できませんでした", "실패", "오류", "échou", "échec",
        "erreur", "impossible", "fehlgeschlagen", "fehler", "nicht möglich", "konnte nicht", "шибка", "не удалось",
        "сбой", "no se pudo", "falhou", "não foi possível", "interrupted", "수 없",
    ];
    BUSY = &[
        "overload", "busy", "capacity", "high demand", "high traffic", "heavy load", "too much traffic",
        "high load", "heavy traffic", "currently unavailable", "temporarily unavailable", "under load", "peak",
        "繁忙", "过载", "负载", "拥挤", "高峰", "maintenance", "temporarily unable", "currently unable", "some difficulties",
        "過負荷", "混雑", "オーバーロード", "メンテナンス", "과부하", "유지보수", "surcharg", "überlast", "wartung", "перегруз",
        "обслуживани", "sobrecarg", "mantenimiento", "manutenção", "维护", "当前无法处理", "暂时无法",
    ];
    CUT = &[
        "ended", "closed", "interrupt", "terminat", "premature", "abort", "incomplete", "dropped", "truncat",
        "disconnect", "中断", "断开", "提前", "不完整",
    ];
    FILTERED = &[
        "filter", "flagged", "violat", "blocked", "inappropriate", "unsafe", "not comply", "sensitive",
        "prohibited", "拦截", "违规", "违反", "审核", "敏感词", "不合规", "过滤", "has refused", "refused the request due to",
        "cybersecurity", "ended due to safety", "拦截了", "failed gemini", "safety checks.",
    ];
    TIME = &["timed out", "timeout", "time out", "time-out", "too long to respond", "too long to answer", "超时"];
    INTERNAL = &[
        "internal error", "internal server", "unexpected error", "unknown error", "内部错误", "内部异常", "服务器错误",
        "server error", "provider server error", "internen serverfehler", "内部サーバーエラー", "服务器出错",
    ];
    SUSPENDED = &[
        "deactivat", "suspended", "banned", "disabled", "terminated", "blocked", "locked", "封禁", "停用", "禁用", "冻结",
    ];
    UNEXPECTED = &[
        "unsupported", "not supported", "unrecognized", "unknown", "unexpected", "not permitted", "extra ", "不支持",
        "does not support", "doesn't support",
    ];
    EXPIRED = &["expired", "has passed", "no longer valid", "过期", "abgelaufen", "expiré", "caducado"];
    UNVERIFIED = &[
        "untrusted", "not trusted", "self-signed", "self signed", "unknown authority", "unknown issuer", "invalid",
        "不受信任", "无法验证", "验证失败", "自签",
    ];
    VERIFIED = &["verif", "validat", "验证", "校验"];
    OVERDUE = &[
        "timed out", "time out", "time-out", "too long to respond", "too long to answer", "took longer",
        "took too long", "timeout exceeded", "timeout reached", "timeout expired", "timeout occurred",
        "timeout error", "timeout after", "timeout waiting", "timeout while", "timeout of", "deadline exceeded",
        "超时", "délai dépassé", "タイムアウト", "시간 초과", "tiempo de espera", "zeitüberschreitung", "tempo esgotado",
        "délai d'attente", "превышено время", "время ожидания", "tempo limite", "timeout due to",
        "anfragezeit überschritten", "a expiré", "истекает", "시간이 초과", "тайм-аут", "server timeout", "llm timeout",
        "model timeout", "api timeout", "response timeout", "timeout from", "timeout when", "timeout during",
        "timeout in", "timeout on", "timeout for", "not responding", "did not respond", "didn't respond",
        "never responded", "exceeded deadline", "exceeded the deadline", "-second deadline", "-second limit",
        "second timeout", "not finish within", "not finish in", "not complete within", "seconds limit",
        "minute deadline", "exceeded its deadline", "past its deadline", "call exceeded", "completion exceeded",
    ];
    BOUND = &[
        "must be", "must not", "exceeds", "should be", "expected ", "longer than", "at most", "at least", "必须",
        "不能大于",
    ];
    AGAIN = &["try again", "retry", "later", "稍后", "重试", "später", "しばらく", "もう一度"];
    BIG = &[
        "too large", "too big", "过大", "過大", "太大", "大きすぎ", "너무 큽", "너무 커", "trop volumineu", "trop grand", "zu groß",
        "слишком велик", "слишком больш", "demasiado grande", "muito grande", "request size limit",
        "payload is too big",
    ];
    SILENT = &[
        "did not receive", "didn't receive", "no response", "没有等到", "未收到", "没有收到", "応答を受け取", "응답을 기다리지",
        "n'a pas reçu", "keine antwort", "не получил", "no recibió", "não recebeu", "timing out",
    ];
    PROXY = &["proxy", "代理", "プロキシ", "프록시", "прокси"];
    AUTHENTICATE = &[
        "authenticate", "authentication is required", "authentication required", "代理认证", "代理身份验证", "認証が必要", "认证后",
        "인증이 필요", "authentification de proxy", "authentifizier", "аутентифика", "autenticar",
    ];
    PARSE = &[
        "parse", "parsing", "malformed", "invalid response", "deserializ", "unmarshal", "not valid json", "解析",
        "格式错误", "格式异常",
    ];
    RESPONSE = &["response", "answer", "returned", "message chunk", "响应", "返回", "应答"];
    CLOCK = &["system time", "system clock", "your clock", "系统时间", "系统时钟", "システム時刻", "시스템 시간"];
    MISMATCH = &["does not match", "not match", "incorrect", "wrong", "不匹配", "不一致", "不正确", "一致しません"];
    METHOD = &["request method", "http method", "请求方法"];
    LOCAL = &["ollama", "lm studio", "lmstudio", "llama.cpp", "local server", "local model", "localai"];
    DOWN = &[
        "not running", "is running", "isn't running", "service is unavailable", "service unavailable",
        "could not be reached", "not reachable", "cannot reach", "start ollama", "未运行", "未启动", "没有运行", "未在",
        "実行されていません", "nicht ausgeführt", "실행되고 있지",
    ];
    BASE = &[
        "base url", "baseurl", "base_url", "apibase", "api_base", "api base", "base path", "endpoint url", "接口地址",
        "api 地址", "api地址", "proxy address", "プロキシurl", "api host", "api url", "endpoint setting", "$base_url",
    ];
    TRANSPORT = &["interrupted", "dropped", "aborted", "closed unexpectedly", "传输中断", "连接中断"];
    TOO_OFTEN = &[
        "too frequent", "rate limited you", "リクエストが多すぎ", "頻繁", "요청이 너무 많", "trop de requêtes", "trop fréquent",
        "zu viele anfragen", "zu häufig", "слишком много запросов", "слишком част", "demasiadas solicitudes",
        "demasiado frecuente", "muitas solicitações", "muitas requisições", "muito frequente", "过于频繁", "請求過多",
        "请求过多", "trop de demandes", "请求过快", "请求太快", "速度过快", "頻度が制限", "속도가 너무 빠", "trop rapide", "слишком быстр",
        "zugriffsrate begrenzt", "maximale anzahl an anfragen", "nombre maximal de requêtes", "лимит запросов",
        "最大查询次数", "提问太快", "日流控", "访问频率",
    ];
    ENSURE = &["are correct", "is correct", "是否正确", "正しいか", "korrekt", "est correct"];
    PERMISSION = &["permission", "access rights", "权限", "権限", "권한", "permiso", "berechtig"];
    GATEWAY = &["gateway", "网关", "ゲートウェイ", "게이트웨이", "passerelle", "шлюз", "puerta de enlace"];
    SIGN_IN = &[
        "認証に失敗", "認証でき", "인증할 수 없", "인증에 실패", "authentifizierung", "аутентификац", "échec de l'authentification",
        "autenticación", "身份验证", "authenticate with", "authenticated with", "error_llm_authentication",
    ];
    WITHIN_SAFETY = &["safety policy", "safety settings", "安全系统", "安全策略", "safety checks"];
    FILES = &["mkdir", "directory", "eacces", "/usr/", "file", "plugin", "插件", "文件", "license", "knowledge"];
    CAPABILITY = &[
        "capability", "vision", "tool calling", "tool use", "image input", "function calling", "视觉", "图片", "工具调用",
    ];
    PLAN = &["subscription", "your plan", "current plan", "license (", "current license", "套餐等级"];
    BEYOND = &["not include", "does not support", "upgrade", "not available"];
}
