//! Requests for many keys: a pipeline per server, and what a server can't answer now is asked
//! again, where it has to be asked, until the deadline.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use redis::{Cmd, Pipeline, ServerError, Value};
use tokio::time::Instant;

use super::super::OnlineError;
use super::link::Link;
use super::nodes::{Kind, Nodes, Routes};
use super::request::Request;
use super::slots::{Node, redirection};
use super::time;
use super::verdict::{Verdict, verdict};
use crate::time::Timestamp;

/// How long to wait before the second and before each further attempt.
const PAUSES: (Duration, Duration) = (Duration::from_millis(5), Duration::from_millis(100));

/// A command for a key.
pub(super) struct Asked<'k> {
    pub(super) key: &'k [u8],
    pub(super) command: Cmd,
}

/// A command that has no answer yet.
struct Open<'k> {
    /// Its index among all.
    index: usize,
    key: &'k [u8],
    command: Cmd,
    way: Way,
}

/// Where a command goes.
#[derive(Clone)]
enum Way {
    /// To who has its key by the map.
    Map,
    /// Where the map's node said, which may have the key only for who asks there.
    Node { node: Node, asking: bool },
}

/// The commands that go to one server.
struct Group<'k> {
    link: Arc<Link>,
    pipeline: Pipeline,
    /// Of each command its index, its key and whether an `ASKING` is before it.
    entries: Vec<(usize, &'k [u8], bool)>,
    /// Whether the server is asked for its time, behind all of them.
    is_timed: bool,
}

/// Asks for many keys, and gives the answers in the order of the commands. Those of one key are
/// answered in their order. An error of a single command that asking again would not help stands
/// there.
pub(super) async fn ask_all(
    nodes: &Nodes,
    kind: Kind,
    asked: Vec<Asked<'_>>,
) -> Result<Vec<Value>, OnlineError> {
    ask_until(nodes, kind, asked, nodes.deadline(), None).await
}

/// As [`ask_all`], and each server that is asked says its time behind its answers: `latest` becomes the latest of
/// these, if it is later.
pub(super) async fn ask_all_timed(
    nodes: &Nodes,
    kind: Kind,
    asked: Vec<Asked<'_>>,
    latest: &mut Option<Timestamp>,
) -> Result<Vec<Value>, OnlineError> {
    ask_rounds(nodes, kind, asked, (nodes.deadline(), None), Some(latest)).await
}

/// As [`ask_all`], of commands that may have been asked before. What a server `said` then is the
/// error where the time is over before one says more.
pub(super) async fn ask_until(
    nodes: &Nodes,
    kind: Kind,
    asked: Vec<Asked<'_>>,
    deadline: Instant,
    said: Option<OnlineError>,
) -> Result<Vec<Value>, OnlineError> {
    ask_rounds(nodes, kind, asked, (deadline, said), None).await
}

async fn ask_rounds(
    nodes: &Nodes,
    kind: Kind,
    asked: Vec<Asked<'_>>,
    (deadline, mut said): (Instant, Option<OnlineError>),
    mut latest: Option<&mut Option<Timestamp>>,
) -> Result<Vec<Value>, OnlineError> {
    let mut answers = vec![Value::Nil; asked.len()];
    let mut open: Vec<Open<'_>> = asked
        .into_iter()
        .enumerate()
        .map(|(index, Asked { key, command })| Open {
            index,
            key,
            command,
            way: Way::Map,
        })
        .collect();
    let mut attempt = 0_u32;
    loop {
        let routes = nodes.routes(kind, attempt == 0, deadline).await?;
        let mut groups = group(nodes, &routes, open)?;
        if latest.is_some() {
            groups.iter_mut().for_each(Group::ask_for_time);
        }
        let until = nodes.patience(&routes, deadline);
        let outcomes = join_all(groups.iter().map(|group| group.ask(kind, until))).await;
        let mut round = Round {
            nodes,
            answers: &mut answers,
            open: Vec::new(),
            trouble: None,
            waits: attempt > 0,
        };
        let elsewhere = until < deadline || nodes.has_others();
        for (group, outcome) in groups.iter().zip(outcomes) {
            match outcome {
                Ok((values, told)) => {
                    if let (Some(latest), Some(told)) = (latest.as_deref_mut(), told) {
                        let time = group.time(&told)?;
                        *latest = Some(latest.map_or(time, |latest| latest.max(time)));
                    }
                    round.sort(group, values);
                }
                Err(error @ OnlineError::Unreachable { .. }) if elsewhere => {
                    round.lost(group, error);
                }
                Err(error) if Instant::now() >= deadline => return Err(said.unwrap_or(error)),
                Err(error) => return Err(error),
            }
        }
        let Round {
            open: left,
            trouble,
            waits,
            ..
        } = round;
        let Some(trouble) = trouble else {
            return Ok(answers);
        };
        open = left;
        if waits && until == deadline {
            let pause = (PAUSES.0 * 2_u32.saturating_pow(attempt)).min(PAUSES.1);
            if Instant::now() + pause >= deadline {
                return Err(trouble);
            }
            tokio::time::sleep(pause).await;
        }
        said = Some(trouble);
        attempt += 1;
    }
}

fn group<'k>(
    nodes: &Nodes,
    routes: &Routes,
    open: Vec<Open<'k>>,
) -> Result<Vec<Group<'k>>, OnlineError> {
    let all = open.len();
    let mut groups: Vec<Group<'k>> = Vec::new();
    for Open {
        index,
        key,
        command,
        way,
    } in open
    {
        let (link, asking) = match (way, nodes.cluster()) {
            (Way::Node { node, asking }, Some(cluster)) => (cluster.node(&node, false)?, asking),
            _ => (nodes.link(routes, key)?, false),
        };
        // There are few.
        let known = groups
            .iter()
            .position(|group| Arc::ptr_eq(&group.link, &link));
        let own = known.unwrap_or_else(|| {
            // All of them, where there is one server.
            let some = if groups.is_empty() { all } else { 0 };
            groups.push(Group {
                link,
                pipeline: Pipeline::with_capacity(some),
                entries: Vec::with_capacity(some),
                is_timed: false,
            });
            groups.len() - 1
        });
        let group = &mut groups[own];
        if asking {
            let mut command = Cmd::new();
            command.arg("ASKING");
            group.pipeline.add_command(command);
        }
        group.pipeline.add_command(command);
        group.entries.push((index, key, asking));
    }
    Ok(groups)
}

impl<'k> Group<'k> {
    fn ask_for_time(&mut self) {
        self.pipeline.add_command(time::command());
        self.is_timed = true;
    }

    /// The time that the server told.
    fn time(&self, told: &Value) -> Result<Timestamp, OnlineError> {
        match told {
            Value::ServerError(error) => Err(self.link.refusal(error)),
            told => time::of(self.link.endpoint(), told),
        }
    }

    /// The answers to the commands, and to the question for the time.
    async fn ask(
        &self,
        kind: Kind,
        until: Instant,
    ) -> Result<(Vec<Value>, Option<Value>), OnlineError> {
        let request = match kind {
            Kind::Script(script) => Request::Scripts(script, &self.pipeline),
            Kind::Read | Kind::Master => Request::Pipeline(&self.pipeline),
        };
        match self.link.ask(request, until).await? {
            Value::Array(mut answers) if answers.len() == self.pipeline.len() => {
                let told = if self.is_timed { answers.pop() } else { None };
                // The answers to `ASKING` say nothing.
                let mut answers = answers.into_iter();
                let own = self.entries.iter().filter_map(|(_, _, asking)| {
                    if *asking {
                        answers.next();
                    }
                    answers.next()
                });
                Ok((own.collect(), told))
            }
            other => Err(self.link.endpoint().unexpected(&other)),
        }
    }

    /// The commands with their indices and keys.
    fn commands(&self) -> impl Iterator<Item = (usize, &'k [u8], &Cmd)> {
        let mut commands = self.pipeline.cmd_iter();
        self.entries.iter().filter_map(move |(index, key, asking)| {
            if *asking {
                commands.next();
            }
            Some((*index, *key, commands.next()?))
        })
    }
}

/// What an attempt came to.
struct Round<'a, 'k> {
    nodes: &'a Nodes,
    answers: &'a mut [Value],
    open: Vec<Open<'k>>,
    /// Why commands are still open, in an error's words.
    trouble: Option<OnlineError>,
    /// Whether there is no use in asking again at once.
    waits: bool,
}

impl<'k> Round<'_, 'k> {
    /// Takes the answers of a server. A command that is asked again takes those behind it that
    /// are for its key along, so that they keep their order.
    fn sort(&mut self, group: &Group<'k>, values: Vec<Value>) {
        let mut again: HashMap<&[u8], Way> = HashMap::new();
        for ((index, key, command), value) in group.commands().zip(values) {
            let way = match (again.get(key), &value) {
                (Some(way), _) => Some(way.clone()),
                (None, Value::ServerError(error)) => self.way(group, error),
                (None, _) => None,
            };
            if let Some(way) = way {
                again.insert(key, way.clone());
                self.open.push(Open {
                    index,
                    key,
                    command: command.clone(),
                    way,
                });
            } else {
                self.answers[index] = value;
            }
        }
    }

    /// Where to ask again after an error, if anywhere.
    fn way(&mut self, group: &Group<'_>, error: &ServerError) -> Option<Way> {
        let verdict = verdict(error);
        let way = match verdict {
            Verdict::Answer => return None,
            Verdict::Later => {
                self.waits = true;
                Way::Map
            }
            Verdict::Elsewhere if !self.nodes.may_be_elsewhere(&group.link) => return None,
            Verdict::Elsewhere => {
                self.nodes.doubt(&group.link);
                self.waits = true;
                Way::Map
            }
            Verdict::Moved { asking } => {
                self.nodes.cluster()?;
                let node = redirection(error.details()?, group.link.host())?;
                if !asking {
                    self.nodes.doubt(&group.link);
                }
                Way::Node { node, asking }
            }
            Verdict::Script => {
                group.link.forget_scripts();
                Way::Map
            }
        };
        if self.trouble.is_none() {
            self.trouble = Some(group.link.refusal(error));
        }
        Some(way)
    }

    /// A server did not answer.
    fn lost(&mut self, group: &Group<'k>, error: OnlineError) {
        self.nodes.doubt(&group.link);
        self.waits = true;
        self.trouble = Some(error);
        let again = group.commands().map(|(index, key, command)| Open {
            index,
            key,
            command: command.clone(),
            way: Way::Map,
        });
        self.open.extend(again);
    }
}
