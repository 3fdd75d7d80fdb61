//! An endpoint's words about money, where a client prints nothing else of its answer.

use crate::diagnosis::Heard;

#[rustfmt::skip]
pub(super) const QUOTA: &[Heard] = &[
    Heard::cause(&[
        "doesn't have any credits", "don't have any credits", "does not have any credits",
        "do not have any credits", "资源包余量已用尽", "resourcepackexhausted",
    ]),
    Heard::cause(&[
        "credits are depleted", "limit reached ∙ resets", "-hour limit reached", "weekly limit reached",
        "usage limit reached", "usage limit has been reached", "hit your usage limit", "hit your limit",
        "insufficient credits", "quota has been exceeded", "quotaexceedederror", "quota exceeded for openai",
        "monthly spend limit", "无可用资源包", "free tier limit", "credits have been depleted",
        "prepayment credits", "prepaid credits are", "free quota has been", "free quota for this model",
        "free allocated quota exceeded", "allocationquota.freetieronly",
        "free tier of the model has been exhausted", "free credits have", "used all available credits",
        "used all your credits", "used up all", "used up your", "no remaining credits", "not enough credits",
        "no credits remaining", "remaining balance is", "run out of credit", "ran out of credits", "out of quota",
        "quota has been exhausted", "quota is exhausted", "quota exhausted", "quota has been used up",
        "exhausted your quota", "reached its monthly spending", "monthly spending limit", "monthly usage limit",
        "top up your", "please top up", "add more credits", "insufficient_quota", "exceeded your quota",
        "exceeded your monthly", "over your quota", "reached your quota", "you have no credits",
        "available balance is insufficient", "balance not enough", "免费额度已", "免费额度用", "额度已耗尽",
        "余额不足，请", "余额不足,请", "余额不足，", "账户余额不", "帐户余额不", "请先充值", "请及时充值",
        "额度用完", "配额已用", "配额不足", "额度已经用",
    ])
    .but_not(&["rate limit reached", "per minute", "disk quota", "storage quota", "分组", "令牌", "用户额度"]),
    Heard::cause(&["exceeded your current quota"]).but_not(&["free_tier", "per minute", "perminute", "perday"]),
];

#[rustfmt::skip]
pub(super) const INACTIVE: &[Heard] = &[
    Heard::cause(&[
        "account is not active, please check your billing", "billing details on our website", "billing hard limit",
        "payment method is required", "add a payment method", "no active subscription",
        "subscription is not active", "subscription has expired", "account is in arrears", "account in arrears",
        "arrearage", "not in good standing", "欠费停", "已欠费停", "套餐已过期", "套餐已到期", "订阅已过期",
        "未订阅",
    ])
    .but_not(&["stripe", "paypal"]),
];
