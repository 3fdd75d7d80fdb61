//! Faults of the account behind the key: organization, region, quota, billing.

use crate::diagnosis::answered::unset_variable;
use crate::diagnosis::{Confidence, Fault, Finding, Fix, Layer, Owner, Retry, Sign};
use crate::evidence::Evidence;
use crate::evidence::answer::Answer;
use crate::evidence::http::Answerer;
use crate::{say, text};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        code: "organization-mismatch",
        layer: Layer::Application,
        owner: Owner::Account,
        title: text!(
            en: "the organization or project header does not fit the key",
            zh: "组织或项目请求头与密钥不匹配",
        ),
        explanation: text!(
            en: "The request names an organization or a project that the key does not belong to. An environment variable left over from another account often does that.",
            zh: "请求中指定的组织或项目与密钥不符，常见原因是残留了另一个账号的环境变量。",
        ),
        fixes: &[
            Fix::run_per(
                text!(en: "Send no such header: unset the variables that name one", zh: "不要发送该请求头：取消相关变量"),
                "unset OPENAI_ORG_ID OPENAI_ORGANIZATION OPENAI_PROJECT_ID OPENAI_PROJECT",
                "unset OPENAI_ORG_ID OPENAI_ORGANIZATION OPENAI_PROJECT_ID OPENAI_PROJECT",
                "Remove-Item Env:OPENAI_ORG_ID, Env:OPENAI_ORGANIZATION, Env:OPENAI_PROJECT_ID -ErrorAction Ignore",
            ),
            Fix::advice(text!(
                en: "Or correct the id (org-… or proj_…, not its name); the text null is not a value",
                zh: "或者改正 ID（填 org-… 或 proj_…，不是名称）；文本 null 不是有效值",
            )),
        ],
        told_apart: text!(
            en: "The same key works when the OpenAI-Organization and OpenAI-Project headers are left out.",
            zh: "不发送 OpenAI-Organization 和 OpenAI-Project 头时，同一密钥可以正常使用。",
        ),
        rivals: &["key-invalid"],
        signs: &[
            Sign::says(&[
                "header should match organization for api key",
                "header should match project for api key",
                "no such organization",
                "no such project",
                "invalid organization",
                "organization not found",
                "project not found",
                "project you are requesting has been archived",
                "organization header",
                "project header",
            ]),
            Sign::coded(&[
                "mismatched_organization",
                "mismatched_project",
                "invalid_organization",
                "invalid_project",
                "organization_not_found",
                "project_not_found",
                "not_authorized_invalid_project",
                "project_archived",
            ]),
        ],
        specify: Some(which_header),
        ..Fault::BASE
    },
    Fault {
        code: "organization-membership-missing",
        layer: Layer::Application,
        owner: Owner::Account,
        title: text!(en: "the key's owner belongs to no organization", zh: "密钥所有者不属于任何组织"),
        explanation: text!(
            en: "The account that made the key was removed from its organization, so its keys belong nowhere.",
            zh: "创建该密钥的账号已被移出组织，其密钥因此失去归属。",
        ),
        fixes: &[
            Fix::advice(
                text!(en: "Ask an owner of the organization to invite the account again", zh: "请组织的所有者重新邀请该账号"),
            ),
            Fix::advice(text!(
                en: "Or create a new key from an account that is a member",
                zh: "或者用组织成员的账号新建密钥",
            )),
        ],
        told_apart: text!(
            en: "The message says so; a wrong organization header reads differently.",
            zh: "消息里写明了；组织请求头不匹配时的措辞与此不同。",
        ),
        rivals: &["organization-mismatch", "key-invalid"],
        signs: &[
            Sign::says(&[
                "must be a member of an organization to use the api",
                "must be a member of an organization",
                "not a member of any organization",
                "not a member of the organization",
            ]),
            Sign::coded(&["no_organization", "not_a_member_of_organization"]),
        ],
        ..Fault::BASE
    },
    Fault {
        code: "organization-unverified",
        layer: Layer::Application,
        owner: Owner::Account,
        title: text!(en: "the organization must be verified for this", zh: "该组织需要先完成验证"),
        explanation: text!(
            en: "Some models, streaming them, and their reasoning summaries are open only to organizations whose owner has shown an identity document.",
            zh: "部分模型、它们的流式输出以及推理摘要，只对完成身份验证的组织开放。",
        ),
        impact: text!(en: "some models", zh: "部分模型"),
        fixes: &[
            Fix::advice(text!(
                en: "Verify the organization at platform.openai.com/settings/organization/general, then wait up to 15 minutes",
                zh: "在 platform.openai.com/settings/organization/general 完成组织验证，然后等待最多 15 分钟",
            )),
            Fix::advice(text!(
                en: "Meanwhile call without stream and without reasoning summaries, or use another model",
                zh: "在此之前可以关闭流式输出和推理摘要，或者换用其他模型",
            )),
        ],
        told_apart: text!(
            en: "The message says that the organization must be verified; without streaming the same model may answer.",
            zh: "消息里写明组织需要验证；关闭流式输出后，同一模型可能可以正常应答。",
        ),
        rivals: &["model-not-found", "unsupported-parameter"],
        retry: Retry::Later,
        signs: &[Sign::says(&[
            "organization must be verified",
            "organization is not verified",
            "verify your organization",
            "click on verify organization",
            "verify organization",
            "requires organization verification",
            "requires a verified organization",
        ])],
        ..Fault::BASE
    },
    Fault {
        code: "account-deactivated",
        layer: Layer::Application,
        owner: Owner::Account,
        title: text!(en: "the account was deactivated", zh: "账号已被停用"),
        explanation: text!(
            en: "The provider has switched off the account or the organization that the key belongs to. Its keys are dead, whatever they are used for.",
            zh: "服务商已停用该密钥所属的账号或组织，其所有密钥都不能再用。",
        ),
        fixes: &[
            Fix::advice(text!(
                en: "Look for the provider's mail about it and appeal to its support (OpenAI: help.openai.com)",
                zh: "查看服务商的通知邮件，并向其支持申诉（OpenAI：help.openai.com）",
            )),
            Fix::advice(
                text!(en: "Or use a key of another account; do not retry with this one", zh: "或者换用其他账号的密钥；不要用这个密钥反复重试"),
            ),
        ],
        told_apart: text!(
            en: "The answer names the account, not the key, as switched off.",
            zh: "应答说的是账号被停用，而不是密钥错误。",
        ),
        rivals: &["key-invalid", "billing-inactive"],
        signs: &[
            Sign::says(&[
                "account has been deactivated",
                "account is deactivated",
                "account was deactivated",
                "deactivated account",
                "account associated with this api key has been deactivated",
                "account has been disabled",
                "account is disabled",
                "account has been banned",
                "account has been suspended",
                "account has been terminated",
                "account is banned",
                "account is suspended",
                "account suspended",
                "access was terminated due to violation",
                "access has been terminated",
                "access terminated",
                "organization has been disabled",
                "organization has been deactivated",
                "organization has been suspended",
                "organization is deactivated",
                "account flagged",
                "account has been flagged",
                "用户已被封禁",
                "用户被封禁",
                "账号已被封禁",
                "账户已被封禁",
                "账号已被禁用",
                "账户已被禁用",
                "账户被锁定",
                "账户已被锁定",
                "账号已停用",
                "账户已停用",
                "您的账户处于非激活状态",
                "用户已被禁用",
            ])
            .but_not(&["balance", "billing details", "recharge", "insufficient", "欠费"]),
            Sign::coded(&[
                "account_deactivated",
                "account_suspended",
                "account_disabled",
                "organization_deactivated",
                "organization_disabled",
                "access_terminated",
                "user_banned",
            ]),
            Sign::typed(&["access_terminated", "access_terminated_error"]),
        ],
        ..Fault::BASE
    },
    Fault {
        code: "ip-not-allowlisted",
        layer: Layer::Application,
        owner: Owner::Account,
        title: text!(en: "this egress address is not on the allowlist", zh: "本机出口地址不在白名单中"),
        explanation: text!(
            en: "The project, the key or the relay admits only certain addresses, and the address that this request came from is not one of them. A proxy or VPN changes that address.",
            zh: "项目、密钥或中转服务只允许特定地址访问，而本次请求的出口地址不在其中。代理或 VPN 会改变出口地址。",
        ),
        fixes: &[
            Fix::run(text!(en: "See your egress address", zh: "查看出口地址"), "curl https://ifconfig.me"),
            Fix::advice(text!(
                en: "Add it to the allowlist of the project or of the token, or leave by an address that is on it",
                zh: "把它加入项目或令牌的白名单，或者改用白名单中的出口",
            )),
        ],
        told_apart: text!(
            en: "The same key works from an address on the list.",
            zh: "从白名单中的地址使用同一密钥是正常的。",
        ),
        rivals: &["key-invalid", "region-unsupported"],
        signs: &[
            Sign::says(&[
                "ip not authorized",
                "ip address is not authorized",
                "ip is not authorized",
                "your ip address is not",
                "your ip is not",
                "not authorized to access this api from your ip",
                "ip address not allowed",
                "ip not allowed",
                "ip is not allowed",
                "ip address is not allowed",
                "ip is not in the whitelist",
                "not in the ip whitelist",
                "not in ip whitelist",
                "ip allowlist",
                "ip whitelist",
                "ip restricted",
                "access to this api is restricted from your ip",
                "ip地址没有接口访问权限",
                "ip 地址没有接口访问权限",
                "ip 不在令牌允许访问的列表中",
                "ip不在令牌允许访问的列表中",
                "不在令牌允许访问的列表",
                "ip 不在白名单",
                "ip不在白名单",
                "ip白名单",
                "ip 白名单",
            ]),
            Sign::coded(&["ip_not_authorized", "ip_not_allowed", "ip_restricted", "1220"]),
        ],
        ..Fault::BASE
    },
    Fault {
        code: "region-unsupported",
        layer: Layer::Application,
        owner: Owner::Network,
        title: text!(
            en: "the API is not offered in this country or region",
            zh: "该 API 不向当前国家或地区提供服务",
        ),
        explanation: text!(
            en: "The provider looks up the country of the address that the request came from and does not serve it. What counts is the exit of your proxy or, behind a relay, the relay's own exit.",
            zh: "服务商会查询请求来源地址所在的国家或地区，而该地区不在服务范围内。起作用的是代理的出口；经过中转时，则是中转服务自己的出口。",
        ),
        fixes: &[
            Fix::run_per(
                text!(en: "See which country your exit counts as (loc=)", zh: "查看出口所属的国家或地区（loc=）"),
                "curl -s https://{host}/cdn-cgi/trace | grep -E 'ip=|loc='",
                "curl -s https://{host}/cdn-cgi/trace | grep -E 'ip=|loc='",
                "curl.exe -s https://{host}/cdn-cgi/trace | Select-String 'ip=|loc='",
            ),
            Fix::advice(text!(
                en: "Leave by an exit in a supported country (Hong Kong is not one); make sure that the program uses the proxy, over IPv6 too",
                zh: "换用受支持国家或地区的出口（香港不在其中），并确认程序确实走了代理，IPv6 也要走",
            )),
            Fix::advice(text!(
                en: "Serverless functions: pin the region; reverse proxies: do not pass on CF-IPCountry and X-Forwarded-For",
                zh: "Serverless 函数：固定部署地区；反向代理：不要转发 CF-IPCountry 和 X-Forwarded-For",
            )),
        ],
        told_apart: text!(
            en: "The JSON names the region; a block of the exit address comes as a page of the CDN instead.",
            zh: "JSON 里写明是地区限制；如果是出口地址被封，返回的会是 CDN 页面。",
        ),
        rivals: &[
            "cdn-challenge",
            "waf-blocked-user-agent",
            "proxy-connect-denied",
            "region-unsupported-over-ipv6",
            "proxy-rule-direct",
        ],
        explained_by: &["region-unsupported-over-ipv6", "proxy-not-applied"],
        signs: &[
            Sign::says(&[
                "country, region, or territory not supported",
                "region, or territory not supported",
                "unsupported_country_region_territory",
                "unsupported country",
                "country not supported",
                "country is not supported",
                "region not supported",
                "region is not supported",
                "not supported in your country",
                "not supported in your region",
                "not available in your country",
                "not available in your region",
                "unavailable in your country",
                "unavailable in your region",
                "location is not supported",
                "user location is not supported",
                "services are not available in your country",
                "your country or region",
                "access from your region",
                "当前地区不支持",
                "地区不支持",
                "所在地区不",
                "不支持您所在的",
                "不支持你所在的",
                "不支持当前地区",
            ]),
            Sign::page(&[
                "unsupported_country_region_territory",
                "openai's services are not available in your country",
            ]),
            Sign::coded(&[
                "unsupported_country_region_territory",
                "unsupported_country",
                "region_not_supported",
                "unsupported_region",
            ]),
            Sign::typed(&["unsupported_country_region_territory"]),
        ],
        specify: Some(region),
        ..Fault::BASE
    },
    Fault {
        code: "region-unsupported-over-ipv6",
        layer: Layer::Application,
        owner: Owner::Network,
        title: text!(en: "IPv6 leaves by an unsupported region", zh: "IPv6 流量从不受支持的地区出口"),
        explanation: text!(
            en: "Over IPv4 the exit is in a supported region, over IPv6 it is not: the proxy or VPN carries only IPv4.",
            zh: "IPv4 的出口在受支持的地区，IPv6 的出口却不在：代理或 VPN 只接管了 IPv4。",
        ),
        impact: text!(en: "requests over IPv6", zh: "走 IPv6 的请求"),
        fixes: &[
            Fix::advice(text!(
                en: "Let the proxy or VPN carry IPv6 too",
                zh: "让代理或 VPN 也接管 IPv6",
            )),
            Fix::run(text!(en: "Or use IPv4 only", zh: "或者只使用 IPv4"), "openai-doctor diagnose -4"),
        ],
        told_apart: text!(
            en: "/cdn-cgi/trace names another country over IPv6 than over IPv4.",
            zh: "/cdn-cgi/trace 在 IPv6 和 IPv4 下给出的国家或地区不同。",
        ),
        rivals: &["region-unsupported", "proxy-rule-direct"],
        ..Fault::BASE
    },
    Fault {
        code: "regional-hostname-required",
        layer: Layer::Application,
        owner: Owner::Account,
        title: text!(en: "the key works only on a regional host", zh: "该密钥只能用于区域专用主机"),
        explanation: text!(
            en: "The project keeps its data in one region, and its keys are accepted only by that region's host name.",
            zh: "该项目启用了数据驻留，其密钥只被对应区域的主机名接受。",
        ),
        fixes: &[Fix::run_per(
            text!(en: "Use the host that the message names, for example", zh: "使用消息中给出的主机，例如"),
            "export OPENAI_BASE_URL=https://eu.api.openai.com/v1",
            "export OPENAI_BASE_URL=https://eu.api.openai.com/v1",
            "$env:OPENAI_BASE_URL = \"https://eu.api.openai.com/v1\"",
        )],
        told_apart: text!(en: "Another regional host accepts the same key.", zh: "换成另一个区域主机，同一密钥即被接受。"),
        rivals: &["key-invalid"],
        signs: &[
            Sign::says(&[
                "incorrect_hostname",
                "incorrect hostname",
                "regional hostname",
                "you must use the regional",
                "use the eu.api.openai.com",
                "use the us.api.openai.com",
                "eu.api.openai.com",
                "us.api.openai.com",
            ])
            .with_status(&[400, 401, 403, 404, 421]),
            Sign::coded(&["incorrect_hostname", "wrong_hostname", "regional_hostname_required"]),
        ],
        ..Fault::BASE
    },
    Fault {
        code: "quota-exhausted",
        layer: Layer::Application,
        owner: Owner::Account,
        title: text!(en: "the credit or quota is used up", zh: "余额或配额已用完"),
        explanation: text!(
            en: "The account behind the key has no credit left, or has reached its budget for the month. The status looks like a rate limit, but waiting does not help. A ChatGPT subscription does not count as API credit.",
            zh: "密钥所属账号余额为零，或已达到当月预算上限。状态码看起来像限流，但等待无用。ChatGPT 订阅不算 API 余额。",
        ),
        impact: text!(en: "all paid requests", zh: "所有付费请求"),
        fixes: &[
            Fix::advice(text!(
                en: "Add credit on the provider's billing page (OpenAI: platform.openai.com/settings/organization/billing)",
                zh: "到服务商的账单页面充值（OpenAI：platform.openai.com/settings/organization/billing）",
            )),
            Fix::advice(text!(
                en: "Check the monthly budget of the organization and of the project; a key made before the payment may need to be made anew",
                zh: "检查组织和项目的月度预算；付款之前创建的密钥可能需要重新创建",
            )),
        ],
        told_apart: text!(
            en: "error.code, not the status: insufficient_quota never recovers by waiting, rate_limit_exceeded does.",
            zh: "看 error.code 而不是状态码：insufficient_quota 等待也不会恢复，rate_limit_exceeded 会。",
        ),
        rivals: &["rate-limited-requests", "rate-limited-tokens", "billing-inactive", "relay-saturated"],
        signs: &[
            Sign::says(&[
                "exceeded your current quota",
                "insufficient_quota",
                "insufficient quota",
                "insufficient balance",
                "balance is insufficient",
                "account balance is insufficient",
                "insufficient account balance",
                "insufficient credit",
                "insufficient funds",
                "not enough credit",
                "not enough balance",
                "credit balance is too low",
                "credit balance exhausted",
                "credits exhausted",
                "out of credits",
                "no credits left",
                "run out of credits",
                "requires more credits",
                "can only afford",
                "exceeded your monthly included credits",
                "monthly limit reached",
                "monthly quota",
                "spend limit",
                "spending limit",
                "spending cap",
                "usage limit has been reached",
                "hit your usage limit",
                "reached your usage limit",
                "reached your specified api usage limits",
                "quota exceeded for the month",
                "exceeded_current_quota_error",
                "credit_balance_exhausted",
                "payment required",
                "credit limit",
                "余额不足",
                "账户余额不足",
                "账号余额不足",
                "余额已用尽",
                "余额已用完",
                "已欠费",
                "账户欠费",
                "请充值",
                "额度已用完",
            ])
            .but_not(&["rate limit reached", "free_tier_requests", "per minute", "per day"]),
            Sign::coded(&[
                "insufficient_quota",
                "credit_balance_exhausted",
                "organization_spend_limit_exceeded",
                "project_spend_limit_exceeded",
                "organization_usage_limit_exceeded",
                "quota_exceeded",
                "usage_limit_reached",
                "usage_limit_exceeded",
                "insufficient_balance",
                "insufficient_credits",
                "insufficient_funds",
                "exceeded_current_quota_error",
                "payment_required",
                "quotaexceeded",
                "1113",
            ]),
            Sign::typed(&[
                "insufficient_quota",
                "exceeded_current_quota_error",
                "usage_limit_reached",
                "usage_not_included",
                "insufficient_balance",
                "insufficient_credits",
                "billing_error",
            ]),
            Sign::status(&[402]),
        ],
        specify: Some(quota),
        ..Fault::BASE
    },
    Fault {
        code: "billing-inactive",
        layer: Layer::Application,
        owner: Owner::Account,
        title: text!(en: "billing is not active, or its hard limit is reached", zh: "账单未激活，或已达硬性上限"),
        explanation: text!(
            en: "The account has no working payment method, an unpaid invoice, or a hard limit that this month has reached.",
            zh: "账号没有可用的支付方式、有未付账单，或者本月已达到设定的硬性上限。",
        ),
        impact: text!(en: "all paid requests", zh: "所有付费请求"),
        fixes: &[
            Fix::advice(text!(
                en: "Activate billing or settle the invoice (OpenAI: platform.openai.com/settings/organization/billing)",
                zh: "激活账单或付清欠款（OpenAI：platform.openai.com/settings/organization/billing）",
            )),
            Fix::advice(text!(
                en: "Raise the hard limit (OpenAI: platform.openai.com/settings/organization/limits)",
                zh: "调高硬性上限（OpenAI：platform.openai.com/settings/organization/limits）",
            )),
        ],
        told_apart: text!(
            en: "error.code is billing_not_active or billing_hard_limit_reached, not insufficient_quota.",
            zh: "error.code 是 billing_not_active 或 billing_hard_limit_reached，而不是 insufficient_quota。",
        ),
        rivals: &["quota-exhausted", "account-deactivated"],
        signs: &[
            Sign::says(&[
                "account is not active",
                "billing not active",
                "billing is not active",
                "billing hard limit",
                "hard limit has been reached",
                "billing_not_active",
                "billing_hard_limit_reached",
                "billing account is",
                "billing is disabled",
                "billing has not been enabled",
                "enable billing",
                "activate billing",
                "overdue balance",
                "overdue payment",
                "unpaid invoice",
                "past due",
                "account is in good standing",
                "please add a payment method to use",
                "no payment method",
                "account is suspended, please check your plan and billing",
                "is suspended, please check your plan and billing details",
                "is suspended due to insufficient balance",
                "billing to be enabled",
            ]),
            Sign::coded(&[
                "billing_not_active",
                "billing_hard_limit_reached",
                "billing_inactive",
                "arrearage",
                "accountoverdueerror",
                "payment_method_required",
            ]),
            Sign::typed(&["billing_not_active", "billing_hard_limit_reached"]),
        ],
        ..Fault::BASE
    },
];

fn which_header(_: &Answer, evidence: &Evidence, found: Finding) -> Finding {
    let config = &evidence.config.facts;
    let mut found = found;
    for sent in [&config.organization, &config.project].into_iter().flatten() {
        let (value, origin) = (crate::evidence::text::line(&sent.value, 80), &sent.origin);
        found = found.because(say!(
            en: "the request names {value}, from {origin}",
            zh: "请求中指定了 {value}，来自 {origin}",
        ));
        if origin.starts_with("OPENAI_") {
            let (value_en, value_zh) = (&value, &value);
            found = found.fix(
                say!(en: "Stop naming {value_en}", zh: "不再指定 {value_zh}"),
                Some(unset_variable(evidence, origin)),
            );
        }
    }
    found.not(
        "key-invalid",
        text!(en: "the answer speaks of the organization or project, not of the key", zh: "应答说的是组织或项目，而不是密钥"),
    )
}

fn region(answer: &Answer, evidence: &Evidence, found: Finding) -> Finding {
    let mut found = found;
    if answer.answered_by == Some(Answerer::Relay) {
        found = found.because(text!(
            en: "a relay passed this on, so it is the relay's exit that is in that region",
            zh: "这条应答由中转转发而来，说明处于该地区的是中转服务的出口",
        ));
    }
    if let Some(proxy) = &evidence.target.route.proxy {
        found = found.because(say!(
            en: "the request left through {proxy}: its exit is what counts",
            zh: "请求经由 {proxy} 发出，起作用的是它的出口",
        ));
    }
    found.not(
        "cdn-challenge",
        text!(en: "the answer is the API's own error, not a page of the CDN", zh: "应答是 API 自己的错误，而不是 CDN 页面"),
    )
}

fn quota(answer: &Answer, _: &Evidence, found: Finding) -> Finding {
    if found.confidence != Confidence::Confirmed || answer.status != Some(429) {
        return found;
    }
    let named = answer.code.as_deref().or(answer.kind.as_deref()).unwrap_or_default();
    if named.is_empty() {
        return found.not(
            "rate-limited-requests",
            text!(en: "the message speaks of quota and billing, not of a rate", zh: "消息说的是配额和账单，而不是速率"),
        );
    }
    let named = crate::evidence::text::line(named, 60);
    found.not(
        "rate-limited-requests",
        say!(en: "the code is {named}, not rate_limit_exceeded", zh: "错误码是 {named}，不是 rate_limit_exceeded"),
    )
}
