//! Faults of money: quota, credit, billing.

mod heard;

use crate::diagnosis::{Confidence, Fault, Finding, Fix, Layer, Owner, Sign};
use crate::evidence::answer::Answer;
use crate::evidence::{Evidence, text};
use crate::{say, text};

pub(super) const FAULTS: &[Fault] = &[
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
            // Google says that credits are used up in a reason behind the name of a rate limit.
            Sign::says(&["resource has been exhausted"]).and(&["insufficient_g1_credits", "credits_balance"]),
            Sign::says(&[
                "的使用上限",
                "小时的使用上限",
                "used all available credits or reached its monthly spending limit",
                "exhausted your capacity",
            ]),
            Sign::says(&[
                "exceeded your current quota",
                "insufficient_quota",
                "insufficient quota",
                "insufficient balance",
                "balance is insufficient",
                "account balance is insufficient",
                "is suspended due to insufficient balance",
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
                "key limit exceeded",
                "reached the set inference limit",
                "setlimitexceeded",
                "prompt tokens limit exceeded",
                "create a key with a higher",
                "exceeded your monthly included credits",
                "monthly limit reached",
                "monthly quota",
                "spend limit",
                "spending limit",
                "spending cap",
                "usage limit has been reached",
                "hit your usage limit",
                "reached your session usage limit",
                "reached your weekly usage limit",
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
            .but_not(&[
                "insufficient_user_quota",
                "rate limit reached",
                "free_tier_requests",
                "per minute",
                "per day",
            ]),
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
            Sign::says(super::MINIMAX).with_code(&["1008", "2056"]),
        ],
        specify: Some(quota),
        heard: heard::QUOTA,
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
                "billing to be enabled",
                "due to overdue account",
                "account is overdue",
                "to use codex with your chatgpt plan",
                "enforced spend limit",
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
        heard: heard::INACTIVE,
        ..Fault::BASE
    },
];

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
    let named = text::line(named, 60);
    found.not(
        "rate-limited-requests",
        say!(en: "the code is {named}, not rate_limit_exceeded", zh: "错误码是 {named}，不是 rate_limit_exceeded"),
    )
}
