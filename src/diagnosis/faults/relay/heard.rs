//! A relay's words about its channels and its users' money, where a client prints nothing else of its answer.

use crate::diagnosis::Heard;

#[rustfmt::skip]
pub(super) const NO_CHANNEL: &[Heard] = &[
    Heard::cause(&[
        "auth_unavailable", "no auth available", "no endpoints available matching",
        "no endpoints found matching your data policy", "no accounts with a plan", "no accounts support",
    ]),
    Heard::cause(&[
        "no available claude accounts", "no available openai accounts", "no available gemini accounts",
        "no accounts available", "no available accounts", "no available account",
        "accounts support the requested model", "no available channel", "no available key", "no available provider",
        "no available upstream", "no provider available", "no channel available", "渠道均不可用", "所有渠道",
        "渠道不可用", "渠道都不可用", "渠道全部", "未配置倍率", "未设置倍率", "倍率未", "未配置价格",
        "无可用的账号", "没有可用的账号", "没有可用的账户", "账号池", "可用渠道不存在", "可用渠道失败",
        "获取渠道失败", "无可用模型",
    ]),
];

#[rustfmt::skip]
pub(super) const QUOTA: &[Heard] = &[
    Heard::cause(&[
        "分组余额不足", "分组额度不足", "令牌余额不足", "令牌额度", "用户额度", "用户余额不足", "预扣费",
        "剩余额度", "钱包余额不足", "账号额度不足", "账户额度不足", "套餐额度不足", "订阅额度不足",
        "exceededbudget", "budgetexceedederror", "budget has been exceeded", "over budget. spend", "max budget:",
        "crossed budget", "pre-consumed quota failed", "need quota:",
    ]),
];
