//! An address in the configuration, taken apart.

use std::num::NonZeroUsize;
use std::time::Duration;

use redis::{ConnectionInfo, IntoConnectionInfo};

use super::super::{Cause, OnlineError, redact};
use super::parameters::{AddressKind, Fault, Query};
#[cfg(feature = "redis-tls")]
use super::tls::secure as with_tls;

/// Where the servers are, and how they are talked to.
pub(super) struct Settings {
    pub(super) servers: Servers,
    /// The address for people, without its passwords.
    pub(super) location: String,
    /// The passwords, which no message may have.
    pub(super) secrets: Vec<String>,
    pub(super) timeouts: Timeouts,
    pub(super) replicas: bool,
    /// Of how many entities rows are kept, if any are.
    pub(super) cache: Option<NonZeroUsize>,
}

/// What stands behind an address.
pub(super) enum Servers {
    One(ConnectionInfo),
    Sentinel {
        sentinels: Vec<ConnectionInfo>,
        master: String,
        /// How its master is talked to; the host and the port come from a sentinel.
        server: ConnectionInfo,
    },
    /// Some of a cluster's nodes.
    Cluster(Vec<ConnectionInfo>),
}

impl Servers {
    fn passwords(&self) -> Vec<String> {
        let infos = match self {
            Self::One(info) => std::slice::from_ref(info),
            Self::Sentinel { sentinels, .. } => sentinels,
            Self::Cluster(nodes) => nodes,
        };
        let server = match self {
            Self::Sentinel { server, .. } => Some(server),
            Self::One(_) | Self::Cluster(_) => None,
        };
        let mut passwords: Vec<String> = infos
            .iter()
            .chain(server)
            .filter_map(|info| info.redis_settings().password())
            .filter(|password| !password.is_empty())
            .map(str::to_owned)
            .collect();
        passwords.sort_by_key(|password| std::cmp::Reverse(password.len()));
        passwords.dedup();
        passwords
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Timeouts {
    /// How long connecting may take, with the greeting.
    pub(super) connect: Duration,
    /// How long a call's request may take, connecting and further attempts included.
    pub(super) command: Duration,
}

const CONNECT: Duration = Duration::from_secs(1);
const COMMAND: Duration = Duration::from_millis(1800);

impl Settings {
    pub(super) fn parse(url: &str) -> Result<Self, OnlineError> {
        let location = redact(url);
        parse(url, &location).map_err(|fault| match fault {
            Fault::Url(reason) => OnlineError::Url {
                url: location.clone(),
                reason,
                source: None,
            },
            Fault::File(reason, error) => OnlineError::Url {
                url: location.clone(),
                reason,
                source: Some(Cause::new(error)),
            },
            Fault::Other(error) => error,
        })
    }
}

fn parse(url: &str, location: &str) -> Result<Settings, Fault> {
    let other = || "it has another form or scheme".to_owned();
    let (scheme, rest) = url.split_once(':').ok_or_else(other)?;
    let (scheme, form) = match scheme.split_once('+') {
        Some((scheme, "sentinel")) => (scheme, AddressKind::Sentinel),
        Some((scheme, "cluster")) => (scheme, AddressKind::Cluster),
        Some((_, "unix")) => (scheme, AddressKind::Unix),
        None if scheme == "unix" => (scheme, AddressKind::Unix),
        _ => (scheme, AddressKind::Tcp),
    };
    let tls = matches!(scheme, "rediss" | "valkeys");
    if tls && cfg!(not(feature = "redis-tls")) {
        return Err(Fault::Other(OnlineError::NotBuilt {
            url: location.to_owned(),
            feature: "redis-tls",
        }));
    }
    if rest.contains('#') {
        return Err(Fault::Url(
            "it has no fragment; write `#` in a password or a path as %23".to_owned(),
        ));
    }
    let (address, query) = rest.split_once('?').unwrap_or((rest, ""));
    let query = Query::parse(query, form, tls)?;
    let cache = query.size("cache")?;
    if cache.is_some() && matches!(query.get("protocol"), Some("2" | "resp2")) {
        return Err(Fault::Url("cache: it needs protocol=resp3".to_owned()));
    }
    let secure = |info| -> Result<ConnectionInfo, Fault> {
        #[cfg(feature = "redis-tls")]
        if tls {
            return with_tls(info, |name| query.get(name));
        }
        Ok(info)
    };
    let servers = match form {
        AddressKind::Tcp | AddressKind::Unix => Servers::One(secure(query.protocol(info(url)?))?),
        AddressKind::Cluster => {
            let (nodes, path) = hosts(scheme, address, 6379, &query)?;
            if !matches!(path.trim_matches('/'), "" | "0") {
                return Err(Fault::Url("a cluster has just database 0".to_owned()));
            }
            Servers::Cluster(each(nodes, secure)?)
        }
        AddressKind::Sentinel => {
            let (sentinels, path) = hosts(scheme, address, 26379, &query)?;
            let (master, database) = path.split_once('/').unwrap_or((path, ""));
            if master.is_empty() {
                return Err(Fault::Url(
                    "it lacks the name that its sentinels have for the master".to_owned(),
                ));
            }
            let server = sentinels[0].clone();
            let database = database.trim_end_matches('/');
            let database: i64 = match database {
                "" => 0,
                text => text
                    .parse()
                    .map_err(|_| "invalid database number".to_owned())?,
            };
            let redis = server.redis_settings().clone().set_db(database);
            Servers::Sentinel {
                sentinels: each(sentinels, |info| secure(query.sentinel(info)))?,
                master: master.to_owned(),
                server: secure(server.set_redis_settings(redis))?,
            }
        }
    };
    Ok(Settings {
        secrets: servers.passwords(),
        servers,
        location: location.to_owned(),
        timeouts: Timeouts {
            connect: query.duration("connect_timeout", CONNECT)?,
            command: query.duration("command_timeout", COMMAND)?,
        },
        replicas: query.flag("replicas")?,
        cache,
    })
}

fn each(
    infos: Vec<ConnectionInfo>,
    change: impl Fn(ConnectionInfo) -> Result<ConnectionInfo, Fault>,
) -> Result<Vec<ConnectionInfo>, Fault> {
    infos.into_iter().map(change).collect()
}

/// Reads an address of one server as the client library does.
fn info(url: &str) -> Result<ConnectionInfo, Fault> {
    let url =
        redis::parse_redis_url(url).ok_or_else(|| "it has another form or scheme".to_owned())?;
    let info = url.into_connection_info()?;
    let tcp = info.tcp_settings().clone().set_nodelay(true);
    Ok(info.set_tcp_settings(tcp))
}

/// The servers of `//[USER][:PASSWORD@]HOST[:PORT],HOST[:PORT]..[/PATH]`, and the path.
fn hosts<'a>(
    scheme: &str,
    address: &'a str,
    port: u16,
    query: &Query,
) -> Result<(Vec<ConnectionInfo>, &'a str), Fault> {
    let address = address
        .strip_prefix("//")
        .ok_or_else(|| "it has another form or scheme".to_owned())?;
    // As a password may have any sign but these two, the last `@` ends it.
    let (credentials, rest) = match address.rfind('@') {
        Some(at) => address.split_at(at + 1),
        None => ("", address),
    };
    let (hosts, path) = rest.split_once('/').unwrap_or((rest, ""));
    let nodes = hosts.split(',').map(|host| {
        let named = host
            .rsplit_once(':')
            .is_some_and(|(_, port)| !port.ends_with(']'));
        let port = if named {
            String::new()
        } else {
            format!(":{port}")
        };
        let protocol = query.get("protocol").unwrap_or("resp2");
        let url = format!("{scheme}://{credentials}{host}{port}/?protocol={protocol}");
        Ok::<_, Fault>(query.protocol(info(&url)?))
    });
    Ok((nodes.collect::<Result<_, _>>()?, path))
}
