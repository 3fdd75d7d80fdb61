//! Faults of the account behind the key: its organization, its state, its allowlist.

use crate::diagnosis::answered::unset_variable;
use crate::diagnosis::{Fault, Finding, Fix, Layer, Owner, Retry, Sign};
use crate::evidence::answer::Answer;
use crate::evidence::remedy::RemedyName;
use crate::evidence::{Evidence, text};
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
                "Remove-Item Env:OPENAI_ORG_ID, Env:OPENAI_ORGANIZATION, Env:OPENAI_PROJECT_ID, Env:OPENAI_PROJECT -ErrorAction Ignore",
            ),
            Fix::advice(text!(
                en: "Or correct the id (org-… or proj_…, not its name); the text null is not a value",
                zh: "或者改正 ID（填 org-… 或 proj_…，不是名称）；文本 null 不是有效值",
            )),
        ],
        confirmed_by: &[(RemedyName::NoOrganization, 0)],
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
                "access to the organization tied",
                "not have access to the organization",
                "not have access to organization",
                "not have access to the project",
                "not have access to project",
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
        detect: Some(super::trial::request::organization_mismatch),
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
            Sign::says(&["organization has been restricted"]),
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
                "只能在指定网段使用",
                "不在指定网段",
                "has an ip address restriction",
            ]),
            Sign::coded(&["ip_not_authorized", "ip_not_allowed", "ip_restricted", "1220"]),
        ],
        ..Fault::BASE
    },
];

fn which_header(_: &Answer, evidence: &Evidence, found: Finding) -> Finding {
    let config = &evidence.config.facts;
    let mut found = found;
    for sent in [&config.organization, &config.project].into_iter().flatten() {
        let (value, origin) = (text::line(&sent.value, 80), &sent.origin);
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
