//! Whose words are no API client's, and whose are: data.

/// Programs that are never an API's clients, by their own words; where they fetched from says nothing.
#[rustfmt::skip]
pub(super) const OTHERS: &[&str] = &[
    "webpack-hmr", "node_modules/telegram", "mtprotosender", "telethon", "pyrogram", "favicon.ico",
    // Package managers and builds.
    "npm err!", "npm error", "npm warn", "yarn install", "yarn error", "pnpm install", "eresolve",
    "pip install failed", "pip._vendor", "could not find a version that satisfies",
    "no matching distribution found", "/@v/", "go: downloading", "go: module", "spurious network error",
    "failed to download from `", "e: failed to fetch http", "e: unable to fetch", "could not resolve all files",
    "could not resolve all dependencies", "could not resolve all artifacts", "could not transfer artifact",
    "could not resolve dependencies for project", "==> homebrew", "homebrew-core", "conda.exceptions",
    "condahttperror", "gem::", "composer install", "error: failed to get `", "cargo update", "host='pypi", "//pypi",
    "pythonhosted", "//registry.npm", ".yarnpkg", "npmmirror", "rubygems", "/maven2/", "attempt registry request",
    "pipenv/",
    // Git, shells, machines.
    "failed to connect to github.com", "could not resolve host: github.com", "error: rpc failed",
    "remote end hung up unexpectedly", "fatal: unable to access", "fatal: authentication failed",
    "fatal: could not read from remote", "fatal: early eof", "fetch-pack", "git clone",
    "remote: support for password", "ssh: connect", "kex_exchange_identification", "sudo: unable to resolve",
    "subprocess.timeoutexpired", "pytest timeout", "systemd[1]:",
    // Containers.
    "docker daemon", "registry-1.docker.io", "load metadata for docker.io", "failed to resolve source metadata",
    "response from daemon", "docker.sock", "dockerexception", "aborted.', filenotfounderror(",
    "aborted.', permissionerror(", "failed to pull image", "pull rate limit", "imagepullbackoff", "readiness probe",
    "liveness probe", "startup probe",
    // Services that are no models.
    "discord.errors", "discordapierror", "discord.com/api", "tweepy", "api.twitter.com", "praw.", "stripe.error",
    "api.stripe.com", "/resolve/main/", "couldn't connect to 'https://huggingface.co'", "api.github.com", "twilio",
    "sendgrid", "googleapiclient.errors", "youtube_transcript_api", "yfinance", "s3.amazonaws.com", "stripe",
    "octokit", "githubexception", "docs.github.com", "developer.github.com", "x-github",
    "toomanyrequests: too many", "toomanyrequests: you", "getupdates", "prawcore", "docker-hub", "www.docker.com",
    "binance", "coingecko", "ccxt.", "mailgun", "openweathermap", "alphavantage", "newsapi", "serpapi", "tavily",
    "elevenlabs", "pinecone", "algolia", "cloudinary", "mapbox", "themoviedb", "spotipy", "finnhub", "airtable",
    "hubspot", "mailchimp", "datadoghq", "gspread", "sheets.googleapis", "drive.google.com", "yt-dlp", "youtube-dl",
    "scrapy", "feedparser", "document_loaders", "webbaseloader", "rclone", "praw", "is not a local folder",
    "wordpress.org", "nodemailer", "phpmailer", "ssh_exchange_identification", "bun install", "conda.anaconda",
    "repo.anaconda", "static.rust-lang", "mirrorlist", "metadata for repo", "could not install packages",
    "services.gradle", "repo.maven", "pub get failed", "host: github.com", "host='github.com'",
    "raw.githubusercontent", "codeload.github", "gitlab", "pg-pool", "pg@", "node-postgres", "drizzle-orm",
    "database migrate", "redis.exceptions", "redisconnectionexception", "jedisconnection", "ioredis", "psycopg2.",
    "psycopg.operational", "pymongo.errors", "mongoserverselection", "mongonetworkerror", "mongooseserver",
    "chromadb.", "sqlalchemy.exc", "pymysql.err", "mysql.connector", "qdrant_client", "pymilvus",
    "weaviate.exceptions", "elasticsearch.exceptions", "elastic_transport", "kafka.errors", "localhost:6379",
    "127.0.0.1:6379", "localhost:5432", "127.0.0.1:5432", "localhost:27017", "127.0.0.1:27017", "::1:27017",
    "localhost:3306", "127.0.0.1:3306", "failed to connect to mcp", "mcp server \"", "mcp list",
    "using cl100k_base", "googleapi: error", "user=postgres", "database=postgres", "serper", "heroku[",
    "langchaindeprecationwarning", "额度充足", ":error-thrown nil", "internal server error: /",
    // Tests, and servers of one's own.
    "assertionerror", "assertion failed", "expect(received)", "--- fail:", "short test summary", "failed tests/",
    "xctest", "xctassert", "webdriver", ": expected status", "expected status 200", "expected status code 200",
    "expected: <200", "expected:<200", "to equal 200", "to equal 404", "test case '", "page.goto", "cypress",
    "cy.visit", "completed 500 internal", "completed 404 not", "completed 401 unauth", "actioncontroller::",
    "activerecord", "while ssl handshaking, client", "etimedout: connection timed out, read",
    "etimedout: connection timed out, open", "windowspowershell\\modules", "discord.app_commands", "discord.ext",
    "discordjs", "commandinvokeerror", "interaction has already", "unknown interaction", "grammyerror", "telegraf",
    "aiogram", "custom_nodes", "calendar-json.googleapis", "gmail.googleapis", "youtube.googleapis",
    "docs.googleapis", "people.googleapis", "oauth callback", "mcp resource", "no db connected", "llama_model_load",
    "lengthfinishreasonerror", "plugin_store", "用户名或密码错误", "has no attribute 'ratelimiterror",
    "'openai' has no attribute", "maxfilereadtoken", "s3exception", "pq: ", "named[", "dnsmasq[", "sshd[",
    "kube-probe", "loki", "ingestion rate", "page.waitfor", "navigation timeout", "mcp error -32",
    "waiting for mcp server", "listmcptools", "error calling tool: ", "api.context.", "functioncallingparams",
    "gated repo", "x_content_parse_exception", "token '`', \"```", ": error: argument --", "/pypi/simple",
    "')': /simple/", "an api error occurred: missing_scope", "an api error occurred: not_authed",
    "an api error occurred: invalid_auth", "an api error occurred: channel_not_found",
    "an api error occurred: ratelimited",
];

/// What only a call to an API of models says, whoever else speaks beside it.
#[rustfmt::skip]
pub(super) const CALLS: &[&str] = &[
    "chat/completions", "api.openai.com", "/v1/embeddings", "/v1/responses", "/v1/completions", "/v1/models",
    "/v1/messages", "openai.azure.com", "api.anthropic.com", "apiconnectionerror", "apitimeouterror",
    "openai.ratelimiterror", "openai.authenticationerror", "openai.badrequesterror", "openai.notfounderror",
    "openai.internalservererror", "openai.permissiondeniederror", "openai.error.", "ai_apicallerror",
    "litellm.exceptions", "litellm.api", "litellm.rate", "litellm.bad", "litellm.auth", "litellm.time",
    "litellm.notfound", "litellm.internal", "litellm.service", "litellm.context", "litellm.proxy", "litellm.llms",
    "githubcopilot.com", "copilot_internal", "incorrect api key", "insufficient_quota", "new_api_error",
    "one_api_error", "- {'error'", "rate limit reached for", "dashscope.aliyuncs", "api.deepseek.com",
    "openrouter.ai/api", "api.siliconflow", "api.moonshot", "open.bigmodel", "generativelanguage.googleapis",
    "volces.com", "api.groq.com", "api.mistral.ai", "api.x.ai", "/api/chat", "/api/generate", "backend-api/codex",
    "server had an error while processing", "sdkerror: api error occurred",
];

/// Programs that have nothing to do with an API of models, unless the text speaks of one too.
#[rustfmt::skip]
pub(super) const FOREIGN: &[&str] = &[
    "postgres", "psycopg", "port=5432", ":5432", "port 5432", "redis", "aioredis", ":6379", "mysql", "pymysql",
    ":3306", "mongo", "pymongo", "mongodb", ":27017", "kafka", "rabbitmq", "amqp", "smtp", "smtplib",
    "elasticsearch", "playwright", "puppeteer", "selenium", "webdriver", "huggingface_hub", "botocore", "boto3",
    "memcached", "cassandra", "clickhouse", "zookeeper", "ldap", "paramiko", "ftplib", "imaplib",
    // Databases, queues, stores.
    "jdbc:", "java.sql", "sqlexception", "sqlstate", "hikaripool", "oracle.jdbc", "ora-12", "ora-01", "tns-12",
    "com.ibm.db2", "mariadb", "sqlserver", "sql server", "mssql", ":1433", ":1521", "sqlalchemy", "prismaclient",
    "sequelize", "typeorm", "mongoose", "dynamodb", "couchdb", "neo4j", ":7687", "influxdb", "etcd", ":2379",
    ":9092", ":9200", "activemq", "mqtt", "pulsar://", "cockroachdb", "snowflake.connector", "bigquery", "sqlite",
    "kombu", "minio", ":11211", "hdfs", "hive",
    // Machines, clusters, builds.
    "terraform-provider", "terraform plan", "terraform apply", "terraform init", "terraform aws",
    "registry.terraform", "hashicorp/", "dynamic subgraph", "ansible", "helm install", "helm upgrade", "kubectl",
    "kubelet", "kube-apiserver", ":6443", ":10250", "vagrant", "cloudformation", "pulumi", "jenkins",
    "gitlab-runner", "sonarqube", "artifactory", "journalctl", "nginx: [emerg]", "openvpn", "wireguard", "dhclient",
    "ntpd", "postfix", "dovecot", "nfs", "rsync", "sshd", "sftp", "execution failed for task", "gradle", "mvn ",
    "maven", "apt-get", "apt update", "dnf ", "yum ", "pacman", "apk add", "chocolatey", "winget", "api.nuget",
    "nu1301", "dotnet restore", "bundle install", "gem install", "pod install", "flutter pub", "pub get failed",
    "conda install", "conda create", "poetry install", "poetry add", "cocoapods", "packagist", "rustup update",
    "rustup toolchain", "proxy.golang", "sum.golang", "go: ", "archive.ubuntu", "dl-cdn.alpinelinux",
    // Services that are no models.
    "api.telegram.org", "telegram.error", "slack.com/api", "slack_sdk", "atlassian.net", "graph.facebook.com",
    "web3", "infura.io", "binance", "ccxt", "etherscan", "coinbase", "spotify", "twitch", "openweathermap",
    "paypal", "shopify", "minecraft", "steamcommunity", "maps.googleapis", "googleapis.com/youtube", "alphavantage",
    "newsapi", "cdn-lfs", "hf_hub_download", "host='huggingface.co'", "huggingface.co/api/models", "zabbix",
    "prometheus", "grafana", "telegram api", "telebot.apihelper", "telegramnetworkerror", "aiogram.exceptions",
    "//github.com/", "when calling the", "amqpconnection", "etcdserver", "[vite]", "[hpm]", "vite",
    "webpack-dev-server", "could not proxy request", "django.db", "operationalerror", "qdrant", ":6333", ":19530",
    "milvus", "weaviate", "nacos", ":8848", "dubbo", ":2181", "hadoop", "hypixel", ":25565", "errcode\":4",
    "公众号", "微信支付", "支付宝", "支付接口", "支付失败", "支付方式", "支付订单", "数据库连接", ":587 ", ":465 ",
    ":993 ", ":993,", "port 993", "port 587", "port 465", "port 25 ", "port 22", "imap", "pop3", "googlevideo",
    "instagram", "facebook", "wikipedia", "kaggle", "steampowered", "mongodb.net", "core.windows.net", "firebaseio",
    "okta", "auth0", "keycloak", "oauth2_proxy", "saml", "active directory", "kerberos", "mcp server", "comfyui",
    "web search", "webdav", "该知识库", "the website took", "upload a file", "audio size", "workflow graph",
    "rss feed", "sitemap", "webhook url", "ping failed", "healthcheck", "health check", "torrent", "modbus",
    "bluetooth", "printer", "zigbee", "tuya", "mosquitto", "onvif", "rtsp://", "vnc", "rdp", "smb", "webdav/",
    "notionへ", "to notion", "导出到", "エクスポート", "github 服务器", "github server", "discord server",
    "discord 服务器", "telegram server", "docker/registry/v2", "r2.cloudflarestorage", "redeem", "兑换码",
    "admin access", "must be installed for", "custom_components", "homeassistant.components", "govee", "mcp tool",
    "eleven labs", "deepl", "scopus", "github api", "飞书", "a1111", "下载图片", "stable diffusion", "release 列表",
    "mcp 服务器", "listing tools", "langbot", "google search", "search_engine", "json-rpc", "admin key",
    "cdp websocket", "input file", "claude-login", "aws_access_key", "jackett", "exchangerate.host", "httpbin.org",
    "oauth error: request failed", "上传一张", "session_middleware", "from cookie", "quandl", "posthog",
    "plugin-update", "client-request-id\": ", "login.weixin",
];

/// Words of a text that speaks of an API of models after all.
#[rustfmt::skip]
pub(super) const OURS: &[&str] = &[
    "org.springframework.ai", "spring-ai", "conversestream", "openai", "chat/completions", "/completions", "/v1/",
    "api key", "api_key", "apikey", "anthropic", "claude", "litellm", "llm", "gpt", "chatgpt", "ollama", "deepseek",
    "gemini", "azure", "qwen", "embeddings", "codex", "api error", "apierror", "one-api", "new-api", "new_api",
    "langchain", "llama", "bedrock", "invokemodel", "converse operation", "llama2", "llama3", "llama-", "qwen2",
    "qwen3", "open webui", "openwebui", "gemma", "ai service", "ai provider", "model server", "siliconflow",
    "moonshot", "dashscope", "bigmodel", "zhipu", "volces", "groq", "mistral", "openrouter", "fireworks",
    "perplexity", "大模型", "context window", "max_tokens", "chatbot", "模型", "chat model", "language model",
    "completion", "prompt", "vllm", "lm studio", "vertexai", "generativelanguage", "copilot", "cherry studio",
    "dify", "/api/chat", "/api/generate", ":11434",
    // Programs and services of that trade.
    "aider", "cline", "librechat", "lobechat", "lobe-chat", "nextchat", "chatbox", "sillytavern", "anythingllm",
    "open interpreter", "autogpt", "crewai", "llamaindex", "llama_index", "semantic kernel", "semantic_kernel",
    "flowise", "gptel", "grok", "kimi", "doubao", "ernie", "minimax", "hunyuan", "智谱", "通义", "千问", "文心",
    "豆包", "混元", "讯飞星火", "cerebras", "sambanova", "together_ai", "together.ai", "togetherai", "cohere",
    "localai", "llama.cpp", "llama-server", "koboldcpp", "text-generation-webui", "sglang", "lmstudio", "gpt4all",
    "portkey", "helicone", "sub2api", "aiplatform", "opencode", "roo code", "roo-code", "kilo code", "windsurf",
    "spring ai", "huggingface inference", "gateway.ai", "x.ai", "xai", "_conversation", "gemma3", "gemma2", "glm-4",
    "glm-5", "mixtral", "koboldai", "watsonx", "text generation", "テキスト生成", "文本生成", "текст",
    "hugging face api", "fastchat", "vicuna", "input is too long", "shorten your input", "oaidalle",
];

/// Faults of a program itself.
#[rustfmt::skip]
pub(super) const MISTAKES: &[&str] = &[
    "cannot import", "importerror", "has no attribute", "unexpected keyword argument", "missing 1 required",
    "required positional argument", "required keyword-only", "modulenotfounderror", "no module named",
    "cannot find module", "is not defined", "is not a function", "undefined method", "nosuchmethod",
    "validation error for", "error ts2", "error ts1", "error[e0", "cannot read propert", "not subscriptable",
    "nosuchbean", "error creating bean", "required a bean", "nullpointerexception", "is not iterable",
    "noclassdeffound", "class not found", "could not compile", "unable to resolve service for type", "outputparser",
    "parse model output", "iteration limit", "recursion limit", "event loop is closed",
];

/// What people say who describe, plan or ask.
#[rustfmt::skip]
pub(super) const TALK: &[&str] = &[
    "you can configure", "you can set", "you can use", "to run the examples", "to use this", "test plan",
    "verify that", "should throw", "should return", "should show", "what's new", "summary of changes",
    "added support", "how to", "how do i", "for example", "see the docs", "✓", "i asked", "this pr", "this change",
    "closes #", "fixes #", "todo", "by default", "we should", "it should", "if you want", "make it", "user story",
    "acceptance criteria", "role\":\"user", "role\": \"user", "什么是", "如何", "怎么", "建议", "新增", "修复",
    "优化", "支持了",
];

/// How somebody begins who asks or explains.
#[rustfmt::skip]
pub(super) const QUESTIONS: &[&str] = &[
    "you should ", "you could ", "you need to handle", "if you see ", "if you get ", "if you receive ",
    "if you encounter ", "when you see ", "- [ ] ", "- [x] ", "assert ", "remember to ", "consider ", "test plan",
    "summary of", "you can ", "how to ", "how do ", "how can ", "what does ", "what is ", "why does ", "why is ",
    "is there ", "can i ", "does anyone ", "when the ", "为什么", "如何", "怎么", "请问", "什么是", "有没有",
];
