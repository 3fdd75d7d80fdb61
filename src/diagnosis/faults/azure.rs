//! Faults that only Azure OpenAI has: deployments, resources, their keys and networks.

use crate::diagnosis::answered;
use crate::diagnosis::{Fault, Finding, Fix, Layer, Owner, Sign};
use crate::evidence::Evidence;
use crate::evidence::answer::Answer;
use crate::evidence::config::HostKind;
use crate::evidence::http::Answerer;
use crate::{say, text};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        code: "azure-deployment-not-found",
        layer: Layer::Application,
        owner: Owner::You,
        title: text!(en: "there is no such Azure deployment", zh: "没有这个 Azure 部署"),
        explanation: text!(
            en: "Azure addresses a deployment by the name that was chosen when it was made, not by the model's name. “Resource not found” means that the path or the api-version is wrong.",
            zh: "Azure 按创建部署时起的名称寻址，而不是模型名。“Resource not found”则表示路径或 api-version 不对。",
        ),
        impact: text!(en: "one deployment", zh: "单个部署"),
        fixes: &[
            Fix::run(
                text!(en: "List the deployments of the resource, and use the name in the first column", zh: "列出资源中的部署，使用其名称"),
                "az cognitiveservices account deployment list -g RESOURCE_GROUP -n RESOURCE -o table",
            ),
            Fix::advice(text!(
                en: "The path is /openai/deployments/NAME/chat/completions?api-version=2024-10-21, or /openai/v1/ with the deployment's name as model; a new deployment needs about five minutes",
                zh: "路径是 /openai/deployments/部署名/chat/completions?api-version=2024-10-21，或者用 /openai/v1/ 并把部署名作为 model；新部署需要大约五分钟才生效",
            )),
        ],
        told_apart: text!(
            en: "DeploymentNotFound is about the name, “Resource not found” about the path or the api-version.",
            zh: "DeploymentNotFound 是部署名不对，“Resource not found”是路径或 api-version 不对。",
        ),
        rivals: &["base-url-missing-version", "model-not-found"],
        explained_by: &["base-url-duplicated-path"],
        signs: &[
            Sign::says(&[
                "api deployment for this resource does not exist",
                "api deployment for the resource does not exist",
                "deployment for this resource does not exist",
                "deploymentnotfound",
                "deployment not found",
                "if you created the deployment within the last 5 minutes",
                "unknown deployment",
                "operation does not work with the specified model",
                "invalid api-version",
                "api version not supported",
                "unsupported_api_version",
                "api version is not supported",
                "unsupported api version",
                "missing required query parameter: api-version",
                "no valid deployments to route to",
            ]),
            Sign::coded(&[
                "deploymentnotfound",
                "deployment_not_found",
                "operationnotsupported",
                "unsupportedapiversion",
                "invalidapiversionparameter",
                "missingapiversionparameter",
            ]),
            Sign::says(&["resource not found"]).with_status(&[404]),
            Sign::status(&[404]).sent_by(&[Answerer::Azure]),
        ],
        ..Fault::BASE
    },
    Fault {
        code: "azure-key-or-endpoint-invalid",
        layer: Layer::Application,
        owner: Owner::Account,
        title: text!(en: "the Azure key does not belong to this resource", zh: "Azure 密钥与该资源不匹配"),
        explanation: text!(
            en: "Azure knows keys only at the resource and region that issued them, and expects them in the api-key header. A regenerated key, another resource's key or an OpenAI key is refused.",
            zh: "Azure 的密钥只在签发它的资源和区域有效，并且要放在 api-key 请求头里。重新生成后的旧密钥、其他资源的密钥、OpenAI 的密钥都会被拒绝。",
        ),
        fixes: &[
            Fix::run(
                text!(en: "Get the endpoint and the keys of one and the same resource", zh: "获取同一个资源的终结点和密钥"),
                "az cognitiveservices account keys list -g RESOURCE_GROUP -n RESOURCE",
            ),
            Fix::run_per(
                text!(en: "Send the key in the api-key header", zh: "用 api-key 请求头发送密钥"),
                "curl -i \"{origin}/openai/models?api-version=2024-10-21\" -H \"api-key: $AZURE_OPENAI_API_KEY\"",
                "curl -i \"{origin}/openai/models?api-version=2024-10-21\" -H \"api-key: $AZURE_OPENAI_API_KEY\"",
                "curl.exe -i \"{origin}/openai/models?api-version=2024-10-21\" -H \"api-key: $env:AZURE_OPENAI_API_KEY\"",
            ),
        ],
        told_apart: text!(
            en: "The words are Azure's own (“invalid subscription key or wrong API endpoint”) and the response carries apim-request-id.",
            zh: "措辞是 Azure 特有的（“invalid subscription key or wrong API endpoint”），响应带有 apim-request-id。",
        ),
        rivals: &["key-wrong-provider", "key-invalid", "azure-network-rules"],
        explained_by: &["key-quoted", "key-malformed", "key-missing", "key-wrong-provider"],
        signs: &[
            Sign::says(&[
                "invalid subscription key or wrong api endpoint",
                "invalid subscription key",
                "wrong api endpoint",
                "provide a valid key for an active subscription",
                "use a correct regional api endpoint",
                "token does not match resource tenant",
                "audience is incorrect (https://cognitiveservices.azure.com)",
                "does not match resource tenant",
                "does not match resource token",
            ]),
            Sign::coded(&["authenticationtypedisabled"]),
            Sign::says(&["key based authentication is disabled", "key-based authentication is not permitted"]),
            Sign::status(&[401]).sent_by(&[Answerer::Azure]),
        ],
        specify: Some(resource),
        ..Fault::BASE
    },
    Fault {
        code: "azure-network-rules",
        layer: Layer::Application,
        owner: Owner::Account,
        title: text!(en: "the Azure resource admits only its own network", zh: "Azure 资源只允许其自身网络访问"),
        explanation: text!(
            en: "The resource's firewall or private endpoint refuses the address that this request came from. Key and deployment were not looked at.",
            zh: "资源的防火墙或专用终结点拒绝了本次请求的来源地址，密钥和部署名都还没有被检查。",
        ),
        fixes: &[
            Fix::advice(
                text!(en: "Call from inside the virtual network, or through its VPN", zh: "从虚拟网络内部或经其 VPN 调用"),
            ),
            Fix::run(
                text!(en: "Or admit your egress address", zh: "或者放行你的出口地址"),
                "az cognitiveservices account network-rule add -g RESOURCE_GROUP -n RESOURCE --ip-address ADDRESS",
            ),
        ],
        told_apart: text!(
            en: "403 that names the virtual network, the firewall or public access; the name resolves through privatelink.openai.azure.com.",
            zh: "403 中提到虚拟网络、防火墙或公共访问；域名的解析会经过 privatelink.openai.azure.com。",
        ),
        rivals: &["azure-key-or-endpoint-invalid", "ip-not-allowlisted"],
        signs: &[Sign::says(&[
            "virtual network/firewall rules",
            "virtual network is configured for this resource",
            "public access is disabled",
            "public network access is disabled",
            "please configure private endpoint",
            "traffic is not from an approved private endpoint",
            "not from an approved private endpoint",
            "correct endpoint for making requests",
            "outbound network access is restricted",
        ])],
        specify: Some(network),
        ..Fault::BASE
    },
];

fn resource(_: &Answer, evidence: &Evidence, found: Finding) -> Finding {
    let header = evidence.config.facts.key.as_ref().map(|key| key.header.as_str());
    match header {
        Some("authorization-bearer") => found.because(text!(
            en: "the key was sent as Authorization: Bearer; Azure expects a resource's key in the api-key header",
            zh: "密钥以 Authorization: Bearer 发送；Azure 要求资源密钥放在 api-key 请求头中",
        )),
        Some(_) => found.because(text!(
            en: "the key was sent in the api-key header, as Azure expects it",
            zh: "密钥已按 Azure 的要求放在 api-key 请求头中",
        )),
        None => found,
    }
}

fn network(_: &Answer, evidence: &Evidence, found: Finding) -> Finding {
    let private_link =
        evidence.dns.facts.queries.iter().flat_map(|query| &query.cnames).find(|name| name.contains("privatelink."));
    let found = match private_link {
        Some(name) => found.because(say!(
            en: "the name leads to {name}: there is a private endpoint",
            zh: "域名指向 {name}：该资源配置了专用终结点",
        )),
        None => found,
    };
    let private = evidence.config.facts.base_url.host_kind == HostKind::Private;
    if private || answered::works(evidence) {
        return found;
    }
    found.not(
        "azure-key-or-endpoint-invalid",
        text!(en: "the network rules refuse before the key is looked at", zh: "网络规则在检查密钥之前就拒绝了请求"),
    )
}
