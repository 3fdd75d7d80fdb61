//! An endpoint's words about countries, where a client prints nothing else of its answer.

use crate::diagnosis::Heard;

#[rustfmt::skip]
pub(super) const UNSUPPORTED: &[Heard] = &[
    Heard::cause(&["request not allowed"]).and(&["forbidden"]),
    Heard::cause(&[
        "access from your location", "unavailable in region", "available in certain regions",
        "not available in your area", "not available in this region", "not supported in this region",
        "not supported in your area", "unsupported region", "unsupported_country_region_territory",
        "region or territory not supported", "not available in this country", "isn't available in your country",
        "isn't available in your region", "isn't supported in your country", "country is blocked",
        "region is blocked", "region_blocked", "blocked in your country", "blocked in your region",
        "location is not supported", "location not supported", "geo-blocked", "geographic restriction",
        "所在国家或地区", "所在的国家", "所在国家", "您所在地区", "你所在地区", "该地区不支持", "地区限制",
        "不支持该地区", "地区不可用",
    ])
    .but_not(&["aws", "s3 bucket", "us-east-1", "netflix"]),
    // Claude Code, where it is not offered.
    Heard::cause(&["unable to connect to anthropic services"]).and(&["403"]),
];

#[rustfmt::skip]
pub(super) const HOSTNAME: &[Heard] = &[
    Heard::cause(&[
        "incorrect regional host", "incorrect_hostname", "make your request to us.api.openai.com",
        "make your request to eu.api.openai.com", "must use the regional", "regional hostname",
    ]),
];
