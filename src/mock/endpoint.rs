//! A plan of servers, and the same plan running.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use serde::Deserialize;
use tokio::net::TcpStream;

use super::hostile::Hostility;
use super::proxy::{Conduct, Kind, Proxy};
use super::server::{self, Transport};
use super::tls::{Authority, Certificate};
use super::{FAULTS, Server, api, dns, hostile, proxy, quic, tls};

/// The name under which the demo's API is reached.
const HOST: &str = "api.demo.openai-doctor.test";

/// A key as OpenAI writes them, known to the embedded endpoint alone.
const KEY: &str = "sk-proj-Dm0Kq7VtR3xZbW2nYpLc8JdH5sFgA9TeU4iXoQ6yBrN1vEhMzP";

/// Which servers there are, how they are reached and how they misbehave. Every field has the value of a healthy world
/// unless it is set.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Plan {
    /// The host of the base URL.
    pub host: String,
    /// The scheme of the base URL.
    pub scheme: String,
    /// The path of the base URL.
    pub path: String,
    /// Where the API listens.
    pub listen: Vec<IpAddr>,
    /// On which port; 0 is any free one.
    pub port: u16,
    /// Whether it listens at all.
    pub listening: bool,
    /// Whether its port speaks TLS.
    pub tls: bool,
    /// What it does with a TLS greeting where it speaks plain HTTP.
    pub greeted: Greeted,
    /// What it shows and does in the TLS handshake.
    pub offer: tls::Offer,
    /// What it answers.
    pub api: api::Behaviour,
    /// A hostile server in its place.
    pub hostile: Option<Hostility>,
    /// The same for connections that agreed on HTTP/2 alone.
    pub hostile_http2: Option<Hostility>,
    /// Where the DNS server listens.
    pub dns_at: SocketAddr,
    /// Whether there is one; if not its port is closed.
    pub dns_listening: bool,
    /// What it answers for the host; without addresses those where the API listens.
    pub dns: Option<dns::Reply>,
    /// What it answers for other names.
    pub names: BTreeMap<String, dns::Reply>,
    /// Further DNS servers.
    pub resolvers: Vec<Resolver>,
    /// A proxy that clients are told to use.
    pub proxy: Option<proxy::Behaviour>,
    /// The name by which they know it; its address if null.
    pub proxy_host: Option<String>,
    /// Where it listens.
    pub proxy_at: SocketAddr,
    /// The key that clients are given.
    pub key: Option<String>,
    /// The organization that clients name.
    pub organization: Option<String>,
}

impl Default for Plan {
    fn default() -> Self {
        let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            host: HOST.to_owned(),
            scheme: "https".to_owned(),
            path: "/v1".to_owned(),
            listen: vec![Ipv4Addr::LOCALHOST.into()],
            port: 0,
            listening: true,
            tls: true,
            greeted: Greeted::Answers,
            offer: tls::Offer::default(),
            api: api::Behaviour::default(),
            hostile: None,
            hostile_http2: None,
            dns_at: anywhere,
            dns_listening: true,
            dns: None,
            names: BTreeMap::new(),
            resolvers: Vec::new(),
            proxy: None,
            proxy_host: None,
            proxy_at: anywhere,
            key: Some(KEY.to_owned()),
            organization: None,
        }
    }
}

/// What a port that speaks plain HTTP does with a TLS greeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Greeted {
    /// It answers in plain HTTP that it does not understand.
    Answers,
    /// It closes.
    Closes,
    /// It waits for a line that never ends.
    Waits,
}

/// A further DNS server. It knows the host's true addresses unless it is told otherwise.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Resolver {
    /// Where it listens.
    pub at: Vec<SocketAddr>,
    /// What it answers by name; without addresses those where the API listens.
    pub names: BTreeMap<String, dns::Reply>,
}

/// A running endpoint and what a client needs to know to call it. Dropping it stops its servers.
#[derive(Debug)]
pub struct Endpoint {
    /// The base URL.
    pub base_url: String,
    /// The port of the API.
    pub port: u16,
    /// The resolvers that know its name.
    pub resolvers: Vec<SocketAddr>,
    /// Further resolvers that the plan has.
    pub further_resolvers: Vec<SocketAddr>,
    /// The CA to trust, as PEM.
    pub ca_pem: String,
    /// The key to send.
    pub key: Option<String>,
    /// The organization to name.
    pub organization: Option<String>,
    /// The proxy to use, as a URL without credentials.
    pub proxy: Option<String>,
    _servers: Vec<Server>,
}

impl Endpoint {
    /// Starts the demo, healthy or broken as one of [`FAULTS`] says.
    ///
    /// # Errors
    ///
    /// `InvalidInput` when there is no fault of that name; otherwise what kept a server from listening.
    pub async fn start(fault: Option<&str>) -> io::Result<Self> {
        let mut plan = Plan::default();
        if let Some(name) = fault {
            let known = FAULTS.iter().find(|fault| fault.name == name);
            known
                .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, format!("no demo fault {name:?}")))?
                .apply(&mut plan);
        }
        Self::run(plan).await
    }

    /// Starts what a plan says, under a CA of its own.
    pub async fn run(plan: Plan) -> io::Result<Self> {
        Self::run_under(&Authority::new("openai-doctor throwaway CA")?, plan).await
    }

    /// Starts what a plan says, under a CA that may serve several.
    pub async fn run_under(authority: &Authority, plan: Plan) -> io::Result<Self> {
        let mut servers = Vec::new();

        let main = serve_api(&plan, authority).await?;
        let port = main.port();
        servers.push(main);
        if plan.listening && plan.tls {
            servers.extend(quic::serve(&plan.listen, port).await);
        }

        let dns_server = serve_dns(&plan).await?;
        let resolver = SocketAddr::new(plan.dns_at.ip(), dns_server.port());
        servers.push(dns_server);

        let mut further_resolvers = Vec::new();
        for resolver in &plan.resolvers {
            for at in &resolver.at {
                let server = dns::serve(at.ip(), at.port(), zone(&plan, &resolver.names, None)).await?;
                further_resolvers.push(SocketAddr::new(at.ip(), server.port()));
                servers.push(server);
            }
        }

        let mut proxy_url = None;
        if let Some(behaviour) = &plan.proxy {
            let proxy = serve_proxy(&plan, behaviour, authority).await?;
            let scheme = match behaviour.kind {
                Kind::Http => "http",
                Kind::Https => "https",
                Kind::Socks5 => "socks5h",
            };
            let at = SocketAddr::new(plan.proxy_at.ip(), proxy.port());
            proxy_url = Some(match &plan.proxy_host {
                Some(name) => format!("{scheme}://{name}:{}", at.port()),
                None => format!("{scheme}://{at}"),
            });
            servers.push(proxy);
        }

        let usual = if plan.scheme == "https" { 443 } else { 80 };
        let at = if port == usual { String::new() } else { format!(":{port}") };
        Ok(Self {
            base_url: format!("{}://{}{at}{}", plan.scheme, plan.host, plan.path),
            port,
            resolvers: vec![resolver],
            further_resolvers,
            ca_pem: authority.pem(),
            key: plan.key,
            organization: plan.organization,
            proxy: proxy_url,
            _servers: servers,
        })
    }
}

async fn serve_api(plan: &Plan, authority: &Authority) -> io::Result<Server> {
    if !plan.listening {
        return Server::refusing(&plan.listen, plan.port);
    }
    let behaviour = Arc::new(plan.api.clone());
    let (hostile, hostile_http2) = (plan.hostile, plan.hostile_http2);
    if !plan.tls {
        let greeted = plan.greeted;
        return Server::tcp(&plan.listen, plan.port, move |stream: TcpStream| {
            let behaviour = Arc::clone(&behaviour);
            async move {
                if greeted == Greeted::Answers || !tls::is_greeting(&stream).await {
                    content(stream, false, hostile, behaviour).await;
                } else if greeted == Greeted::Closes {
                    server::close(stream).await;
                } else {
                    let mut stream = stream;
                    server::drain(&mut stream).await;
                }
            }
        })
        .await;
    }
    let mut offer = plan.offer.clone();
    if let Some(hostile) = hostile {
        offer.alpn = vec![hostile.alpn().to_owned()];
    }
    let mut names = vec![plan.host.clone(), "localhost".to_owned()];
    names.extend(plan.listen.iter().map(IpAddr::to_string));
    let config = authority.configure(&names, &offer)?;
    let offer = Arc::new(offer);
    Server::tcp(&plan.listen, plan.port, move |stream: TcpStream| {
        let (offer, config, behaviour) = (Arc::clone(&offer), Arc::clone(&config), Arc::clone(&behaviour));
        async move {
            if let Some(secured) = tls::accept(stream, &offer, config).await {
                let h2 = secured.get_ref().1.alpn_protocol() == Some(b"h2");
                content(secured, h2, hostile.or(hostile_http2.filter(|_| h2)), behaviour).await;
            }
        }
    })
    .await
}

async fn content<S: Transport>(stream: S, h2: bool, hostile: Option<Hostility>, behaviour: Arc<api::Behaviour>) {
    match hostile {
        Some(hostility) => hostile::play(stream, hostility).await,
        None => api::serve(stream, h2, behaviour).await,
    }
}

async fn serve_dns(plan: &Plan) -> io::Result<Server> {
    let (address, port) = (plan.dns_at.ip(), plan.dns_at.port());
    if !plan.dns_listening {
        return Server::refusing(&[address], port);
    }
    dns::serve(address, port, zone(plan, &plan.names, plan.dns.as_ref())).await
}

/// What a DNS server knows: some names, and the host.
fn zone(plan: &Plan, names: &BTreeMap<String, dns::Reply>, host: Option<&dns::Reply>) -> dns::Zone {
    let mut names = names.clone();
    let name = plan.host.to_ascii_lowercase();
    match host {
        Some(reply) => drop(names.insert(name, reply.clone())),
        None => drop(names.entry(name).or_default()),
    }
    if let Some(proxy) = &plan.proxy_host {
        names.entry(proxy.clone()).or_insert_with(|| dns::Reply::addresses(&[plan.proxy_at.ip()]));
    }
    for reply in names.values_mut() {
        reply.addresses.get_or_insert_with(|| plan.listen.clone());
    }
    dns::Zone { names, otherwise: dns::Reply::code(dns::Code::Nxdomain) }
}

async fn serve_proxy(plan: &Plan, behaviour: &proxy::Behaviour, authority: &Authority) -> io::Result<Server> {
    let (address, port) = (plan.proxy_at.ip(), plan.proxy_at.port());
    if behaviour.conduct == Conduct::Gone {
        return Server::refusing(&[address], port);
    }
    let hosts = plan.listen.first().map(|address| (plan.host.clone(), *address)).into_iter().collect();
    let proxy = Arc::new(Proxy { behaviour: behaviour.clone(), hosts });
    if behaviour.kind != Kind::Https {
        return Server::tcp(&[address], port, move |stream| proxy::serve(stream, Arc::clone(&proxy))).await;
    }
    let offer =
        tls::Offer { certificate: Certificate::Good, alpn: vec!["http/1.1".to_owned()], ..tls::Offer::default() };
    let mut names = vec![address.to_string(), "localhost".to_owned()];
    names.extend(plan.proxy_host.clone());
    let config = authority.configure(&names, &offer)?;
    let offer = Arc::new(offer);
    Server::tcp(&[address], port, move |stream: TcpStream| {
        let (offer, config, proxy) = (Arc::clone(&offer), Arc::clone(&config), Arc::clone(&proxy));
        async move {
            if let Some(secured) = tls::accept(stream, &offer, config).await {
                proxy::serve(secured, proxy).await;
            }
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::sync::Arc;

    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;
    use serde_json::{Value, json};

    use super::{Endpoint, HOST};

    fn client(endpoint: &Endpoint) -> reqwest::Client {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(endpoint.ca_pem.as_bytes()).unwrap()).unwrap();
        let mut tls =
            rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_root_certificates(roots)
                .with_no_client_auth();
        tls.alpn_protocols = vec![b"h2".to_vec()];
        let at = SocketAddr::from(([127, 0, 0, 1], endpoint.port));
        let client = reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy().resolve(HOST, at);
        client.build().unwrap()
    }

    async fn json(request: reqwest::RequestBuilder) -> (u16, Value) {
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    #[tokio::test]
    async fn the_healthy_endpoint_answers_as_openai_does() {
        let endpoint = Endpoint::start(None).await.unwrap();
        let (client, base) = (client(&endpoint), &endpoint.base_url);
        let key = endpoint.key.as_deref().unwrap();

        let listed = client.get(format!("{base}/models")).bearer_auth(key).send().await.unwrap();
        assert_eq!(listed.version(), reqwest::Version::HTTP_2);
        assert!(listed.headers()["x-request-id"].to_str().unwrap().starts_with("req_"));
        let listed: Value = listed.json().await.unwrap();
        assert_eq!(listed["data"][0]["id"], "gpt-4o-mini");

        let (status, refused) = json(client.get(format!("{base}/models"))).await;
        assert_eq!((status, &refused["error"]["code"]), (401, &Value::Null));
        let (status, refused) = json(client.get(format!("{base}/models")).bearer_auth("wrong-key-0123456789")).await;
        assert_eq!((status, &refused["error"]["code"]), (401, &json!("invalid_api_key")));
        let (status, lost) = json(client.get(format!("{base}/v1/models")).bearer_auth(key)).await;
        assert_eq!((status, &lost["error"]["message"]), (404, &json!("Invalid URL (GET /v1/v1/models)")));
        let (status, wrong) = json(client.post(format!("{base}/models")).bearer_auth(key)).await;
        assert_eq!((status, &wrong["error"]["code"]), (405, &json!("method_not_supported")));
    }

    #[tokio::test]
    async fn completions_come_whole_and_streamed() {
        let endpoint = Endpoint::start(None).await.unwrap();
        let (client, base) = (client(&endpoint), &endpoint.base_url);
        let post = |path: &str, body: &Value| {
            client.post(format!("{base}{path}")).bearer_auth(endpoint.key.as_deref().unwrap()).json(body)
        };
        let mut asked = json!({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "hi"}]});
        let (status, whole) = json(post("/chat/completions", &asked)).await;
        assert_eq!((status, &whole["choices"][0]["finish_reason"]), (200, &json!("stop")));

        asked["stream"] = json!(true);
        asked["stream_options"] = json!({"include_usage": true});
        let streamed = post("/chat/completions", &asked).send().await.unwrap().text().await.unwrap();
        assert!(
            streamed.contains(r#""content":" embedded""#) && streamed.contains(r#""total_tokens":14"#),
            "{streamed}"
        );
        assert!(streamed.ends_with("data: [DONE]\n\n"), "{streamed}");

        asked["model"] = json!("gpt-99");
        let (status, unknown) = json(post("/chat/completions", &asked)).await;
        assert_eq!((status, &unknown["error"]["code"]), (404, &json!("model_not_found")));
        let embedded =
            json(post("/embeddings", &json!({"model": "text-embedding-3-small", "input": ["a", "b"]}))).await;
        assert_eq!((embedded.0, &embedded.1["data"][1]["index"]), (200, &json!(1)));
    }
}
