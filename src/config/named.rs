//! Every proxy that the settings name, in use or not, and why one is not in use.

use std::net::IpAddr;

use super::{Endpoint, Environment, Origin, Proxy, Settings};

/// The variables that name proxies.
const VARIABLES: [&str; 6] = ["https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"];

/// A proxy and everything that names it.
#[derive(Clone, Debug)]
pub struct Named {
    /// The proxy.
    pub proxy: Proxy,
    /// The flags, variables and keys of the file that name it.
    pub origins: Vec<String>,
}

/// Why a proxy that is named is not used for this URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unapplied {
    /// A rule of `NO_PROXY` takes the host around it.
    NoProxy {
        /// The rule, as written.
        rule: String,
        /// The variable.
        variable: String,
    },
    /// `--proxy none`.
    Flag,
    /// Its variable is for the other scheme of URLs.
    OtherScheme,
    /// `HTTP_PROXY` under CGI.
    Cgi,
    /// It stands in the desktop's settings only.
    Desktop,
    /// Its variable's name is misspelt.
    Misspelt {
        /// The name that was meant.
        meant: &'static str,
    },
}

/// Every proxy that a flag, the configuration file or a variable names, once; the one in use first.
#[must_use]
pub fn all(settings: &Settings) -> Vec<Named> {
    let ours = settings.route.proxy.iter().chain(&settings.route.bypassed).cloned();
    let of_variables = VARIABLES.into_iter().filter_map(|name| variable(&settings.environment, name));
    let mut all: Vec<Named> = Vec::new();
    for proxy in ours.chain(of_variables) {
        let origin = proxy.origin.to_string();
        match all.iter_mut().find(|one| one.proxy.is_same(&proxy)) {
            Some(known) if known.origins.contains(&origin) => {}
            Some(known) => known.origins.push(origin),
            None => all.push(Named { proxy, origins: vec![origin] }),
        }
    }
    all
}

/// The proxies that are named where the way goes direct all the same, and why they are not used.
#[must_use]
pub fn unapplied(settings: &Settings) -> Vec<(Named, Unapplied)> {
    let Some(endpoint) = settings.endpoint.as_ref().ok().filter(|_| settings.route.proxy.is_none()) else {
        return vec![];
    };
    let named = all(settings).into_iter().map(|named| {
        let variable = named.origins.first().map_or("", String::as_str).to_ascii_lowercase();
        let other_scheme = variable == if endpoint.tls { "http_proxy" } else { "https_proxy" };
        let why = match (&settings.route.no_proxy_rule, &settings.route.origin) {
            (_, Origin::Flag(_)) => Unapplied::Flag,
            (Some(rule), origin) if !other_scheme => {
                Unapplied::NoProxy { rule: rule.clone(), variable: origin.to_string() }
            }
            _ if other_scheme => Unapplied::OtherScheme,
            _ => Unapplied::Cgi,
        };
        (named, why)
    });
    let misspelt = settings.environment.misplaced_proxies().filter_map(|(found, meant, value)| {
        let proxy = Proxy::parse(value, Origin::Env(found.to_owned())).ok()?;
        Some((Named { origins: vec![found.to_owned()], proxy }, Unapplied::Misspelt { meant }))
    });
    let mut found: Vec<(Named, Unapplied)> = named.chain(misspelt).collect();
    let by_choice = matches!(settings.route.origin, Origin::Flag(_)) || settings.route.no_proxy_rule.is_some();
    for proxy in settings.desktop.choose(endpoint.tls).filter(|_| !by_choice && is_outside(endpoint)) {
        if !found.iter().any(|(named, _)| named.proxy.is_same(proxy)) {
            let origins = vec![proxy.origin.to_string()];
            found.push((Named { proxy: proxy.clone(), origins }, Unapplied::Desktop));
        }
    }
    found
}

/// Whether the host may lie where a proxy leads: this machine and what has no public name do not.
fn is_outside(endpoint: &Endpoint) -> bool {
    let local = |address: IpAddr| match address {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    };
    endpoint.address().map_or_else(|| endpoint.host_text().contains('.'), |address| !local(address))
}

fn variable(environment: &Environment, name: &'static str) -> Option<Proxy> {
    Proxy::parse(environment.filled(name)?, Origin::Env(name.to_owned())).ok()
}

#[cfg(test)]
mod tests {
    use super::{Unapplied, all, unapplied};
    use crate::config::{Environment, Origin, Overrides, Proxy, Settings};

    fn settings(flag: Option<&str>, variables: &[(&str, &str)]) -> Settings {
        let flags = Overrides { proxy: flag.map(str::to_owned), ..Overrides::default() };
        Settings::resolve(&flags, &Environment::from_pairs(variables.iter().copied()), None).expect("settings")
    }

    #[test]
    fn a_proxy_that_two_variables_name_is_one() {
        let settings = settings(
            None,
            &[("HTTPS_PROXY", "http://u:p@a:1"), ("https_proxy", "http://u:p@a:1"), ("ALL_PROXY", "http://u:q@a:1")],
        );
        let origins: Vec<_> = all(&settings).into_iter().map(|one| one.origins).collect();
        assert_eq!(origins, [vec!["https_proxy", "HTTPS_PROXY"], vec!["ALL_PROXY"]]);
        assert!(unapplied(&settings).is_empty(), "one of them is used");
    }

    #[test]
    fn a_proxy_that_is_not_used_has_a_reason() {
        let no_proxy = Unapplied::NoProxy { rule: ".openai.com".to_owned(), variable: "NO_PROXY".to_owned() };
        for (flag, variables, expected) in [
            (None, vec![("HTTPS_PROXY", "http://a:1"), ("NO_PROXY", "x,.openai.com")], Some(no_proxy)),
            (Some("none"), vec![("ALL_PROXY", "http://a:1")], Some(Unapplied::Flag)),
            (None, vec![("http_proxy", "http://a:1")], Some(Unapplied::OtherScheme)),
            (None, vec![("HTTPS_PORXY", "http://a:1")], Some(Unapplied::Misspelt { meant: "HTTPS_PROXY" })),
            #[cfg(unix)]
            (None, vec![("Https_Proxy", "http://a:1")], Some(Unapplied::Misspelt { meant: "HTTPS_PROXY" })),
            (None, vec![("HTTPS_PORXY", "not a proxy")], None),
            (None, vec![], None),
        ] {
            let found = unapplied(&settings(flag, &variables)).into_iter().next().map(|(_, why)| why);
            assert_eq!(found, expected, "{variables:?}");
        }
    }

    #[test]
    fn a_desktops_proxy_is_known_where_nothing_else_was_chosen() {
        let proxy = Proxy::parse("http://127.0.0.1:7890", Origin::Default).unwrap();
        let found = |flag, variables: &[(&str, &str)]| {
            let mut settings = settings(flag, variables);
            settings.desktop.https = Some(proxy.clone());
            unapplied(&settings).into_iter().map(|(_, why)| why).collect::<Vec<_>>()
        };
        assert_eq!(found(None, &[]), [Unapplied::Desktop]);
        assert_eq!(found(Some("none"), &[]), []);
        assert_eq!(found(None, &[("OPENAI_BASE_URL", "https://10.0.0.8/v1")]), []);
        assert_eq!(found(None, &[("OPENAI_BASE_URL", "http://localhost:8000/v1")]), []);
        assert_eq!(found(None, &[("HTTPS_PROXY", "http://a:1")]), [], "that one is used");
        let same = Unapplied::Misspelt { meant: "HTTPS_PROXY" };
        assert_eq!(found(None, &[("HTTPS_PORXY", "http://127.0.0.1:7890")]), [same]);
    }

    #[test]
    fn the_password_in_a_misspelt_variable_is_a_secret() {
        let settings = settings(None, &[("HTTPS_PORXY", "http://me:hunter2hunter@a:1")]);
        assert!(!settings.strike("hunter2hunter").contains("hunter2"));
    }
}
